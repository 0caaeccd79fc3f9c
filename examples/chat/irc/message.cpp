#include "message.hpp"

#include <algorithm>

#include "text.hpp"

namespace chat {
namespace {

// Takes the first word off `line`, and the spaces after it.
std::string_view take_word(std::string_view& line) noexcept {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    return word;
}

}  // namespace

std::optional<Message> Message::parse(std::string_view line) noexcept {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.starts_with('@')) take_word(line);
    if (line.starts_with(':')) take_word(line);
    Message message;
    message.command_ = take_word(line);
    if (message.command_.empty()) return std::nullopt;
    while (!line.empty()) {
        if (line[0] == ':' || message.count_ + 1 == params_max) {
            message.add(line[0] == ':' ? line.substr(1) : line);
            break;
        }
        message.add(take_word(line));
    }
    return message;
}

bool Message::is(std::string_view command) const noexcept { return same_name(command_, command); }

}  // namespace chat
