// WatchedSocket: a descriptor on which fibers and plain threads wait until it is ready.
//
// A call is tried first; only if it would have to wait is the socket registered, with the port of
// the worker whose fiber waits first: so that fiber is woken by its own worker. A plain thread
// needs no port: it waits in SocketApi::wait().
//
//   edge: on_ready sets `ready` and wakes who waits     wait: returns at once if `ready`
//   and whoever makes a call lowers `ready` before it. So an edge between a refused call and the
//   wait for it is not lost.
//
// Closing. The descriptor is closed when nobody is in a call on it: each call is a Use, and the
// last one out closes. So no call meets a number that belongs to another by now. How events keep
// away from such a number: epoll_port.hpp.
//
// Threads   Any. `lock_` guards what concerns the descriptor, each queue's lock its direction;
//           nobody holds two of them.
// Lifetime  Counted: the handle, the watch, each Use.
#pragma once

#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <mutex>

#include "epoll_port.hpp"
#include "fd.hpp"
#include "socket_source.hpp"

namespace greenroom::detail {

class RuntimeCore;

class WatchedSocket final : public SocketSource {
public:
    // What wait() returns beside 0 and the kernel's errors.
    static constexpr int deadline_passed = -62;  // ETIME, which no call on a socket returns
    static constexpr int closed_here = -9;       // EBADF, likewise, while a Use guards the number

    explicit WatchedSocket(Fd fd) noexcept : sockets_{fd.sockets()}, fd_{fd.release()} {}

    void drop_reference() noexcept {
        if (references_.drop()) delete this;
    }

    // While one lives that is true, the descriptor is open.
    class Use {
    public:
        explicit Use(WatchedSocket& socket) noexcept : socket_{socket}, open_{socket.begin_use()} {}
        ~Use() {
            if (open_) socket_.end_use();
        }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        explicit operator bool() const noexcept { return open_; }

    private:
        WatchedSocket& socket_;
        const bool open_;
    };

    // With a Use. Each may wait, and is a suspension point; each returns the result of the call.
    std::ptrdiff_t receive(char* buffer, std::size_t bytes, Deadline deadline, Where where);
    std::ptrdiff_t send(const char* bytes, std::size_t count, Deadline deadline, Where where);
    int accept(Deadline deadline, Where where);
    int finish_connect(Deadline deadline, Where where);

    net::SocketApi& sockets() const noexcept { return sockets_; }
    int fd() const noexcept { return fd_; }  // with a Use

    bool is_open() noexcept;
    void close() noexcept;
    // Takes the descriptor out, unwatched. Requires that it is open and nobody uses it.
    Fd take_fd() noexcept;

    void on_ready(std::uint32_t what) noexcept override;
    void release() noexcept override { drop_reference(); }

private:
    struct Direction {
        explicit Direction(const char* kind_of_wait) noexcept : kind{kind_of_wait} {}

        const char* const kind;  // of the wait, for dumps
        WaitQueue waiters;       // its lock guards the rest
        bool ready = true;       // an edge came since the last call began, or none is needed
        bool drained = false;    // the last call took all that there was: no need to try another
        bool ended = false;      // no edge will come any more: always try
    };

    ~WatchedSocket() { GREENROOM_ASSERT(fd_ < 0); }

    bool is_watched() noexcept;
    bool begin_use() noexcept;
    void end_use() noexcept;
    void close_if_due(std::unique_lock<SpinLock> held) noexcept;
    void detach_from_port(int fd, EpollPort* port) noexcept;

    template <class Call>
    std::ptrdiff_t until_done(Direction& direction, net::SocketEnd end, Deadline deadline,
                              Where where, Call call);
    static void note_drained(Direction& direction, bool drained) noexcept;
    bool worth_a_try(Direction& direction) noexcept;
    int wait(Direction& direction, net::SocketEnd end, Deadline deadline, Where where);
    int wait_in_fiber(Direction& direction, Deadline deadline, Where where);
    int ensure_watched(RuntimeCore& core);
    static void wake(Direction& direction, bool ended) noexcept;

    net::SocketApi& sockets_;
    RefCount references_{1};
    SpinLock lock_;
    int fd_;
    int users_ = 0;  // these under lock_
    bool closing_ = false;
    bool registering_ = false;  // a fiber is about to set port_
    EpollPort* port_ = nullptr;
    Direction read_{"socket to be readable"};
    Direction write_{"socket to be writable"};
};

}  // namespace greenroom::detail
