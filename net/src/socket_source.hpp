// SocketSource: whom a watched descriptor belongs to: a connection, a stream, a listener.
//
// Lifetime  Counted by the derived class. Watching takes one reference, which the driver gives back
//           with release() when it cannot mean the source any more (epoll_port.hpp).
#pragma once

#include <cstdint>
#include <greenroom/core/time.hpp>

namespace greenroom::detail {

// What became of a descriptor; several at once.
namespace readiness {
inline constexpr std::uint32_t readable = 1;
inline constexpr std::uint32_t writable = 2;
inline constexpr std::uint32_t ended = 4;   // the peer sends no more, or the socket has failed
inline constexpr std::uint32_t failed = 8;  // nothing can be sent any more, either
}  // namespace readiness

class SocketSource {
public:
    SocketSource() noexcept = default;
    SocketSource(const SocketSource&) = delete;
    SocketSource& operator=(const SocketSource&) = delete;

    // On the home worker, inside of its driver: notes it, and enqueues who wants to know. No user
    // code, and no wait.
    virtual void on_ready(std::uint32_t what) noexcept = 0;

    // Sends what is queued: called by the driver that it was given to by EpollDriver::flush_later.
    virtual void flush() noexcept {}

    // Its time to linger is over, or the runtime ends: gives up, and is unwatched.
    virtual void abandon() noexcept {}

    // One reference less.
    virtual void release() noexcept = 0;

protected:
    ~SocketSource() = default;

private:
    friend class EpollPort;
    friend class EpollDriver;
    friend class LingerLine;

    static constexpr TimePoint never_lingers = TimePoint::min();

    SocketSource* next_in_port_ = nullptr;      // in the linger line, and then of the retired;
    SocketSource* previous_in_port_ = nullptr;  // under the line's lock, and then the port's
    TimePoint lingers_until_ = never_lingers;   // under the line's lock
    SocketSource* next_dirty_ = nullptr;        // of the driver that flushes it
};

}  // namespace greenroom::detail
