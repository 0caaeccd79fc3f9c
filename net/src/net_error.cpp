#include "net_error.hpp"

#include <greenroom/core/error.hpp>

namespace greenroom::detail {

std::error_code socket_error(std::ptrdiff_t result) noexcept {
    return {static_cast<int>(-result), std::generic_category()};
}

void throw_socket_error(std::ptrdiff_t result, const std::string& story) {
    throw_error(socket_error(result), story);
}

void throw_error(std::error_code code, const std::string& story) {
    if (code == Errc::timed_out) throw Timeout{story};
    throw Error{code, story};
}

}  // namespace greenroom::detail
