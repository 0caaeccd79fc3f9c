// Server: what serve() returns: a handle like a Ref. Dropping it changes nothing.
//
// Threads  A value like a shared_ptr; every member from any fiber or plain thread.
#pragma once

#include <cstdint>
#include <greenroom/actors/ref.hpp>
#include <greenroom/net/address.hpp>
#include <memory>
#include <utility>

namespace greenroom::detail {
class Acceptor;
struct ServerFigures;
}  // namespace greenroom::detail

namespace greenroom::net {

struct ServerStats {
    std::uint64_t accepted = 0;  // all that were given to a session
    std::uint64_t refused = 0;   // beyond connections_max, or their session's constructor threw
    std::uint64_t open = 0;      // not closed yet
    std::uint64_t without_descriptor = 0;  // times that accepting failed for want of one
    std::uint64_t slow_readers = 0;        // closed since their peer did not read
    std::uint64_t dropped_bytes = 0;       // by SlowReader::drop_newest
    std::uint64_t cut_short = 0;           // closed, and reset with bytes left to send: `linger`
};

class Server {
public:
    Server() noexcept = default;

    // Where it listens: with the port that the system chose.
    Address local_address() const;
    // Accepts no more, and gives up the port; the sessions stay. Returns at once.
    void stop() const noexcept;
    ServerStats stats() const noexcept;

    // For the library.
    Server(Ref<detail::Acceptor> acceptor, std::shared_ptr<detail::ServerFigures> figures) noexcept;

private:
    Ref<detail::Acceptor> acceptor_;
    std::shared_ptr<detail::ServerFigures> figures_;
};

}  // namespace greenroom::net
