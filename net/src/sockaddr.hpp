// An Address as the kernel wants it.
#pragma once

#include <sys/socket.h>

#include <greenroom/net/address.hpp>

namespace greenroom::detail {

struct KernelAddress {
    KernelAddress() noexcept = default;
    explicit KernelAddress(const net::Address& address) noexcept;

    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    net::Address to_address() const noexcept;

    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);
};

}  // namespace greenroom::detail
