// TcpListener, of tcp.hpp.
#include <cerrno>
#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/net/tcp.hpp>

#include "listening_socket.hpp"
#include "net_error.hpp"
#include "network.hpp"
#include "watched_socket.hpp"

namespace greenroom::net {

using detail::WatchedSocket;

namespace {

// Of the process: descriptors are short for all of it at once.
detail::LogLimit& descriptor_log() {
    static detail::LogLimit limit;
    return limit;
}

}  // namespace

TcpListener::~TcpListener() {
    if (socket_ == nullptr) return;
    socket_->close();
    socket_->drop_reference();
}

TcpListener TcpListener::bind(const Address& address, const ListenOptions& options) {
    detail::RuntimeCore* const core = TcpStream::network_core();
    SocketApi& sockets = core == nullptr ? kernel_sockets() : detail::sockets_of(*core);
    return TcpListener{*new WatchedSocket{detail::listen_on(sockets, address, options)}};
}

std::ptrdiff_t TcpListener::accept_socket(Deadline deadline, Where where) {
    for (;;) {
        if (socket_ == nullptr) return WatchedSocket::closed_here;
        int result = WatchedSocket::closed_here;
        {
            const WatchedSocket::Use use{*socket_};
            if (use) result = socket_->accept(deadline, where);
        }
        if (detail::concerns_one_connection(result)) continue;
        if (!detail::lacks_descriptors(result)) return result;
        descriptor_log().log(LogLevel::warning, [&] {
            return "no descriptor left for a connection to " + to_string(local_address()) +
                   ": new clients wait; raise the limit (ulimit -n)";
        });
        if (deadline.has_passed()) return WatchedSocket::deadline_passed;
        sleep_for(detail::descriptor_pause, where);
    }
}

TcpStream TcpListener::accept(Where where) {
    const std::ptrdiff_t result = accept_socket({}, where);
    if (result == WatchedSocket::closed_here) {
        throw Error{Errc::closed, "accept: the listener was closed"};
    }
    if (result < 0) detail::throw_socket_error(result, "accept");
    return TcpStream{*new WatchedSocket{detail::Fd{socket_->sockets(), static_cast<int>(result)}}};
}

std::optional<TcpStream> TcpListener::accept_before(Deadline deadline, Where where) {
    const std::ptrdiff_t result = accept_socket(deadline, where);
    if (result == WatchedSocket::deadline_passed) return std::nullopt;
    if (result == WatchedSocket::closed_here) {
        throw Error{Errc::closed, "accept_before: the listener was closed"};
    }
    if (result < 0) detail::throw_socket_error(result, "accept_before");
    return TcpStream{*new WatchedSocket{detail::Fd{socket_->sockets(), static_cast<int>(result)}}};
}

void TcpListener::close() noexcept {
    if (socket_ != nullptr) socket_->close();
}

Address TcpListener::local_address() const {
    Address address;
    if (socket_ == nullptr) return address;
    const WatchedSocket::Use use{*socket_};
    if (use) socket_->sockets().local_address(socket_->fd(), address);
    return address;
}

}  // namespace greenroom::net
