// LineFramer: cuts what is received into lines, across the borders of reads, with a limit.
//
//     void on(net::Received bytes) {
//         for (net::Line line : framer_.lines(bytes)) handle(line.text);
//     }
//
// A line ends with "\n"; a "\r" before that belongs to the end, not to the line. A line that lies
// within one read is not copied. Between reads only the unfinished line is kept.
//
// Threads   One at a time: it is a part of the actor's state.
// Lifetime  A Line is valid until the next one is taken. Lines that are not taken are lost, with
//           what follows them in that read: so break out of the loop only to take no more.
// Limits    bytes_max, of a line without its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/error.hpp>
#include <greenroom/net/events.hpp>
#include <iterator>
#include <string>
#include <string_view>

namespace greenroom::net {

enum class LongLine : std::uint8_t {
    truncate,  // it comes with its first bytes_max bytes, and says so; the rest is skipped
    fail,      // taking it throws LineTooLong
};

class LineTooLong : public Error {
public:
    explicit LineTooLong(std::size_t bytes_max);
};

struct Line {
    std::string_view text;
    bool too_long = false;  // LongLine::truncate: there was more
};

class LineFramer {
public:
    explicit LineFramer(std::size_t bytes_max = 8192, LongLine long_line = LongLine::truncate)
        : bytes_max_{bytes_max}, long_line_{long_line} {}

    class Lines;

    // The lines that these bytes complete.
    Lines lines(std::string_view bytes) noexcept;
    Lines lines(const Received& bytes) noexcept;

    // The same step by step: takes the next line off `bytes`. False: there is none, and what
    // begins one is kept.
    bool next(std::string_view& bytes, Line& line);

    // Bytes of the unfinished line that are kept.
    std::size_t kept_bytes() const noexcept { return kept_is_given_ ? 0 : kept_.size(); }

private:
    bool finish(std::string_view piece, Line& line);
    void keep(std::string_view piece);
    void drop_given() noexcept;

    std::string kept_;  // the unfinished line, or the one given out last
    std::size_t bytes_max_;
    LongLine long_line_;
    bool kept_is_given_ = false;  // the line given out last lies in kept_
    bool too_long_ = false;       // the unfinished line has passed the limit
};

// A range to be run through once.
class LineFramer::Lines {
public:
    Lines(LineFramer& framer, std::string_view bytes) noexcept : framer_{framer}, bytes_{bytes} {}

    class Iterator {
    public:
        explicit Iterator(Lines& lines) : lines_{&lines} { ++*this; }
        const Line& operator*() const noexcept { return line_; }
        const Line* operator->() const noexcept { return &line_; }
        Iterator& operator++() {
            more_ = lines_->framer_.next(lines_->bytes_, line_);
            return *this;
        }
        friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
            return !iterator.more_;
        }

    private:
        Lines* lines_;
        Line line_;
        bool more_ = false;
    };

    Iterator begin() { return Iterator{*this}; }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    LineFramer& framer_;
    std::string_view bytes_;
};

inline LineFramer::Lines LineFramer::lines(std::string_view bytes) noexcept {
    return Lines{*this, bytes};
}
inline LineFramer::Lines LineFramer::lines(const Received& bytes) noexcept {
    return Lines{*this, bytes.text()};
}

}  // namespace greenroom::net
