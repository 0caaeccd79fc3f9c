#include "names.hpp"

#include <algorithm>

#include "limits.hpp"

namespace chat {
namespace {

bool is_letter(char byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

bool is_special(char byte) noexcept {
    return std::string_view{"[]\\`_^{|}"}.find(byte) != std::string_view::npos;
}

bool is_control_or_space(char byte) noexcept {
    const auto value = static_cast<unsigned char>(byte);
    return value <= 0x20 || value == 0x7F;
}

bool has_size(std::string_view name, std::size_t least, std::size_t most) noexcept {
    return name.size() >= least && name.size() <= most;
}

}  // namespace

bool is_nick(std::string_view name) noexcept {
    if (!has_size(name, 1, nick_bytes_max)) return false;
    if (!is_letter(name[0]) && !is_special(name[0])) return false;
    return std::all_of(name.begin(), name.end(), [](char byte) {
        return is_letter(byte) || is_special(byte) || is_digit(byte) || byte == '-';
    });
}

bool looks_like_channel(std::string_view name) noexcept { return !name.empty() && name[0] == '#'; }

bool is_channel_name(std::string_view name) noexcept {
    if (!looks_like_channel(name) || !has_size(name, 2, channel_bytes_max)) return false;
    return std::none_of(name.begin(), name.end(), [](char byte) {
        return is_control_or_space(byte) || byte == ',' || byte == ':';
    });
}

bool is_key(std::string_view key) noexcept {
    if (!has_size(key, 1, key_bytes_max) || key[0] == ':') return false;
    return std::none_of(key.begin(), key.end(),
                        [](char byte) { return is_control_or_space(byte) || byte == ','; });
}

bool is_server_name(std::string_view name) noexcept {
    if (!has_size(name, 1, host_bytes_max) || name.find('.') == std::string_view::npos)
        return false;
    if (!is_letter(name[0]) && !is_digit(name[0])) return false;
    return std::all_of(name.begin(), name.end(), [](char byte) {
        return is_letter(byte) || is_digit(byte) || byte == '.' || byte == '-';
    });
}

std::string user_name(std::string_view given) {
    std::string name;
    for (char byte : given) {
        const bool bad = is_control_or_space(byte) || byte == '@' || byte == '!' || byte == ':';
        if (!bad && static_cast<unsigned char>(byte) < 0x80) name += byte;
        if (name.size() == user_bytes_max) break;
    }
    return name.empty() ? "unknown" : name;
}

}  // namespace chat
