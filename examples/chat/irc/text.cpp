#include "text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace chat {
namespace {

// How many bytes the character has that `lead` begins: 0 if no character begins so.
std::size_t bytes_of_character(unsigned char lead) noexcept {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

bool is_ascii(char byte) noexcept { return static_cast<unsigned char>(byte) < 0x80; }

// How many such it begins with: most lines are nothing else. Eight at a time, since every byte that
// a client sends passes here.
std::size_t bytes_of_ascii(std::string_view text) noexcept {
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
    std::size_t count = 0;
    for (std::uint64_t eight = 0; text.size() - count >= sizeof eight; count += sizeof eight) {
        std::memcpy(&eight, text.data() + count, sizeof eight);
        if ((eight & high_bits) != 0) break;
    }
    while (count < text.size() && is_ascii(text[count])) ++count;
    return count;
}

bool continues(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Overlong forms, surrogates and what is above U+10FFFF show in the first two bytes.
bool second_byte_fits(unsigned char lead, unsigned char second) noexcept {
    if (lead == 0xE0) return second >= 0xA0;
    if (lead == 0xED) return second <= 0x9F;
    if (lead == 0xF0) return second >= 0x90;
    if (lead == 0xF4) return second <= 0x8F;
    return true;
}

}  // namespace

char fold(char letter) noexcept {
    if (letter >= 'A' && letter <= 'Z') return static_cast<char>(letter + ('a' - 'A'));
    switch (letter) {
        case '[': return '{';
        case ']': return '}';
        case '\\': return '|';
        case '~': return '^';
        default: return letter;
    }
}

std::string folded(std::string_view name) {
    std::string key{name};
    std::transform(key.begin(), key.end(), key.begin(), fold);
    return key;
}

bool same_name(std::string_view left, std::string_view right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char one, char other) { return fold(one) == fold(other); });
}

bool is_utf8(std::string_view text) noexcept {
    for (;;) {
        text.remove_prefix(bytes_of_ascii(text));
        if (text.empty()) return true;
        const auto lead = static_cast<unsigned char>(text[0]);
        const std::size_t bytes = bytes_of_character(lead);
        if (bytes == 0 || bytes > text.size()) return false;
        if (bytes > 1 && !second_byte_fits(lead, static_cast<unsigned char>(text[1]))) return false;
        const std::string_view rest = text.substr(1, bytes - 1);
        if (!std::all_of(rest.begin(), rest.end(), continues)) return false;
        text.remove_prefix(bytes);
    }
}

std::string_view clipped(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max) return text;
    std::size_t end = bytes_max;
    while (end > 0 && bytes_max - end < 3 && continues(text[end])) --end;
    // Three continuation bytes in a row before the cut: then it is no UTF-8, and any cut will do.
    if (continues(text[end])) end = bytes_max;
    return text.substr(0, end);
}

std::vector<std::string_view> split_places(std::string_view list) {
    std::vector<std::string_view> parts;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        parts.push_back(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return parts;
}

std::vector<std::string_view> split_list(std::string_view list) {
    std::vector<std::string_view> parts = split_places(list);
    std::erase(parts, std::string_view{});
    return parts;
}

std::size_t number_in(std::string_view text, std::size_t largest, std::size_t otherwise) noexcept {
    std::size_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool whole = error == std::errc{} && stop == end && !text.empty();
    return whole && value <= largest ? value : otherwise;
}

}  // namespace chat
