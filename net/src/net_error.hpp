// How a negative errno of the SocketApi becomes an error code, or is thrown with a story.
#pragma once

#include <cstddef>
#include <string>
#include <system_error>

namespace greenroom::detail {

std::error_code socket_error(std::ptrdiff_t result) noexcept;

// Throws Error with that code.
[[noreturn]] void throw_socket_error(std::ptrdiff_t result, const std::string& story);
[[noreturn]] void throw_error(std::error_code code, const std::string& story);

}  // namespace greenroom::detail
