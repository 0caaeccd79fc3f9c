#include <greenroom/net/address.hpp>

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <greenroom/core/error.hpp>

namespace greenroom::net {

namespace {

[[noreturn]] void throw_bad(std::string_view text, const std::string& story) {
    throw Error{std::make_error_code(std::errc::invalid_argument),
                "\"" + std::string{text} + "\" is no address: " + story};
}

constexpr const char* shapes = "write it as in 127.0.0.1:7000, [::1]:7000 or *:7000";

std::uint16_t parse_port(std::string_view whole, std::string_view digits) {
    unsigned port = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, port);
    if (digits.empty() || error != std::errc{} || stop != end || port > 65535) {
        throw_bad(whole, "the port is a number from 0 to 65535; " + std::string{shapes});
    }
    return static_cast<std::uint16_t>(port);
}

// The name of an interface behind the "%" of a link-local address, or its number.
std::uint32_t parse_scope(std::string_view whole, std::string_view name) {
    std::uint32_t number = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, number);
    if (!name.empty() && error == std::errc{} && stop == end) return number;
    number = if_nametoindex(std::string{name}.c_str());
    if (number == 0) throw_bad(whole, "there is no interface \"" + std::string{name} + "\"");
    return number;
}

Address parse_ipv6(std::string_view whole, std::string_view host, std::uint16_t port) {
    const std::size_t percent = host.find('%');
    const std::uint32_t scope =
        percent == host.npos ? 0 : parse_scope(whole, host.substr(percent + 1));
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET6, std::string{host.substr(0, percent)}.c_str(), bytes.data()) != 1) {
        throw_bad(whole, "the host is no IPv6 address; " + std::string{shapes});
    }
    return Address::from_bytes(AddressFamily::ipv6, bytes, port, scope);
}

Address parse_host(std::string_view whole, std::string_view host, std::uint16_t port) {
    if (host == "localhost") host = "127.0.0.1";
    if (host == "*") host = "0.0.0.0";
    if (host.find(':') != host.npos) return parse_ipv6(whole, host, port);
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET, std::string{host}.c_str(), bytes.data()) != 1) {
        throw_bad(whole, "the host is no IPv4 or IPv6 address, and names are not looked up; " +
                             std::string{shapes});
    }
    return Address::from_bytes(AddressFamily::ipv4, bytes, port, 0);
}

}  // namespace

Address::Address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) throw_bad(text, "the port is missing; " + std::string{shapes});
    std::string_view host = text.substr(0, colon);
    const std::uint16_t port = parse_port(text, text.substr(colon + 1));
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
        *this = parse_ipv6(text, host, port);
        return;
    }
    if (host.find(':') != host.npos) {
        throw_bad(text, "an IPv6 host stands in brackets; " + std::string{shapes});
    }
    *this = parse_host(text, host, port);
}

Address Address::of(std::string_view host, std::uint16_t port) {
    return parse_host(host, host, port);
}

Address Address::from_bytes(AddressFamily family, const std::array<std::uint8_t, 16>& bytes,
                            std::uint16_t port, std::uint32_t scope) noexcept {
    Address address;
    address.family_ = family;
    address.bytes_ = bytes;
    address.port_ = port;
    address.scope_ = scope;
    return address;
}

std::string Address::host() const {
    char text[INET6_ADDRSTRLEN] = "";
    const int kind = family_ == AddressFamily::ipv4 ? AF_INET : AF_INET6;
    inet_ntop(kind, bytes_.data(), text, sizeof text);
    return scope_ == 0 ? text : std::string{text} + "%" + std::to_string(scope_);
}

std::string to_string(const Address& address) {
    const std::string port = std::to_string(address.port());
    if (address.family() == AddressFamily::ipv4) return address.host() + ":" + port;
    return std::string{"["}.append(address.host()).append("]:").append(port);
}

}  // namespace greenroom::net
