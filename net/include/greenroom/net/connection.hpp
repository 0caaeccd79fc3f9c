// Connection: a TCP connection whose events are messages to the actor that owns it.
//
//     class Session : public greenroom::Actor {
//         greenroom::net::Connection peer_;
//      public:
//         explicit Session(greenroom::net::Connection peer) : peer_{std::move(peer)} {}
//         void on(greenroom::net::Received bytes) { peer_.send(bytes); }
//         void on(greenroom::net::Closed) { stop(); }
//     };
//
// Input    on(Received) is called in the actor's turn, with what is there to be read just then. One
//          message at a time is under way, so an actor that is busy, or waits in its handler, does
//          not read, and its peer is slowed down by TCP itself. Nothing is buffered here.
// Output   send() queues, and never waits but for SlowReader::suspend_sender. What was queued in a
//          round of a worker, by whichever actors, goes out in one call for each connection when
//          the round is over. What the peer does not take stays queued, up to a limit.
// Ending   Destroying or closing the handle sends what is still queued, for `linger` at most, and
//          closes. The owner's stop does that, since it owns the handle. What the peer has not
//          taken by then, or when the runtime ends, is dropped and counted, and the connection is
//          reset.
//
// Threads   send, close, pause, resume and the addresses: from any fiber or plain thread, though
//           not while the handle itself is moved or destroyed. The order of two senders' bytes is
//           the order of their calls.
// Limits    ConnectionOptions::output_bytes_max, and what happens there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/ref.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/where.hpp>
#include <greenroom/net/address.hpp>
#include <greenroom/net/events.hpp>
#include <greenroom/net/shared_bytes.hpp>
#include <span>
#include <string_view>
#include <utility>

namespace greenroom::detail {

class ConnectionState;

// How the events reach the handlers of one class of actors; one constexpr object for each.
struct ConnectionHandlers {
    void (*received)(Actor& owner, net::Received& bytes);
    void (*closed)(Actor& owner, net::Closed& closed);
    void (*writable)(Actor& owner, net::Writable& writable);  // null: it does not want to know
};

template <class A, class M>
void call_owner(Actor& owner, M& message) {
    tell_handler<A>(owner, message);
}

template <class A>
constexpr auto writable_handler() noexcept {
    void (*handler)(Actor&, net::Writable&) = nullptr;
    if constexpr (handles<A, net::Writable>) handler = &call_owner<A, net::Writable>;
    return handler;
}

template <class A>
struct ConnectionHandlersOf {
    static constexpr ConnectionHandlers handlers{
        &call_owner<A, net::Received>, &call_owner<A, net::Closed>, writable_handler<A>()};
};

}  // namespace greenroom::detail

namespace greenroom::net {

class TcpStream;

// What becomes of a send() that would queue more than output_bytes_max.
enum class SlowReader : std::uint8_t {
    close,           // the connection is closed, and its owner told: Closed, slow_reader
    drop_newest,     // what is being sent is dropped, and counted
    suspend_sender,  // send() waits until there is room
};

struct ConnectionOptions {
    // Most bytes queued for a peer that does not take them. A larger send() is taken if nothing is
    // queued.
    std::size_t output_bytes_max = std::size_t{1} << 20U;
    SlowReader slow_reader = SlowReader::close;
    // How long a closed connection goes on trying to send what is queued, at most. Zero or less:
    // only what the kernel takes at once.
    Duration linger = std::chrono::seconds{5};
};

class Connection {
public:
    // Refers to no connection; only assignment and bool may be asked of it.
    Connection() noexcept = default;
    // Of a stream that nothing waits for; bytes that it has buffered come first.
    explicit Connection(TcpStream stream, const ConnectionOptions& options = {});
    Connection(Connection&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    Connection& operator=(Connection&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Connection();

    explicit operator bool() const noexcept { return state_ != nullptr; }

    // Connects, and waits for it: a suspension point. Throws std::system_error, and Timeout.
    static Connection connect(const Address& address, Deadline deadline = {},
                              const ConnectionOptions& options = {}, Where where = Where::here());

    // Has the events sent to `owner` from now on: once, and before anything can be received.
    // serve() does it for the sessions that it makes.
    template <class A>
    void deliver_to(const Ref<A>& owner) {
        ::greenroom::detail::require_handler<A, Received>();
        ::greenroom::detail::require_handler<A, Closed>();
        if constexpr (::greenroom::detail::handles<A, Received> &&
                      ::greenroom::detail::handles<A, Closed>) {
            attach(*owner.cell(), ::greenroom::detail::ConnectionHandlersOf<A>::handlers);
        }
    }

    // Queues the bytes, all of them or none. False if none, because the connection has closed, or
    // by the limit's policy. A suspension point with SlowReader::suspend_sender only.
    bool send(std::string_view text, Where where = Where::here());
    bool send(std::span<const std::byte> bytes, Where where = Where::here());
    bool send(const Received& bytes, Where where = Where::here()) {
        return send(bytes.text(), where);
    }
    // Without a copy, where the bytes are many.
    bool send(const SharedBytes& bytes, Where where = Where::here());

    // Sends what is queued, then closes. No event comes after it. May be called twice.
    void close() noexcept;
    // Closes at once, by a reset; what is queued is lost.
    void close_now() noexcept;

    // Reads no more until resume(). What arrives stays in the kernel; if the connection breaks, the
    // owner is told nevertheless, and that is lost.
    void pause() noexcept;
    void resume() noexcept;

    // Bytes that the peer has not taken yet.
    std::size_t queued_bytes() const noexcept;
    // 0.0.0.0:0 once it is closed.
    Address peer_address() const;
    Address local_address() const;

private:
    friend class ::greenroom::detail::ConnectionState;

    explicit Connection(detail::ConnectionState& state) noexcept : state_{&state} {}
    void attach(detail::Cell& owner, const detail::ConnectionHandlers& handlers);

    detail::ConnectionState* state_ = nullptr;
};

}  // namespace greenroom::net
