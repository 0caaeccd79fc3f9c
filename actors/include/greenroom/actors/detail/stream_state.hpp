// StreamState: what the two ends of a stream share.
//
// Threads  Of both ends: the channel is what lies between them. What is written beside it, the
//          sender's end writes before it closes the channel, and the reader's end reads when it has
//          found the channel closed by that: the channel's lock publishes it.
#pragma once

#include <cstddef>
#include <exception>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/where.hpp>
#include <string_view>
#include <utility>

namespace greenroom {

template <class T>
class Stream;

}  // namespace greenroom

namespace greenroom::detail {

class Cell;

// The message that a stream answers, and where it was sent: for the story of one that went wrong.
struct StreamOrigin {
    std::string_view message;
    Where where;
};

template <class T>
struct StreamState {
    StreamState(std::size_t credit, const StreamOrigin& its_origin)
        : items{credit}, origin{its_origin} {}

    // By the sender's end, once: what is left to be read comes from `others`, and behind that is
    // `why`, or the end. False: the reader has gone.
    bool end(std::exception_ptr why, Stream<T> others) noexcept {
        failure = std::move(why);
        rest = std::move(others);
        return items.try_close();
    }

    Channel<T> items;
    const StreamOrigin origin;
    std::exception_ptr failure;
    Stream<T> rest;
};

// `producer` is who handles the message; null: nobody yet.
// Why a stream ends whose sender's end is dropped.
std::exception_ptr why_stream_dropped(const Cell* producer, const StreamOrigin& origin) noexcept;
// Counts a send that waits for credit.
void count_stream_wait(const Cell* producer) noexcept;
// Counts a stream whose reader has gone before its end.
void count_abandoned_stream(const Cell* producer) noexcept;

}  // namespace greenroom::detail
