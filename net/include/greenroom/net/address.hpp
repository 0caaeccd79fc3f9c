// Address: an IPv4 or IPv6 address with a port: "127.0.0.1:7000", "[::1]:7000".
//
// It is made from text, implicitly, wherever an Address is asked for. Names are not looked up; only
// "localhost" is known, as 127.0.0.1, and "*" as every address of the machine (0.0.0.0).
// Port 0 has the system choose one: ask the listener for its address then.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace greenroom::net {

enum class AddressFamily : std::uint8_t { ipv4, ipv6 };

class Address {
public:
    // 0.0.0.0:0
    Address() noexcept = default;
    // Throws std::system_error (invalid_argument), whose what() says what would be right.
    Address(std::string_view text);  // NOLINT: text stands for an address
    Address(const char* text) : Address{std::string_view{text}} {}         // NOLINT: likewise
    Address(const std::string& text) : Address{std::string_view{text}} {}  // NOLINT: likewise

    // `host` without brackets, as users type them apart. Throws like the above.
    static Address of(std::string_view host, std::uint16_t port);
    // From the bytes as they are on the wire; of IPv4 the first four count.
    static Address from_bytes(AddressFamily family, const std::array<std::uint8_t, 16>& bytes,
                              std::uint16_t port, std::uint32_t scope) noexcept;

    AddressFamily family() const noexcept { return family_; }
    std::uint16_t port() const noexcept { return port_; }
    // The address without the port, and without brackets.
    std::string host() const;
    const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
    // Of a link-local IPv6 address: which interface it is on; else 0.
    std::uint32_t scope() const noexcept { return scope_; }

    friend bool operator==(const Address&, const Address&) noexcept = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
    std::uint32_t scope_ = 0;
    std::uint16_t port_ = 0;
    AddressFamily family_ = AddressFamily::ipv4;
};

// "127.0.0.1:7000", "[::1]:7000".
std::string to_string(const Address& address);

}  // namespace greenroom::net
