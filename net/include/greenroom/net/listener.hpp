// Listener: a listening TCP socket whose connections are messages to the actor that owns it.
//
// serve() is built on it; use it directly for what serve() does not do.
//
// Threads   All members from any fiber or plain thread, though not while the handle is destroyed.
// Faults    When the process or the system has no descriptor left, it logs that once in a while,
//           counts it, and tries again every 100 ms: clients wait in the backlog meanwhile.
#pragma once

#include <cstdint>
#include <greenroom/actors/system.hpp>
#include <greenroom/net/connection.hpp>
#include <utility>

namespace greenroom::detail {
class ListenerState;
using AcceptedHandler = void (*)(Actor& owner, net::Connection connection);
}  // namespace greenroom::detail

namespace greenroom::net {

struct ListenOptions {
    int backlog = 4096;
    // Small messages are sent at once, not gathered by the kernel.
    bool no_delay = true;
    // Peers that vanished without a word are noticed after about two minutes of silence.
    bool keep_alive = true;
    // Several listeners, also of other processes, may share the port.
    bool reuse_port = false;
    // Of [::]: without connections by IPv4, which it takes as well otherwise.
    bool only_ipv6 = false;
    // The kernel's buffers of each connection, which it doubles; 0: it adapts them by itself.
    int receive_buffer_bytes = 0;
    int send_buffer_bytes = 0;
};

// Tells of a new connection: take it, or it is closed.
struct Accepted {
    Connection connection;
};

struct ListenerStats {
    std::uint64_t accepted = 0;
    std::uint64_t open = 0;                // accepted, and not closed yet
    std::uint64_t without_descriptor = 0;  // times that accepting failed for want of one
    std::uint64_t slow_readers = 0;        // connections closed since their peer did not read
    std::uint64_t dropped_bytes = 0;       // by SlowReader::drop_newest
    std::uint64_t cut_short = 0;           // closed, and reset with bytes left to send: `linger`
};

class Listener {
public:
    Listener() noexcept = default;
    // Listens. Throws std::system_error, whose what() says which address, and what to do about it.
    Listener(System& system, const Address& address, const ListenOptions& options = {},
             const ConnectionOptions& connections = {});
    Listener(Listener&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    Listener& operator=(Listener&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Listener();

    explicit operator bool() const noexcept { return state_ != nullptr; }

    // Has the connections sent to `owner`, from now on: once.
    template <class A>
    void deliver_to(const Ref<A>& owner) {
        ::greenroom::detail::require_handler<A, Accepted>();
        if constexpr (::greenroom::detail::handles<A, Accepted>) {
            attach(*owner.cell(), [](Actor& actor, Connection connection) {
                Accepted accepted{std::move(connection)};
                ::greenroom::detail::tell_handler<A>(actor, accepted);
            });
        }
    }

    // Accepts no more. Connections that were accepted stay. May be called twice.
    void close() noexcept;

    // Where it listens: with the port that the system chose.
    Address local_address() const;
    ListenerStats stats() const noexcept;

private:
    friend class detail::ListenerState;

    void attach(detail::Cell& owner, detail::AcceptedHandler handler);

    detail::ListenerState* state_ = nullptr;
};

}  // namespace greenroom::net
