#include "sockaddr.hpp"

#include <netinet/in.h>

#include <cstring>

namespace greenroom::detail {

KernelAddress::KernelAddress(const net::Address& address) noexcept {
    if (address.family() == net::AddressFamily::ipv4) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(address.port());
        std::memcpy(&in.sin_addr, address.bytes().data(), sizeof in.sin_addr);
        std::memcpy(&storage, &in, sizeof in);
        length = sizeof in;
        return;
    }
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(address.port());
    in.sin6_scope_id = address.scope();
    std::memcpy(&in.sin6_addr, address.bytes().data(), sizeof in.sin6_addr);
    std::memcpy(&storage, &in, sizeof in);
    length = sizeof in;
}

net::Address KernelAddress::to_address() const noexcept {
    std::array<std::uint8_t, 16> bytes{};
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &storage, sizeof in);
        std::memcpy(bytes.data(), &in.sin6_addr, sizeof in.sin6_addr);
        return net::Address::from_bytes(net::AddressFamily::ipv6, bytes, ntohs(in.sin6_port),
                                        in.sin6_scope_id);
    }
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    std::memcpy(bytes.data(), &in.sin_addr, sizeof in.sin_addr);
    return net::Address::from_bytes(net::AddressFamily::ipv4, bytes, ntohs(in.sin_port), 0);
}

}  // namespace greenroom::detail
