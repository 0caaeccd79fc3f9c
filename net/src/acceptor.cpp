#include <greenroom/net/detail/acceptor.hpp>

#include <exception>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/log.hpp>
#include <string>

#include "connection_state.hpp"
#include "listener_state.hpp"

namespace greenroom::detail {

ConnectionHold::ConnectionHold(const net::Connection& connection) noexcept
    : state_{ConnectionState::of(connection)} {
    state_.add_reference();
}

ConnectionHold::~ConnectionHold() { state_.drop_reference(); }

void ConnectionHold::attach(Cell& owner, const ConnectionHandlers& handlers) const {
    state_.attach(owner, handlers);
}

// What a Server tells when its acceptor may have ended.
struct ServerFigures {
    explicit ServerFigures(const ListenerState& listener)
        : address{listener.address()}, group{listener.group()} {
        group.add_reference();
    }
    ~ServerFigures() { group.drop_reference(); }
    ServerFigures(const ServerFigures&) = delete;
    ServerFigures& operator=(const ServerFigures&) = delete;

    const net::Address address;
    ConnectionGroup& group;
    Counter refused;
    LogLimit refusal_log;
};

class Acceptor final : public Actor {
public:
    Acceptor(net::Listener listener, AcceptorPlan plan, std::shared_ptr<ServerFigures> figures)
        : listener_{std::move(listener)}, plan_{std::move(plan)}, figures_{std::move(figures)} {}

    void on_start() override { listener_.deliver_to(self(this)); }

    void on(net::Accepted accepted) {
        const std::uint64_t open = figures_->group.open.value();  // this one counted in
        if (plan_.connections_max != 0 && open > plan_.connections_max) {
            return refuse(accepted.connection);
        }
        try {
            plan_.spawn_session(std::move(accepted.connection));
        } catch (const std::exception& failure) {
            figures_->refused.add(1);
            figures_->refusal_log.log(LogLevel::error, [&] {
                return std::string{
                           "a connection is refused, since its session could not be "
                           "made: "} +
                       failure.what();
            });
        }
    }

private:
    void refuse(net::Connection& connection) {
        figures_->refused.add(1);
        figures_->refusal_log.log(LogLevel::warning, [this] {
            return "a connection to " + to_string(figures_->address) +
                   " is refused: " + std::to_string(plan_.connections_max) +
                   " are open, and no more are allowed";
        });
        if (plan_.refuse) plan_.refuse(connection);
    }

    net::Listener listener_;
    const AcceptorPlan plan_;
    const std::shared_ptr<ServerFigures> figures_;
};

net::Server start_acceptor(System& system, net::Listener listener, AcceptorPlan plan) {
    auto figures = std::make_shared<ServerFigures>(ListenerState::of(listener));
    Ref<Acceptor> acceptor = system.spawn<Acceptor>(std::move(listener), std::move(plan), figures);
    return net::Server{std::move(acceptor), std::move(figures)};
}

}  // namespace greenroom::detail

namespace greenroom::net {

Server::Server(Ref<detail::Acceptor> acceptor,
               std::shared_ptr<detail::ServerFigures> figures) noexcept
    : acceptor_{std::move(acceptor)}, figures_{std::move(figures)} {}

Address Server::local_address() const { return figures_ ? figures_->address : Address{}; }

void Server::stop() const noexcept {
    if (acceptor_) acceptor_.stop();
}

ServerStats Server::stats() const noexcept {
    if (figures_ == nullptr) return {};
    const ListenerStats of_listener = figures_->group.stats();
    const std::uint64_t refused = figures_->refused.value();
    return {of_listener.accepted - refused,
            refused,
            of_listener.open,
            of_listener.without_descriptor,
            of_listener.slow_readers,
            of_listener.dropped_bytes,
            of_listener.cut_short};
}

}  // namespace greenroom::net
