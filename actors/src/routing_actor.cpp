#include <greenroom/actors/detail/routing_actor.hpp>

#include <exception>
#include <greenroom/core/error.hpp>
#include <string>
#include <system_error>

namespace greenroom::detail {

std::exception_ptr no_answer_of_many(std::string_view message) {
    return std::make_exception_ptr(
        Error{std::make_error_code(std::errc::operation_not_supported),
              "ask of " + std::string{message} +
                  " to Routing::broadcast: there is no one answer; tell it, or ask the routees"});
}

std::exception_ptr nobody_to_ask(std::string_view message) {
    return std::make_exception_ptr(Error{
        Errc::not_found, "ask of " + std::string{message} + " to a router: it has no routee"});
}

}  // namespace greenroom::detail
