#include <greenroom/net/listener.hpp>

#include <cerrno>
#include <cstring>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <utility>

#include "connection_state.hpp"
#include "listener_state.hpp"
#include "listening_socket.hpp"
#include "net_error.hpp"
#include "network.hpp"

namespace greenroom::detail {

class AcceptTurn {
public:
    explicit AcceptTurn(ListenerState& state) noexcept : state_{state} {}
    ~AcceptTurn() { state_.end_event(true); }
    AcceptTurn(const AcceptTurn&) = delete;
    AcceptTurn& operator=(const AcceptTurn&) = delete;

private:
    ListenerState& state_;
};

const Descriptor ListenerState::descriptor_of{&dispatch, &discard, &destroy,
                                              "greenroom::net::Accepted", false};

ListenerState::ListenerState(Fd fd, ConnectionGroup& group)
    : Message{descriptor_of}, fd_{fd.get()}, sockets_{fd.sockets()}, group_{group} {
    sockets_.local_address(fd_, address_);
    fd.release();
}

ListenerState::~ListenerState() {
    GREENROOM_ASSERT(fd_ < 0);
    if (owner_ != nullptr) owner_->drop_reference();
    group_.drop_reference();
}

void ListenerState::attach(Cell& owner, AcceptedHandler handler) {
    ensure_network(owner.core());
    EpollPort& port = calmest_port(owner.core());
    {
        const std::lock_guard held(lock_);
        GREENROOM_ASSERT(owner_ == nullptr);  // it is delivered to one actor, once
        if (fd_ < 0 || closing_) return;
        owner.add_reference();
        owner_ = &owner;
        handler_ = handler;
        port_ = &port;
        ++users_;
    }
    references_.add();  // the watch's
    const int result = port.watch(fd_, *this);
    Lock held(lock_);
    --users_;
    if (result < 0) port_ = nullptr;
    close_if_due(std::move(held));
    if (result == 0) return;
    drop_reference();
    throw_socket_error(result, "cannot watch the listener on " + to_string(address_));
}

void ListenerState::on_ready(std::uint32_t) noexcept {
    bool news = false;
    {
        const std::lock_guard held(lock_);
        ready_ = true;
        news = begin_event();
    }
    if (news) push_event();
}

bool ListenerState::begin_event() noexcept {
    if (event_under_way_ || owner_ == nullptr || closing_ || !ready_) return false;
    event_under_way_ = true;
    references_.add();
    return true;
}

void ListenerState::push_event() noexcept {
    if (!owner_->post(*this)) end_event(false);
}

void ListenerState::end_event(bool again) noexcept {
    bool news = false;
    {
        const std::lock_guard held(lock_);
        GREENROOM_ASSERT(event_under_way_);
        event_under_way_ = false;
        news = again && begin_event();
    }
    if (news) push_event();
    drop_reference();
}

void ListenerState::dispatch(Cell& receiver, Message& message) {
    ListenerState& state = static_cast<ListenerState&>(message);
    const AcceptTurn turn{state};
    state.accept_some(receiver.actor());
}

void ListenerState::discard(Message& message, Discard) noexcept {
    static_cast<ListenerState&>(message).end_event(false);
}

void ListenerState::destroy(Message&) noexcept {}

void ListenerState::accept_some(Actor& owner) {
    for (int i = 0; i < accepts_in_a_turn_max; ++i) {
        const int result = accept_one();
        if (result == -EAGAIN) return;
        if (lacks_descriptors(result)) return wait_for_descriptors();
        if (concerns_one_connection(result)) continue;
        if (result < 0) throw_socket_error(result, "accept on " + to_string(address_));
        group_.add_reference();
        group_.accepted.add(1);
        handler_(owner,
                 ConnectionState::handle_of(ConnectionState::make(Fd{sockets_, result}, group_)));
    }
    const std::lock_guard held(lock_);
    ready_ = true;  // there may be more
}

// EAGAIN once it is closed.
int ListenerState::accept_one() noexcept {
    Lock held(lock_);
    ready_ = false;  // before the call: an edge that comes during it is kept
    if (fd_ < 0 || closing_) return -EAGAIN;
    ++users_;
    held.unlock();
    const int result = sockets_.accept(fd_);
    held.lock();
    --users_;
    close_if_due(std::move(held));
    return result;
}

// The owner waits, and nobody else: who is connected is served meanwhile.
void ListenerState::wait_for_descriptors() {
    group_.without_descriptor.add(1);
    group_.descriptor_log.log(LogLevel::warning, [this] {
        return "no descriptor left for a connection to " + to_string(address_) +
               ": new clients wait; raise the limit (ulimit -n)";
    });
    {
        const std::lock_guard held(lock_);
        ready_ = true;
    }
    sleep_for(descriptor_pause);
}

void ListenerState::close() noexcept {
    Lock held(lock_);
    closing_ = true;
    close_if_due(std::move(held));
}

void ListenerState::close_if_due(Lock held) noexcept {
    if (users_ > 0 || fd_ < 0 || !closing_) return;
    const int fd = std::exchange(fd_, -1);
    EpollPort* const port = port_;
    held.unlock();
    references_.add();  // the watch's may be the last, and go in here
    if (port != nullptr) port->unwatch(fd, *this);
    sockets_.close(fd);
    drop_reference();
}

}  // namespace greenroom::detail

namespace greenroom::net {

Listener::Listener(System& system, const Address& address, const ListenOptions& options,
                   const ConnectionOptions& connections) {
    detail::RuntimeCore& core = detail::core_of(system.runtime());
    detail::ensure_network(core);
    detail::Fd fd = detail::listen_on(detail::sockets_of(core), address, options);
    state_ =
        new detail::ListenerState{std::move(fd), *new detail::ConnectionGroup{connections, &core}};
}

Listener::~Listener() {
    if (state_ == nullptr) return;
    state_->close();
    state_->drop_reference();
}

void Listener::attach(detail::Cell& owner, detail::AcceptedHandler handler) {
    GREENROOM_ASSERT(state_ != nullptr);
    state_->attach(owner, handler);
}

void Listener::close() noexcept {
    if (state_ != nullptr) state_->close();
}

Address Listener::local_address() const {
    return state_ == nullptr ? Address{} : state_->address();
}

ListenerStats Listener::stats() const noexcept {
    return state_ == nullptr ? ListenerStats{} : state_->group().stats();
}

}  // namespace greenroom::net
