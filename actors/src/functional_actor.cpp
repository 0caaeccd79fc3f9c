#include <greenroom/actors/functional_actor.hpp>

#include <greenroom/core/error.hpp>
#include <system_error>

namespace greenroom::detail {

void throw_no_function_of_down() {
    throw Error{std::make_error_code(std::errc::operation_not_supported),
                "watch: this actor has no function that takes a greenroom::Down"};
}

}  // namespace greenroom::detail
