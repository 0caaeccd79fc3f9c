// The kernel's sockets: every system call on a socket is here, and EINTR and EAGAIN end here.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <greenroom/net/socket_api.hpp>

#include "direct_calls.hpp"
#include "sockaddr.hpp"

namespace greenroom::net {

namespace {

// The result of `call`, made again while a signal interrupts it, or the negative errno.
template <class Call>
auto uninterrupted(Call call) noexcept {
    for (;;) {
        const auto result = call();
        if (result >= 0) return result;
        if (errno == EINTR) continue;
        // EWOULDBLOCK is the same number on Linux.
        return static_cast<decltype(result + 0)>(-errno);
    }
}

struct OptionName {
    int level;
    int name;
};

OptionName name_of(SocketOption option) noexcept {
    switch (option) {
        case SocketOption::reuse_address: return {SOL_SOCKET, SO_REUSEADDR};
        case SocketOption::reuse_port: return {SOL_SOCKET, SO_REUSEPORT};
        case SocketOption::only_ipv6: return {IPPROTO_IPV6, IPV6_V6ONLY};
        case SocketOption::no_delay: return {IPPROTO_TCP, TCP_NODELAY};
        case SocketOption::keep_alive: return {SOL_SOCKET, SO_KEEPALIVE};
        case SocketOption::keep_alive_idle_s: return {IPPROTO_TCP, TCP_KEEPIDLE};
        case SocketOption::keep_alive_probes: return {IPPROTO_TCP, TCP_KEEPCNT};
        case SocketOption::keep_alive_pause_s: return {IPPROTO_TCP, TCP_KEEPINTVL};
        case SocketOption::reset_on_close: return {SOL_SOCKET, SO_LINGER};
        case SocketOption::receive_buffer_bytes: return {SOL_SOCKET, SO_RCVBUF};
        case SocketOption::send_buffer_bytes: return {SOL_SOCKET, SO_SNDBUF};
    }
    return {-1, -1};
}

int how_of(SocketEnd end) noexcept {
    if (end == SocketEnd::both) return SHUT_RDWR;
    return end == SocketEnd::read ? SHUT_RD : SHUT_WR;
}

short events_of(SocketEnd end) noexcept {
    if (end == SocketEnd::both) return POLLIN | POLLOUT;
    return end == SocketEnd::read ? POLLIN : POLLOUT;
}

class KernelSockets final : public SocketApi {
public:
    int open(AddressFamily family) noexcept override {
        const int kind = family == AddressFamily::ipv4 ? AF_INET : AF_INET6;
        return uninterrupted([&] { return ::socket(kind, kind_bits, 0); });
    }

    int bind(int fd, const Address& address) noexcept override {
        detail::KernelAddress kernel{address};
        return uninterrupted([&] { return ::bind(fd, kernel.get(), kernel.length); });
    }

    int listen(int fd, int backlog) noexcept override {
        return uninterrupted([&] { return ::listen(fd, backlog); });
    }

    int accept(int fd) noexcept override {
        return uninterrupted(
            [&] { return ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
    }

    int connect(int fd, const Address& address) noexcept override {
        detail::KernelAddress kernel{address};
        if (::connect(fd, kernel.get(), kernel.length) == 0) return 0;
        // Interrupted, it goes on in the background, like any other.
        return errno == EINTR ? -EINPROGRESS : -errno;
    }

    int error(int fd) noexcept override {
        int pending = 0;
        socklen_t length = sizeof pending;
        if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &pending, &length) != 0) return -errno;
        return -pending;
    }

    std::ptrdiff_t receive(int fd, void* buffer, std::size_t bytes) noexcept override {
        return uninterrupted([&] { return detail::direct_receive(fd, buffer, bytes); });
    }

    std::ptrdiff_t send(int fd, const void* data, std::size_t bytes) noexcept override {
        return uninterrupted([&] { return detail::direct_send(fd, data, bytes); });
    }

    std::ptrdiff_t send_pieces(int fd, const OutputPiece* pieces,
                               std::size_t count) noexcept override {
        iovec parts[pieces_max];
        count = std::min(count, pieces_max);
        for (std::size_t i = 0; i < count; ++i) {
            parts[i] = {const_cast<void*>(pieces[i].data), pieces[i].bytes};
        }
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = count;
        return uninterrupted([&] { return detail::direct_send(fd, message); });
    }

    int shutdown(int fd, SocketEnd end) noexcept override {
        return uninterrupted([&] { return ::shutdown(fd, how_of(end)); });
    }

    // Not again after EINTR: on Linux the descriptor is gone by then.
    int close(int fd) noexcept override { return ::close(fd) == 0 || errno == EINTR ? 0 : -errno; }

    int set_option(int fd, SocketOption option, int value) noexcept override {
        const OptionName name = name_of(option);
        const linger at_once{value, 0};  // what close() waits for: nothing, so it resets
        const bool lingers = option == SocketOption::reset_on_close;
        const void* const given = lingers ? static_cast<const void*>(&at_once) : &value;
        const socklen_t bytes = lingers ? sizeof at_once : sizeof value;
        return uninterrupted([&] { return ::setsockopt(fd, name.level, name.name, given, bytes); });
    }

    int local_address(int fd, Address& address) noexcept override {
        detail::KernelAddress kernel;
        if (::getsockname(fd, kernel.get(), &kernel.length) != 0) return -errno;
        address = kernel.to_address();
        return 0;
    }

    int peer_address(int fd, Address& address) noexcept override {
        detail::KernelAddress kernel;
        if (::getpeername(fd, kernel.get(), &kernel.length) != 0) return -errno;
        address = kernel.to_address();
        return 0;
    }

    int wait(int fd, SocketEnd end, Deadline deadline) noexcept override {
        pollfd entry{fd, events_of(end), 0};
        for (;;) {
            const int ready = ::poll(&entry, 1, milliseconds_until(deadline));
            if (ready > 0) return 0;
            if (ready < 0 && errno != EINTR) return -errno;
            if (deadline.has_passed()) return -ETIMEDOUT;
        }
    }

private:
    static constexpr int kind_bits = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

    // Rounded up, so that the wait does not end just before the deadline; at most some days.
    static int milliseconds_until(Deadline deadline) noexcept {
        if (deadline.is_never()) return -1;
        const Duration left = deadline.at() - Deadline::after(Duration::zero()).at();
        const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        return static_cast<int>(std::clamp<std::int64_t>(whole, 0, 1'000'000'000));
    }
};

}  // namespace

SocketApi& kernel_sockets() noexcept {
    static KernelSockets sockets;
    return sockets;
}

}  // namespace greenroom::net
