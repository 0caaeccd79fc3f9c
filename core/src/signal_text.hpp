// SignalText: puts a short text together and writes it to stderr, in a signal handler.
//
// Limits  `text_bytes_max`; what is longer is cut.
#pragma once

#include <unistd.h>

#include <array>
#include <cstddef>

namespace greenroom::detail {

class SignalText {
public:
    static constexpr std::size_t text_bytes_max = 512;

    SignalText& operator<<(const char* text) noexcept {
        while (*text != '\0' && length_ < text_.size()) text_[length_++] = *text++;
        return *this;
    }
    SignalText& operator<<(std::size_t number) noexcept {
        std::array<char, 24> digits{};
        std::size_t first = digits.size() - 1;  // the last one ends the string
        do {
            digits[--first] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number > 0);
        return *this << &digits[first];
    }
    // Ignores errors: there is nobody to tell.
    void write_to_stderr() const noexcept {
        const char* rest = text_.data();
        std::size_t left = length_;
        while (left > 0) {
            const ssize_t written = ::write(STDERR_FILENO, rest, left);
            if (written <= 0) return;
            rest += written;
            left -= static_cast<std::size_t>(written);
        }
    }

private:
    std::array<char, text_bytes_max> text_{};
    std::size_t length_ = 0;
};

}  // namespace greenroom::detail
