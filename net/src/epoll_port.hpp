// EpollPort: one worker's epoll and eventfd, and the sources that are watched there.
//
// Every descriptor is registered once, edge-triggered, for all that can happen to it, and is taken
// out once; no message costs an epoll_ctl.
//
// Threads   watch, unwatch, wake and collect from any thread, end from the home worker alone, when
//           nobody collects. As a rule it is the home worker that collects; while it is stuck, the
//           monitor.
// Lifetime  Counted: the driver holds it, and so does every watched source; it may outlive its
//           runtime.
// Why no event reaches the wrong owner
//           An event holds the source's address, not the descriptor's number. unwatch() first takes
//           the descriptor out of the epoll, then retires the source; only after both is the
//           number closed, and free for a new owner. What is retired is released in collect()
//           before it asks the kernel, by one that finds nobody else in it: then no batch of events
//           is held by anybody. So
//           - an event of a batch that the kernel gave before unwatch() finds the source alive, as
//             one that has closed and ignores it, though its number may belong to another by then;
//           - no batch that is asked for later can name the source, since the epoll has forgotten
//             it by then, and that also where a forked child still holds the descriptor open.
#pragma once

#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/detail/fork.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/spin_lock.hpp>

#include "fd.hpp"
#include "linger_line.hpp"
#include "socket_source.hpp"

namespace greenroom::detail {

class EpollPort {
public:
    static constexpr int events_at_once_max = 512;

    // Throws std::system_error if the kernel gives no epoll or no eventfd.
    static EpollPort& make();
    void add_reference() noexcept { references_.add(); }
    void drop_reference() noexcept {
        if (references_.drop()) delete this;
    }

    // Takes one reference of the source. 0 or a negative errno: then it takes none.
    int watch(int fd, SocketSource& source) noexcept;
    // Once for each watch(), before the descriptor is closed. The reference goes later.
    void unwatch(int fd, SocketSource& source) noexcept;
    // Of the sources that are watched: those that have closed, and have bytes left to send.
    LingerLine& lingering() noexcept { return lingering_; }
    // How many are watched: to spread them.
    std::uint64_t watched() const noexcept { return watched_.value(); }
    // True once its runtime has ended: no event will come.
    bool has_ended() noexcept;

    void wake() noexcept;
    // Waits for events up to the deadline, and hands them to their sources. Several may at once:
    // each event comes to one of them. True: a wake() was among them. Who is not the home worker
    // then calls wake() again: it may have parked meanwhile, and this was its wake.
    bool collect(Deadline deadline) noexcept;
    void end() noexcept;
    int fd() const noexcept { return epoll_.get(); }
    // True in a process that was forked since: the epoll and all that is watched is the parent's.
    bool is_of_parent() const noexcept { return birthplace_.is_elsewhere(); }

private:
    EpollPort();
    ~EpollPort() = default;

    static void release_all(SocketSource* retired) noexcept;

    const Birthplace birthplace_;
    Fd epoll_;
    Fd event_;
    RefCount references_{1};
    Counter watched_;
    SpinLock lock_;
    SocketSource* retired_ = nullptr;  // under lock_
    int collecting_ = 0;               // likewise: how many are in collect()
    bool ended_ = false;               // likewise
    LingerLine lingering_{*this};
};

}  // namespace greenroom::detail
