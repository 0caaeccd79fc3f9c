// TcpStream, of tcp.hpp.
#include <greenroom/net/tcp.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <greenroom/core/assert.hpp>
#include <greenroom/net/framing.hpp>

#include "net_error.hpp"
#include "network.hpp"
#include "watched_socket.hpp"

namespace greenroom::net {

using detail::WatchedSocket;

namespace {

constexpr std::size_t read_ahead_bytes = 4096;

std::error_code stream_error(std::ptrdiff_t result) noexcept {
    if (result == WatchedSocket::deadline_passed) return Errc::timed_out;
    if (result == WatchedSocket::closed_here) return Errc::closed;
    return detail::socket_error(result);
}

std::size_t count_or_throw(std::ptrdiff_t result, const char* call) {
    if (result < 0) detail::throw_error(stream_error(result), call);
    return static_cast<std::size_t>(result);
}

std::optional<std::size_t> count_or_nothing(std::ptrdiff_t result, const char* call) {
    if (result == WatchedSocket::deadline_passed) return std::nullopt;
    return count_or_throw(result, call);
}

std::size_t count_or_error(std::ptrdiff_t result, std::error_code& error) noexcept {
    error = result < 0 ? stream_error(result) : std::error_code{};
    return result < 0 ? 0 : static_cast<std::size_t>(result);
}

std::span<char> chars(std::span<std::byte> bytes) noexcept {
    return {reinterpret_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace

TcpStream& TcpStream::operator=(TcpStream&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(buffered_, other.buffered_);
    std::swap(taken_, other.taken_);
    return *this;
}

TcpStream::~TcpStream() {
    if (socket_ == nullptr) return;
    socket_->close();
    socket_->drop_reference();
}

TcpStream::operator bool() const noexcept { return socket_ != nullptr && socket_->is_open(); }

detail::RuntimeCore* TcpStream::network_core() {
    detail::RuntimeCore* const core = detail::current_core();
    if (core != nullptr) detail::ensure_network(*core);
    return core;
}

TcpStream TcpStream::connect(const Address& address, Deadline deadline, Where where) {
    detail::suspension_point();
    detail::RuntimeCore* const core = network_core();
    SocketApi& sockets = core == nullptr ? kernel_sockets() : detail::sockets_of(*core);
    const std::string story = "cannot connect to " + to_string(address);
    detail::Fd fd{sockets, sockets.open(address.family())};
    if (!fd) detail::throw_socket_error(fd.get(), story);
    sockets.set_option(fd.get(), SocketOption::no_delay, 1);
    std::ptrdiff_t result = sockets.connect(fd.get(), address);
    TcpStream stream{*new WatchedSocket{std::move(fd)}};
    if (result == -EINPROGRESS) {
        const WatchedSocket::Use use{*stream.socket_};
        result = stream.socket_->finish_connect(deadline, where);
    }
    // Nobody listens there, and the kernel happened to choose the very port for our end: then it
    // connects the socket with itself.
    if (result == 0 && stream.local_address() == address) result = -ECONNREFUSED;
    if (result < 0) detail::throw_error(stream_error(result), story);
    return stream;
}

// ---- Reading

std::size_t TcpStream::take_from_buffer(char* buffer, std::size_t bytes) noexcept {
    const std::size_t count = std::min(bytes, buffered_.size() - taken_);
    std::memcpy(buffer, buffered_.data() + taken_, count);
    taken_ += count;
    if (taken_ == buffered_.size()) {
        buffered_.clear();
        taken_ = 0;
    }
    return count;
}

std::ptrdiff_t TcpStream::read(char* buffer, std::size_t bytes, Deadline deadline, Where where) {
    if (socket_ == nullptr) return WatchedSocket::closed_here;
    const WatchedSocket::Use use{*socket_};
    if (!use) return WatchedSocket::closed_here;
    if (bytes == 0) return 0;
    if (!buffered_.empty()) {
        detail::suspension_point();
        return static_cast<std::ptrdiff_t>(take_from_buffer(buffer, bytes));
    }
    return socket_->receive(buffer, bytes, deadline, where);
}

std::size_t TcpStream::read_some(std::span<std::byte> buffer, Where where) {
    return read_some(chars(buffer), where);
}
std::size_t TcpStream::read_some(std::span<char> buffer, Where where) {
    return count_or_throw(read(buffer.data(), buffer.size(), {}, where), "read_some");
}
std::size_t TcpStream::read_some(std::span<char> buffer, std::error_code& error, Where where) {
    return count_or_error(read(buffer.data(), buffer.size(), {}, where), error);
}
std::optional<std::size_t> TcpStream::read_some_before(Deadline deadline, std::span<char> buffer,
                                                       Where where) {
    return count_or_nothing(read(buffer.data(), buffer.size(), deadline, where),
                            "read_some_before");
}

std::ptrdiff_t TcpStream::read_fully(std::span<char> buffer, Deadline deadline, Where where) {
    std::size_t done = 0;
    while (done < buffer.size()) {
        const std::ptrdiff_t count =
            read(buffer.data() + done, buffer.size() - done, deadline, where);
        if (count < 0) return count;
        if (count == 0) break;
        done += static_cast<std::size_t>(count);
    }
    return static_cast<std::ptrdiff_t>(done);
}

std::size_t TcpStream::read_exactly(std::span<std::byte> buffer, Where where) {
    return read_exactly(chars(buffer), where);
}
std::size_t TcpStream::read_exactly(std::span<char> buffer, Where where) {
    return count_or_throw(read_fully(buffer, {}, where), "read_exactly");
}
std::size_t TcpStream::read_exactly(std::span<char> buffer, std::error_code& error, Where where) {
    return count_or_error(read_fully(buffer, {}, where), error);
}
std::optional<std::size_t> TcpStream::read_exactly_before(Deadline deadline, std::span<char> buffer,
                                                          Where where) {
    return count_or_nothing(read_fully(buffer, deadline, where), "read_exactly_before");
}

// Takes the line off the buffer if it holds a whole one.
bool TcpStream::take_line(std::size_t scanned_from, std::string& line) {
    const std::size_t end = buffered_.find('\n', scanned_from);
    if (end == buffered_.npos) return false;
    const bool has_return = end > taken_ && buffered_[end - 1] == '\r';
    line.assign(buffered_, taken_, end - taken_ - (has_return ? 1 : 0));
    taken_ = end + 1;
    if (taken_ == buffered_.size()) {
        buffered_.clear();
        taken_ = 0;
    }
    return true;
}

// Leaves it in line_: 1. At the end of the stream: 0.
std::ptrdiff_t TcpStream::find_line(std::size_t bytes_max, Deadline deadline, Where where) {
    if (socket_ == nullptr) return WatchedSocket::closed_here;
    const WatchedSocket::Use use{*socket_};
    if (!use) return WatchedSocket::closed_here;
    detail::suspension_point();
    std::size_t scanned = taken_;
    while (!take_line(scanned, line_)) {
        // The end of the line may be two bytes, of which one has come.
        if (buffered_.size() - taken_ > bytes_max + 1) throw LineTooLong{bytes_max};
        buffered_.erase(0, std::exchange(taken_, 0));
        const std::size_t held = scanned = buffered_.size();
        buffered_.resize(held + read_ahead_bytes);
        std::ptrdiff_t count = 0;
        try {
            count = socket_->receive(buffered_.data() + held, read_ahead_bytes, deadline, where);
        } catch (...) {
            buffered_.resize(held);
            throw;
        }
        buffered_.resize(held + static_cast<std::size_t>(std::max<std::ptrdiff_t>(count, 0)));
        if (count < 0) return count;
        if (count > 0) continue;
        line_ = std::exchange(buffered_, {});
        return line_.empty() ? 0 : 1;
    }
    if (line_.size() > bytes_max) throw LineTooLong{bytes_max};
    return 1;
}

std::string TcpStream::read_line(std::size_t bytes_max, Where where) {
    if (count_or_throw(find_line(bytes_max, {}, where), "read_line") == 0) {
        throw EndOfStream{"read_line: the peer has sent its last line"};
    }
    return std::exchange(line_, {});
}

std::optional<std::string> TcpStream::read_line_before(Deadline deadline, std::size_t bytes_max,
                                                       Where where) {
    const auto found = count_or_nothing(find_line(bytes_max, deadline, where), "read_line_before");
    if (!found) return std::nullopt;
    if (*found == 0) throw EndOfStream{"read_line_before: the peer has sent its last line"};
    return std::exchange(line_, {});
}

std::optional<std::string> TcpStream::next_line(std::size_t bytes_max, Where where) {
    if (count_or_throw(find_line(bytes_max, {}, where), "next_line") == 0) return std::nullopt;
    return std::exchange(line_, {});
}

// ---- Writing

std::ptrdiff_t TcpStream::write(const char* bytes, std::size_t count, Deadline deadline,
                                Where where) {
    if (socket_ == nullptr) return WatchedSocket::closed_here;
    const WatchedSocket::Use use{*socket_};
    if (!use) return WatchedSocket::closed_here;
    if (count == 0) return 0;
    return socket_->send(bytes, count, deadline, where);
}

std::size_t TcpStream::write_some(std::string_view bytes, Where where) {
    return count_or_throw(write(bytes.data(), bytes.size(), {}, where), "write_some");
}
std::size_t TcpStream::write_some(std::string_view bytes, std::error_code& error, Where where) {
    return count_or_error(write(bytes.data(), bytes.size(), {}, where), error);
}

std::size_t TcpStream::write_all(std::string_view bytes, std::error_code& error, Where where) {
    std::size_t done = 0;
    do {
        done += write_some(bytes.substr(done), error, where);
    } while (!error && done < bytes.size());
    return done;
}
void TcpStream::write_all(std::string_view bytes, Where where) {
    std::error_code error;
    write_all(bytes, error, where);
    if (error) detail::throw_error(error, "write_all");
}
void TcpStream::write_all(std::span<const std::byte> bytes, Where where) {
    write_all({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, where);
}
bool TcpStream::write_all_before(Deadline deadline, std::string_view bytes, Where where) {
    while (!bytes.empty()) {
        const auto count = count_or_nothing(write(bytes.data(), bytes.size(), deadline, where),
                                            "write_all_before");
        if (!count) return false;
        bytes.remove_prefix(*count);
    }
    return true;
}

// ---- The rest

void TcpStream::shutdown_write() {
    std::ptrdiff_t result = WatchedSocket::closed_here;
    if (socket_ != nullptr) {
        const WatchedSocket::Use use{*socket_};
        if (use) result = socket_->sockets().shutdown(socket_->fd(), SocketEnd::write);
    }
    count_or_throw(result, "shutdown_write");
}

void TcpStream::close() noexcept {
    if (socket_ != nullptr) socket_->close();
}

void TcpStream::set_no_delay(bool on) {
    std::ptrdiff_t result = WatchedSocket::closed_here;
    if (socket_ != nullptr) {
        const WatchedSocket::Use use{*socket_};
        const int value = on ? 1 : 0;
        if (use) {
            result = socket_->sockets().set_option(socket_->fd(), SocketOption::no_delay, value);
        }
    }
    count_or_throw(result, "set_no_delay");
}

Address TcpStream::peer_address() const {
    Address address;
    if (socket_ == nullptr) return address;
    const WatchedSocket::Use use{*socket_};
    if (use) socket_->sockets().peer_address(socket_->fd(), address);
    return address;
}

Address TcpStream::local_address() const {
    Address address;
    if (socket_ == nullptr) return address;
    const WatchedSocket::Use use{*socket_};
    if (use) socket_->sockets().local_address(socket_->fd(), address);
    return address;
}

std::string TcpStream::take_buffered() { return buffered_.substr(std::exchange(taken_, 0)); }

detail::Fd TcpStream::release_fd() {
    GREENROOM_ASSERT(socket_ != nullptr);
    detail::Fd fd = socket_->take_fd();
    std::exchange(socket_, nullptr)->drop_reference();
    return fd;
}

}  // namespace greenroom::net
