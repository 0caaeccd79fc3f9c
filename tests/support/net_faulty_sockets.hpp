// FaultySockets: the kernel's sockets, which fail, or take less than they are given, on demand.
//
// Threads  Any: the demands are atomic.
#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <greenroom/net/socket_api.hpp>

namespace greenroom::support {

class FaultySockets final : public net::SocketApi {
public:
    std::atomic<int> accept_failures{0};    // so many accepts fail
    std::atomic<int> accept_error{EMFILE};  // with this
    std::atomic<std::size_t> send_bytes_max{SIZE_MAX};
    std::atomic<int> receive_error{0};            // of all receives, once set
    std::atomic<int> send_error{0};               // likewise
    std::atomic<bool> connects_to_itself{false};  // the kernel chooses the peer's port for our end
    std::atomic<int> sends{0};
    std::atomic<int> receives{0};
    std::atomic<int> closes{0};
    std::function<void()> on_send;  // called by each; to be set before there are any

    int open(net::AddressFamily family) noexcept override { return kernel_.open(family); }
    int bind(int fd, const net::Address& address) noexcept override {
        return kernel_.bind(fd, address);
    }
    int listen(int fd, int backlog) noexcept override { return kernel_.listen(fd, backlog); }
    int accept(int fd) noexcept override {
        if (accept_failures > 0) {
            --accept_failures;
            return -accept_error;
        }
        return kernel_.accept(fd);
    }
    int connect(int fd, const net::Address& address) noexcept override {
        if (connects_to_itself) kernel_.bind(fd, address);
        return kernel_.connect(fd, address);
    }
    int error(int fd) noexcept override { return kernel_.error(fd); }
    std::ptrdiff_t receive(int fd, void* buffer, std::size_t bytes) noexcept override {
        ++receives;
        if (receive_error != 0) return -receive_error;
        return kernel_.receive(fd, buffer, bytes);
    }
    std::ptrdiff_t send(int fd, const void* data, std::size_t bytes) noexcept override {
        ++sends;
        if (on_send) on_send();
        if (send_error != 0) return -send_error;
        return kernel_.send(fd, data, std::min<std::size_t>(bytes, send_bytes_max));
    }
    std::ptrdiff_t send_pieces(int fd, const net::OutputPiece* pieces,
                               std::size_t count) noexcept override {
        if (send_bytes_max != SIZE_MAX) return send(fd, pieces[0].data, pieces[0].bytes);
        ++sends;
        if (on_send) on_send();
        if (send_error != 0) return -send_error;
        return kernel_.send_pieces(fd, pieces, count);
    }
    int shutdown(int fd, net::SocketEnd end) noexcept override { return kernel_.shutdown(fd, end); }
    int close(int fd) noexcept override {
        ++closes;
        return kernel_.close(fd);
    }
    int set_option(int fd, net::SocketOption option, int value) noexcept override {
        return kernel_.set_option(fd, option, value);
    }
    int local_address(int fd, net::Address& address) noexcept override {
        return kernel_.local_address(fd, address);
    }
    int peer_address(int fd, net::Address& address) noexcept override {
        return kernel_.peer_address(fd, address);
    }
    int wait(int fd, net::SocketEnd end, Deadline deadline) noexcept override {
        return kernel_.wait(fd, end, deadline);
    }

private:
    net::SocketApi& kernel_ = net::kernel_sockets();
};

}  // namespace greenroom::support
