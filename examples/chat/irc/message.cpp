#include "message.hpp"

#include <algorithm>
#include <utility>

#include "text.hpp"

namespace chat {
namespace {

constexpr std::size_t content_bytes_max = line_bytes_max - 2;

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

void LineSplitter::feed(std::string_view bytes) { bytes_.append(bytes); }

std::optional<LineSplitter::Line> LineSplitter::next() {
    while (start_ < bytes_.size()) {
        const std::size_t end = bytes_.find_first_of("\r\n", start_);
        if (end == std::string::npos) break;
        const std::string_view text{bytes_.data() + start_, end - start_};
        const bool skipped = std::exchange(skipping_, false);
        start_ = end + 1;
        if (skipped || text.empty()) continue;
        if (text.size() > content_bytes_max) return Line{{}, true};
        return Line{text, false};
    }
    return end_of_input();
}

std::optional<LineSplitter::Line> LineSplitter::end_of_input() {
    const std::size_t left = bytes_.size() - start_;
    const bool too_long = !skipping_ && left > content_bytes_max;
    skipping_ = skipping_ || too_long;
    std::string rest;
    if (!skipping_) rest.assign(bytes_, start_);
    bytes_.swap(rest);
    start_ = 0;
    if (too_long) return Line{{}, true};
    return std::nullopt;
}

}  // namespace chat
