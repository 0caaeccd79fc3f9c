// TcpListener, TcpStream: sockets as calls that wait: in a fiber only that fiber waits.
//
//     net::TcpListener listener = net::TcpListener::bind("127.0.0.1:7000");
//     net::TcpStream stream = listener.accept();
//     std::string line = stream.read_line();
//
// Threads       From fibers of any runtime, and from plain threads, which block. One reader and one
//               writer at a time; close() at any time, though not while the object is moved or
//               destroyed.
// Cancellation  Every call that may wait is a suspension point, also where it need not wait. A
//               cancelled read_some, read_line or next_line has taken nothing. A cancelled
//               read_exactly, like one past its deadline, loses what had come, and a cancelled
//               write_all may have written a part: close the stream then.
// Errors        Calls throw Error, a std::system_error with the kernel's code. x_before(deadline)
//               returns nothing, or false, when the time is over. The overloads with a
//               std::error_code& throw only Cancelled and for want of memory or stacks: a deadline
//               is Errc::timed_out there, a stream that was closed here Errc::closed. The end of
//               the stream is an outcome, no error.
// Lifetime      The destructor closes. Who waits in a call on a stream that is closed meanwhile
//               is woken, and gets Errc::closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/where.hpp>
#include <greenroom/net/address.hpp>
#include <greenroom/net/listener.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace greenroom::detail {
class Fd;
class RuntimeCore;
class WatchedSocket;
}  // namespace greenroom::detail

namespace greenroom::net {

// There is nothing more to be read, where something was asked for.
class EndOfStream : public Error {
public:
    explicit EndOfStream(const std::string& story) : Error{Errc::closed, story} {}
};

class TcpStream {
public:
    static constexpr std::size_t line_bytes_max = 8192;  // unless a call says otherwise

    // Refers to no connection; only assignment and bool may be asked of it.
    TcpStream() noexcept = default;
    TcpStream(TcpStream&& other) noexcept
        : socket_{std::exchange(other.socket_, nullptr)},
          buffered_{std::move(other.buffered_)},
          taken_{std::exchange(other.taken_, 0)} {}
    TcpStream& operator=(TcpStream&& other) noexcept;
    ~TcpStream();

    // False after close(), a move, and for one made from nothing.
    explicit operator bool() const noexcept;

    // Throws Error with the kernel's code, or Timeout.
    static TcpStream connect(const Address& address, Deadline deadline = {},
                             Where where = Where::here());

    // At least one byte, unless the stream has ended or the buffer is empty: then 0.
    std::size_t read_some(std::span<std::byte> buffer, Where where = Where::here());
    std::size_t read_some(std::span<char> buffer, Where where = Where::here());
    std::size_t read_some(std::span<char> buffer, std::error_code& error,
                          Where where = Where::here());
    [[nodiscard]] std::optional<std::size_t> read_some_before(Deadline deadline,
                                                              std::span<char> buffer,
                                                              Where where = Where::here());

    // Fills the buffer, or less if the stream ends before. Returns how many bytes.
    std::size_t read_exactly(std::span<std::byte> buffer, Where where = Where::here());
    std::size_t read_exactly(std::span<char> buffer, Where where = Where::here());
    std::size_t read_exactly(std::span<char> buffer, std::error_code& error,
                             Where where = Where::here());
    // Nothing when the time is over; what came by then is lost.
    [[nodiscard]] std::optional<std::size_t> read_exactly_before(Deadline deadline,
                                                                 std::span<char> buffer,
                                                                 Where where = Where::here());

    // The next line, without its "\n" or "\r\n"; what stands behind the last one counts as a line.
    // Throws EndOfStream if there is none, and LineTooLong (framing.hpp) beyond `bytes_max`.
    std::string read_line(std::size_t bytes_max = line_bytes_max, Where where = Where::here());
    [[nodiscard]] std::optional<std::string> read_line_before(
        Deadline deadline, std::size_t bytes_max = line_bytes_max, Where where = Where::here());
    // The same for loops: nothing at the end of the stream.
    std::optional<std::string> next_line(std::size_t bytes_max = line_bytes_max,
                                         Where where = Where::here());

    // At least one byte of `bytes`, unless that is empty. Returns how many.
    std::size_t write_some(std::string_view bytes, Where where = Where::here());
    std::size_t write_some(std::string_view bytes, std::error_code& error,
                           Where where = Where::here());

    // All of them. The kernel has them then; the peer may not.
    void write_all(std::string_view bytes, Where where = Where::here());
    void write_all(std::span<const std::byte> bytes, Where where = Where::here());
    // Returns how many, all of them unless `error` is set.
    std::size_t write_all(std::string_view bytes, std::error_code& error,
                          Where where = Where::here());
    // False when the time is over; a part has been written by then.
    [[nodiscard]] bool write_all_before(Deadline deadline, std::string_view bytes,
                                        Where where = Where::here());

    // The peer reads the end of the stream, once it has read what was written before.
    void shutdown_write();
    void close() noexcept;

    // Small writes go out at once, not gathered by the kernel. On, unless set otherwise.
    void set_no_delay(bool on);
    Address peer_address() const;
    Address local_address() const;

private:
    friend class TcpListener;
    friend class Connection;

    explicit TcpStream(detail::WatchedSocket& socket) noexcept : socket_{&socket} {}

    std::ptrdiff_t read(char* buffer, std::size_t bytes, Deadline deadline, Where where);
    std::ptrdiff_t write(const char* bytes, std::size_t count, Deadline deadline, Where where);
    std::ptrdiff_t read_fully(std::span<char> buffer, Deadline deadline, Where where);
    std::size_t take_from_buffer(char* buffer, std::size_t bytes) noexcept;
    std::ptrdiff_t find_line(std::size_t bytes_max, Deadline deadline, Where where);
    bool take_line(std::size_t scanned_from, std::string& line);

    std::string take_buffered();
    detail::Fd release_fd();
    static detail::RuntimeCore* network_core();

    detail::WatchedSocket* socket_ = nullptr;
    std::string buffered_;   // read and not yet taken; of read_line
    std::size_t taken_ = 0;  // of it
    std::string line_;       // found by find_line
};

class TcpListener {
public:
    TcpListener() noexcept = default;
    TcpListener(TcpListener&& other) noexcept : socket_{std::exchange(other.socket_, nullptr)} {}
    TcpListener& operator=(TcpListener&& other) noexcept {
        std::swap(socket_, other.socket_);
        return *this;
    }
    ~TcpListener();

    explicit operator bool() const noexcept { return socket_ != nullptr; }

    // Throws Error with the kernel's code, whose what() says which address, and what to do about
    // it.
    static TcpListener bind(const Address& address, const ListenOptions& options = {});

    // The next connection. Without a descriptor left it logs that once in a while, and tries again
    // every 100 ms.
    TcpStream accept(Where where = Where::here());
    [[nodiscard]] std::optional<TcpStream> accept_before(Deadline deadline,
                                                         Where where = Where::here());

    void close() noexcept;
    // With the port that the system chose.
    Address local_address() const;

private:
    explicit TcpListener(detail::WatchedSocket& socket) noexcept : socket_{&socket} {}

    std::ptrdiff_t accept_socket(Deadline deadline, Where where);

    detail::WatchedSocket* socket_ = nullptr;
};

}  // namespace greenroom::net
