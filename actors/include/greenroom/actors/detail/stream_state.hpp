// StreamState: what the two ends of a stream share.
//
// Threads  Of both ends: the channel is what lies between them. What is written beside it, the
//          sender's end writes before it closes the channel, and the reader's end reads when it has
//          found the channel closed by that: the channel's lock publishes it.
#pragma once

#include <cstddef>
#include <exception>
#include <greenroom/actors/detail/message_origin.hpp>
#include <greenroom/core/channel.hpp>
#include <utility>

namespace greenroom {

template <class T>
class Stream;

}  // namespace greenroom

namespace greenroom::detail {

template <class T>
struct StreamState {
    StreamState(std::size_t credit, const MessageOrigin& its_origin)
        : items{credit}, origin{its_origin} {}

    // By the sender's end, once: what is left to be read comes from `others`, and behind that is
    // `why`, or the end. False: the reader has gone.
    bool end(std::exception_ptr why, Stream<T> others) noexcept {
        failure = std::move(why);
        rest = std::move(others);
        return items.try_close();
    }

    Channel<T> items;
    const MessageOrigin origin;
    std::exception_ptr failure;
    Stream<T> rest;
};

// `producer` is who handles the message; null: nobody yet.
// Counts a send that waits for credit.
void count_stream_wait(const Cell* producer) noexcept;
// Counts a stream whose reader has gone before its end.
void count_abandoned_stream(const Cell* producer) noexcept;

}  // namespace greenroom::detail
