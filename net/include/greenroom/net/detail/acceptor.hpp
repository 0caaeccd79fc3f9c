// Acceptor: the actor behind serve(): it owns the listener, and hands each connection to a session.
//
// Lifetime  A child of the system. It ends with Server::stop() or with the system.
#pragma once

#include <cstddef>
#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/listener.hpp>
#include <greenroom/net/server.hpp>
#include <memory>
#include <utility>

namespace greenroom::detail {

// Keeps a connection reachable when its handle has been given to a session.
class ConnectionHold {
public:
    explicit ConnectionHold(const net::Connection& connection) noexcept;
    ~ConnectionHold();
    ConnectionHold(const ConnectionHold&) = delete;
    ConnectionHold& operator=(const ConnectionHold&) = delete;

    template <class A>
    void deliver_to(const Ref<A>& owner) const {
        attach(*owner.cell(), ConnectionHandlersOf<A>::handlers);
    }

private:
    void attach(Cell& owner, const ConnectionHandlers& handlers) const;

    ConnectionState& state_;
};

struct AcceptorPlan {
    std::size_t connections_max;
    std::function<void(net::Connection&)> refuse;
    std::function<void(net::Connection)> spawn_session;
};

net::Server start_acceptor(System& system, net::Listener listener, AcceptorPlan plan);

}  // namespace greenroom::detail
