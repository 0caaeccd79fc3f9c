// LingerLine: the closed connections of one port that have bytes left to send, and by when each of
// them gives up.
//
// While there are any, a task of the runtime waits for the first of those times: one task for all.
//
//   unwatched --add--> watched by a task --it finds the line empty, or is cancelled--> unwatched
//
// Threads   Any. No source is called under the lock.
// Lifetime  A part of its port, which the task holds. A source has one reference while it is here.
#pragma once

#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/time.hpp>

#include "socket_source.hpp"

namespace greenroom::detail {

class EpollPort;

class LingerLine {
public:
    // `port` is the one that this is a part of.
    explicit LingerLine(EpollPort& port) noexcept : port_{port} {}
    ~LingerLine();
    LingerLine(const LingerLine&) = delete;
    LingerLine& operator=(const LingerLine&) = delete;

    // Has source.abandon() called at `until`, or at end() if that is first, unless it is removed
    // before. Takes one reference of the source. False: nobody would, since the runtime of `core`
    // ends or has no memory; then it takes none.
    [[nodiscard]] bool add(RuntimeCore& core, SocketSource& source, TimePoint until) noexcept;
    // If it is here, gives its reference back: not the last, which is the caller's.
    void remove(SocketSource& source) noexcept;
    // Abandons all, and takes no more.
    void end() noexcept;

private:
    class Watch;

    void insert(SocketSource& source) noexcept;    // under lock_, like
    bool take_out(SocketSource& source) noexcept;  // this
    bool start_watch(RuntimeCore& core) noexcept;
    void watch();
    SocketSource* take_late(Deadline& next) noexcept;
    SocketSource* take_first() noexcept;

    EpollPort& port_;
    SpinLock lock_;
    SocketSource* first_ = nullptr;  // the earliest; this and the rest under lock_
    SocketSource* last_ = nullptr;
    bool watched_ = false;
    bool ended_ = false;
    Event earlier_{Event::Reset::automatic};  // there is a new first one
};

}  // namespace greenroom::detail
