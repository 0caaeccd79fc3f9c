// Masks like nick!user@host in which * stands for any bytes and ? for any one.
#pragma once

#include <string>
#include <string_view>

namespace chat {

// Case as in names. At worst in time proportional to the product of both lengths.
bool matches(std::string_view mask, std::string_view text) noexcept;

bool has_wildcard(std::string_view mask) noexcept;

// `given` with all three parts: ada is ada!*@*, and ada@host is *!ada@host. Shortened to
// mask_bytes_max, with stars in a row drawn together.
std::string complete_mask(std::string_view given);

}  // namespace chat
