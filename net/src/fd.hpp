// Fd: owns one descriptor.
#pragma once

#include <greenroom/net/socket_api.hpp>
#include <utility>

namespace greenroom::detail {

class Fd {
public:
    Fd() noexcept = default;
    // Negative: owns nothing.
    Fd(net::SocketApi& sockets, int fd) noexcept : sockets_{&sockets}, fd_{fd} {}
    Fd(Fd&& other) noexcept : sockets_{other.sockets_}, fd_{std::exchange(other.fd_, -1)} {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(sockets_, other.sockets_);
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    net::SocketApi& sockets() const noexcept { return *sockets_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept {
        if (fd_ >= 0) sockets_->close(std::exchange(fd_, -1));
    }

private:
    net::SocketApi* sockets_ = nullptr;
    int fd_ = -1;
};

}  // namespace greenroom::detail
