// ConnectionState: the inside of a Connection: its descriptor, its owner, what is to be told to the
// owner and what is to be sent to the peer.
//
// Events. The state is itself the message that tells the owner of news; one is under way at most:
//
//   quiet --news (on_ready, flush, send)--> under way: pushed into the owner's mailbox
//   under way --dispatched: read once, call the handlers--> quiet, or pushed again if there is news
//
// The bytes are read in the owner's turn, into a buffer of the worker that runs it. So an owner
// that does not get to its mailbox does not read.
//
// Output. Bytes are queued under the lock and sent without it, by one at a time:
//
//   clean --send--> dirty: in the list of the sender's worker --end of its round--> flushing
//   flushing --all gone--> clean        flushing --the kernel takes no more--> blocked
//   flushing --sends_in_round_max calls--> dirty        blocked --on_ready(writable)--> dirty
//
// An edge that comes between the kernel's refusal and "blocked" is not lost: it finds "flushing"
// and leaves a mark, upon which the flusher tries again.
//
// Closing. The descriptor is closed when what is queued has gone, and nobody is in a call on it:
// `users_` counts those, and the last one closes. So no call ever meets a number that belongs to
// another by now. How events keep away from such a number: epoll_port.hpp.
//
// Threads   Any; all members under the lock, which is never held in a system call or user code.
// Lifetime  Counted: the handle, the watch, the message under way, the list of dirty ones.
#pragma once

#include <cstdint>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <greenroom/net/connection.hpp>
#include <memory>
#include <mutex>
#include <string>

#include "connection_group.hpp"
#include "epoll_driver.hpp"
#include "output_queue.hpp"

namespace greenroom::detail {

class ConnectionState final : public SocketSource, private Message {
public:
    // Takes over the descriptor, and a reference of the group. `early` was read already.
    static ConnectionState& make(Fd fd, ConnectionGroup& group, std::string early = {});
    static net::Connection handle_of(ConnectionState& state) noexcept {
        return net::Connection{state};
    }
    static ConnectionState& of(const net::Connection& handle) noexcept { return *handle.state_; }

    void add_reference() noexcept { references_.add(); }
    void drop_reference() noexcept;

    void attach(Cell& owner, const ConnectionHandlers& handlers);

    template <class Bytes>
    bool send(const Bytes& bytes, std::size_t count, Where where);
    void close() noexcept;
    void close_now() noexcept;
    void pause() noexcept;
    void resume() noexcept;
    std::size_t queued_bytes() noexcept;
    net::Address address(bool of_peer) noexcept;

    void on_ready(std::uint32_t what) noexcept override;
    void flush() noexcept override;
    void release() noexcept override { drop_reference(); }
    void abandon() noexcept override;

private:
    static constexpr int sends_in_round_max = 4;
    static constexpr std::size_t send_bytes_max = std::size_t{256} * 1024;  // of one call: 100 us

    friend class EventTurn;
    using Lock = std::unique_lock<SpinLock>;

    ConnectionState(Fd fd, ConnectionGroup& group, std::string early);
    ~ConnectionState();

    SpinLock& lock() noexcept { return room_.lock; }

    // ---- Events: connection_events.cpp
    static void dispatch(Cell& receiver, Message& message);
    static void discard(Message& message, Discard why) noexcept;
    static void destroy(Message& message) noexcept;
    static const Descriptor descriptor_of;

    bool has_news() const noexcept;  // under the lock, like
    bool begin_event() noexcept;     // this: true: the caller calls push_event()
    void push_event() noexcept;
    void end_event(bool again) noexcept;
    void handle_event(Actor& owner);
    bool may_read() const noexcept;  // under the lock
    void tell_early(Actor& owner, Lock held);
    void read_once(Actor& owner, Lock held);
    void tell_closed(Actor& owner, net::CloseReason reason, int error);
    void came_to_nothing(Actor& owner);
    void tell_broken_while_paused(Actor& owner, Lock held);

    // ---- Output: connection_output.cpp
    bool takes_output() const noexcept { return !closing_ && !broken_; }
    bool has_room(std::size_t count) const noexcept;
    bool wait_for_room(std::size_t count, Where where);
    bool refuse(Lock held, std::size_t count) noexcept;
    void break_slow_reader(Lock held) noexcept;
    bool mark_dirty() noexcept;  // under the lock; true: the caller calls pass_to_flusher()
    EpollDriver* flusher() const noexcept;
    void pass_to_flusher() noexcept;
    // A forked child leaves it to its parent.
    bool may_flush() const noexcept {
        return !flushing_ && !blocked_ && fd_ >= 0 && (port_ == nullptr || !port_->is_of_parent());
    }
    void flush_now(Lock& held) noexcept;
    void flush_some(Lock& held) noexcept;
    void settle(Lock held) noexcept;
    std::ptrdiff_t send_queued(Lock& held) noexcept;
    std::ptrdiff_t send_pieces(Lock& held) noexcept;
    void wake_senders(Resumption& woken) noexcept;  // under the lock
    bool watch(Lock& held, EpollPort& port) noexcept;
    bool watch_for_room(Lock& held) noexcept;

    // ---- Ending
    void linger(Lock& held) noexcept;
    std::size_t break_off() noexcept;
    void end_use(Lock held) noexcept;  // of the descriptor: counts one user out
    void close_if_due(Lock held) noexcept;

    RefCount references_{1};  // the handle's
    int fd_;
    net::SocketApi& sockets_;
    ConnectionGroup& group_;
    EpollPort* port_ = nullptr;  // where it is watched
    Cell* owner_ = nullptr;      // set once, with a reference
    const ConnectionHandlers* handlers_ = nullptr;
    std::unique_ptr<std::string> early_;
    OutputQueue output_;
    WaitQueue room_;           // senders that wait for room; its lock is the state's
    int error_ = 0;            // why it is broken
    std::uint16_t users_ = 0;  // calls on the descriptor that are being made
    std::uint8_t ready_ = 0;   // readiness that the owner has not heard of
    bool event_under_way_ = false;
    bool paused_ = false;
    bool closed_told_ = false;  // on(Closed) was called, or will not be
    bool closing_ = false;      // by the handle
    bool broken_ = false;       // nothing can be sent any more
    bool slow_ = false;         // since the peer did not read
    bool resets_ = false;       // it closes by a reset: what the kernel has still to send is lost
    bool dirty_ = false;
    bool flushing_ = false;
    bool flush_again_ = false;
    bool blocked_ = false;
    bool was_blocked_ = false;  // since the queue was empty last
    bool writable_news_ = false;
    bool lingering_ = false;
};

}  // namespace greenroom::detail
