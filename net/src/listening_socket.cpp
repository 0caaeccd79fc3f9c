#include "listening_socket.hpp"

#include <cerrno>
#include <string>

#include "net_error.hpp"

namespace greenroom::detail {

namespace {

constexpr int keep_alive_idle_s = 60;
constexpr int keep_alive_pause_s = 15;
constexpr int keep_alive_probes = 4;

[[noreturn]] void throw_cannot_listen(int result, const net::Address& address) {
    std::string story = "cannot listen on " + to_string(address);
    if (result == -EADDRINUSE) {
        story +=
            ": another program, or another listener of this one, has the port; stop it, or "
            "choose another port";
    } else if (result == -EACCES) {
        story += ": ports below 1024 need the right to bind them; choose one from 1024 up";
    } else if (result == -EADDRNOTAVAIL) {
        story += ": no interface of this machine has the address; * listens on all of them";
    }
    throw_socket_error(result, story);
}

// The kernel hands these on to each connection, so that they cost nothing for one.
int set_options(net::SocketApi& sockets, int fd, net::AddressFamily family,
                const net::ListenOptions& options) {
    using net::SocketOption;
    int result = sockets.set_option(fd, SocketOption::reuse_address, 1);
    if (result >= 0 && options.reuse_port) {
        result = sockets.set_option(fd, SocketOption::reuse_port, 1);
    }
    if (result >= 0 && family == net::AddressFamily::ipv6) {
        // Always: what it is otherwise depends on the machine.
        result = sockets.set_option(fd, SocketOption::only_ipv6, options.only_ipv6 ? 1 : 0);
    }
    const int receive_bytes = options.receive_buffer_bytes;
    const int send_bytes = options.send_buffer_bytes;
    if (receive_bytes > 0) {
        sockets.set_option(fd, SocketOption::receive_buffer_bytes, receive_bytes);
    }
    if (send_bytes > 0) sockets.set_option(fd, SocketOption::send_buffer_bytes, send_bytes);
    if (options.no_delay) sockets.set_option(fd, SocketOption::no_delay, 1);
    if (options.keep_alive) {
        sockets.set_option(fd, SocketOption::keep_alive, 1);
        sockets.set_option(fd, SocketOption::keep_alive_idle_s, keep_alive_idle_s);
        sockets.set_option(fd, SocketOption::keep_alive_pause_s, keep_alive_pause_s);
        sockets.set_option(fd, SocketOption::keep_alive_probes, keep_alive_probes);
    }
    return result;
}

}  // namespace

Fd listen_on(net::SocketApi& sockets, const net::Address& address,
             const net::ListenOptions& options) {
    Fd fd{sockets, sockets.open(address.family())};
    int result = fd ? set_options(sockets, fd.get(), address.family(), options) : fd.get();
    if (result >= 0) result = sockets.bind(fd.get(), address);
    if (result >= 0) result = sockets.listen(fd.get(), options.backlog);
    if (result < 0) throw_cannot_listen(result, address);
    return fd;
}

bool lacks_descriptors(int result) noexcept {
    return result == -EMFILE || result == -ENFILE || result == -ENOBUFS || result == -ENOMEM;
}

bool concerns_one_connection(int result) noexcept {
    switch (-result) {
        case ECONNABORTED:
        case EPERM:
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENETUNREACH:
        case ETIMEDOUT: return true;
        default: return false;
    }
}

}  // namespace greenroom::detail
