// The text of the protocol: case of names, UTF-8, lists with commas. Bytes in, bytes out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chat {

// The lower case of the `rfc1459` mapping: besides a-z, {}|^ are the lower case of []\~.
char fold(char letter) noexcept;

// `name` as a key for maps: names that are equal to the protocol have equal keys.
std::string folded(std::string_view name);

bool same_name(std::string_view left, std::string_view right) noexcept;

// True if `text` is UTF-8 throughout: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

// The longest beginning of `text` of at most `bytes_max` that does not end inside a character.
std::string_view clipped(std::string_view text, std::size_t bytes_max) noexcept;

// The parts between commas, without the empty ones.
std::vector<std::string_view> split_list(std::string_view list);

// All parts between commas: the n-th of one list belongs to the n-th of another.
std::vector<std::string_view> split_places(std::string_view list);

// The decimal number that is the whole of `text`, if it is one in 0..`largest`; else `otherwise`.
std::size_t number_in(std::string_view text, std::size_t largest, std::size_t otherwise) noexcept;

}  // namespace chat
