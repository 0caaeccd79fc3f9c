// serve: listens, and makes an actor for each connection.
//
//     greenroom::net::serve<Session>(system, "127.0.0.1:7000");
//
// Each connection gets a `Session(connection, args...)`, which owns it; its events are messages to
// it (connection.hpp). The arguments are copied for each. A session whose constructor throws is
// refused: that connection is closed, the failure logged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/detail/acceptor.hpp>
#include <greenroom/net/listener.hpp>
#include <greenroom/net/server.hpp>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace greenroom::net {

struct ServeOptions {
    ListenOptions listen;
    ConnectionOptions connection;
    // Of the sessions.
    ActorOptions session;
    // Most connections at a time; 0: as many as there are descriptors.
    std::size_t connections_max = 0;
    // Called with each connection beyond that, before it is closed: it may be told why. Runs in the
    // acceptor's turn.
    std::function<void(Connection&)> refuse;
};

// Returns at once. Throws std::system_error if it cannot listen there.
template <class Session, class... Args>
Server serve_with(System& system, const ServeOptions& options, const Address& address,
                  const Args&... args) {
    ::greenroom::detail::require_handler<Session, Received>();
    ::greenroom::detail::require_handler<Session, Closed>();
    Listener listener{system, address, options.listen, options.connection};
    auto spawn_session =
        [&system, actor_options = options.session,
         stored = std::tuple<std::decay_t<const Args&>...>{args...}](Connection connection) {
            const ::greenroom::detail::ConnectionHold hold{connection};
            const Ref<Session> session = std::apply(
                [&](const auto&... each) {
                    return system.template spawn_with<Session>(actor_options, std::move(connection),
                                                               each...);
                },
                stored);
            hold.deliver_to(session);
        };
    return ::greenroom::detail::start_acceptor(
        system, std::move(listener),
        {options.connections_max, options.refuse, std::move(spawn_session)});
}

template <class Session, class... Args>
Server serve(System& system, const Address& address, const Args&... args) {
    return serve_with<Session>(system, ServeOptions{}, address, args...);
}

}  // namespace greenroom::net
