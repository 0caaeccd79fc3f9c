// Message: one line of a client taken apart, and the splitter that finds the lines.
//
// Lifetime  A Message is views into its line, which must outlive it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "limits.hpp"

namespace chat {

class Message {
public:
    // Takes `line` (without its end) apart: tags and prefix are skipped, since a client may only
    // claim to be itself; then the command and up to params_max parameters, of which the last takes
    // all that is left. Nothing if there is no command.
    static std::optional<Message> parse(std::string_view line) noexcept;

    // As the client wrote it; see `is`.
    std::string_view command() const noexcept { return command_; }

    // Commands know no case.
    bool is(std::string_view command) const noexcept;

    std::size_t size() const noexcept { return count_; }

    // Empty if there are fewer.
    std::string_view operator[](std::size_t index) const noexcept {
        return index < count_ ? params_[index] : std::string_view{};
    }

private:
    void add(std::string_view param) noexcept { params_[count_++] = param; }

    std::string_view command_;
    std::array<std::string_view, params_max> params_;
    std::size_t count_ = 0;
};

// Cuts a stream of bytes into lines. CR, LF and both end a line; empty lines are skipped. A line
// longer than line_bytes_max is told of once, at the byte that is too many, and skipped to its end.
//
// Limits  Holds what was fed and not yet taken, and of an unfinished line at most line_bytes_max.
//         Empty, it holds no memory.
class LineSplitter {
public:
    struct Line {
        std::string_view text;  // good until the next call; empty if the line was too long
        bool too_long = false;
    };

    void feed(std::string_view bytes);

    // The next line that is there, if there is one.
    std::optional<Line> next();

    // Inside a line whose end has not come.
    bool unfinished() const noexcept { return skipping_ || start_ < bytes_.size(); }

private:
    std::optional<Line> end_of_input();

    std::string bytes_;
    std::size_t start_ = 0;  // of what was not yet taken
    bool skipping_ = false;  // the rest of a line that was too long
};

}  // namespace chat
