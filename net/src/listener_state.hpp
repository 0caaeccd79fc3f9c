// ListenerState: the inside of a Listener. Like a connection's state it is itself the message that
// tells its owner of news, one under way at most; the connections are accepted in the owner's turn.
//
// Threads   Any; all members under the lock.
// Lifetime  Counted: the handle, the watch, the message under way.
#pragma once

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/net/listener.hpp>
#include <mutex>

#include "connection_group.hpp"
#include "epoll_driver.hpp"

namespace greenroom::detail {

class ListenerState final : public SocketSource, private Message {
public:
    static constexpr int accepts_in_a_turn_max = 64;  // then others have their turn

    // Takes a reference of the group over.
    ListenerState(Fd fd, ConnectionGroup& group);

    static ListenerState& of(const net::Listener& handle) noexcept { return *handle.state_; }

    void attach(Cell& owner, AcceptedHandler handler);
    void close() noexcept;
    void drop_reference() noexcept {
        if (references_.drop()) delete this;
    }
    const net::Address& address() const noexcept { return address_; }
    ConnectionGroup& group() const noexcept { return group_; }

    void on_ready(std::uint32_t what) noexcept override;
    void release() noexcept override { drop_reference(); }

private:
    friend class AcceptTurn;
    using Lock = std::unique_lock<SpinLock>;

    ~ListenerState();

    static void dispatch(Cell& receiver, Message& message);
    static void discard(Message& message, Discard why) noexcept;
    static void destroy(Message& message) noexcept;
    static const Descriptor descriptor_of;

    bool begin_event() noexcept;
    void push_event() noexcept;
    void end_event(bool again) noexcept;
    void accept_some(Actor& owner);
    int accept_one() noexcept;
    void wait_for_descriptors();
    void close_if_due(Lock held) noexcept;

    RefCount references_{1};  // the handle's
    SpinLock lock_;
    int fd_;
    net::SocketApi& sockets_;
    ConnectionGroup& group_;
    net::Address address_;
    EpollPort* port_ = nullptr;
    Cell* owner_ = nullptr;  // set once, with a reference
    AcceptedHandler handler_ = nullptr;
    int users_ = 0;       // calls on the descriptor that are being made
    bool ready_ = false;  // there may be connections
    bool event_under_way_ = false;
    bool closing_ = false;
};

}  // namespace greenroom::detail
