#include <greenroom/net/connection.hpp>

#include <greenroom/core/assert.hpp>
#include <greenroom/net/tcp.hpp>

#include "connection_state.hpp"
#include "network.hpp"

namespace greenroom::detail {

ConnectionState& ConnectionState::make(Fd fd, ConnectionGroup& group, std::string early) {
    void* const place = allocate_block(sizeof(ConnectionState));
    return *::new (place) ConnectionState{std::move(fd), group, std::move(early)};
}

ConnectionState::ConnectionState(Fd fd, ConnectionGroup& group, std::string early)
    : Message{descriptor_of}, fd_{fd.release()}, sockets_{fd.sockets()}, group_{group} {
    if (!early.empty()) early_ = std::make_unique<std::string>(std::move(early));
    group_.open.add(1);
}

ConnectionState::~ConnectionState() {
    GREENROOM_ASSERT(fd_ < 0);
    if (owner_ != nullptr) owner_->drop_reference();
    group_.drop_reference();
}

void ConnectionState::drop_reference() noexcept {
    if (!references_.drop()) return;
    this->~ConnectionState();
    release_block(this, sizeof(ConnectionState));
}

net::Address ConnectionState::address(bool of_peer) noexcept {
    net::Address address;
    Lock held(lock());
    if (fd_ < 0) return address;
    ++users_;
    held.unlock();
    of_peer ? sockets_.peer_address(fd_, address) : sockets_.local_address(fd_, address);
    held.lock();
    end_use(std::move(held));
    return address;
}

}  // namespace greenroom::detail

namespace greenroom::net {

using detail::ConnectionState;

std::string to_string(const Closed& closed) {
    switch (closed.reason) {
        case CloseReason::end_of_stream: return "the peer closed the connection";
        case CloseReason::slow_reader: return "the peer does not read what it is sent";
        case CloseReason::failed: break;
    }
    return closed.error.message();
}

Connection::Connection(TcpStream stream, const ConnectionOptions& options) {
    auto& group = *new detail::ConnectionGroup{options, stream.network_core()};
    std::string early = stream.take_buffered();
    state_ = &ConnectionState::make(stream.release_fd(), group, std::move(early));
}

Connection::~Connection() {
    if (state_ == nullptr) return;
    state_->close();
    state_->drop_reference();
}

Connection Connection::connect(const Address& address, Deadline deadline,
                               const ConnectionOptions& options, Where where) {
    return Connection{TcpStream::connect(address, deadline, where), options};
}

void Connection::attach(detail::Cell& owner, const detail::ConnectionHandlers& handlers) {
    GREENROOM_ASSERT(state_ != nullptr);
    state_->attach(owner, handlers);
}

bool Connection::send(std::string_view text, Where where) {
    GREENROOM_ASSERT(state_ != nullptr);
    return state_->send(text, text.size(), where);
}

bool Connection::send(std::span<const std::byte> bytes, Where where) {
    return send(std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where);
}

bool Connection::send(const SharedBytes& bytes, Where where) {
    GREENROOM_ASSERT(state_ != nullptr);
    return state_->send(bytes, bytes.size(), where);
}

void Connection::close() noexcept {
    if (state_ != nullptr) state_->close();
}
void Connection::close_now() noexcept {
    if (state_ != nullptr) state_->close_now();
}
void Connection::pause() noexcept {
    if (state_ != nullptr) state_->pause();
}
void Connection::resume() noexcept {
    if (state_ != nullptr) state_->resume();
}
std::size_t Connection::queued_bytes() const noexcept {
    return state_ == nullptr ? 0 : state_->queued_bytes();
}
Address Connection::peer_address() const {
    return state_ == nullptr ? Address{} : state_->address(true);
}
Address Connection::local_address() const {
    return state_ == nullptr ? Address{} : state_->address(false);
}

}  // namespace greenroom::net
