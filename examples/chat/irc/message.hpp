// Message: one line of a client taken apart.
//
// Lifetime  A Message is views into its line, which must outlive it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
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

}  // namespace chat
