// SocketApi: the seam through which the net floor uses sockets.
//
// In production it is the kernel. A test implements it to have the kernel fail in a way that it
// seldom does; a simulated network implements it altogether, beside a driver of its own.
//
// Every socket is non-blocking and close-on-exec. No call waits, except wait().
//
// Threads   Called from any thread, for one descriptor also from several at once.
// Errors    Each call returns its result, or a negative errno, and sets none. EINTR is never
//           returned; a call that would have to wait returns -EAGAIN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/deadline.hpp>
#include <greenroom/net/address.hpp>

namespace greenroom {
class Runtime;
}

namespace greenroom::net {

enum class SocketOption : std::uint8_t {
    reuse_address,
    reuse_port,
    only_ipv6,
    no_delay,
    keep_alive,          // 0 or 1
    keep_alive_idle_s,   // seconds of silence before the first probe
    keep_alive_probes,   // how many unanswered ones end the connection
    keep_alive_pause_s,  // seconds between them
    reset_on_close,      // 1: close() drops what is still to be sent, and resets the connection
    receive_buffer_bytes,
    send_buffer_bytes,
};

enum class SocketEnd : std::uint8_t { read, write, both };

// One piece of what is sent in a single call.
struct OutputPiece {
    const void* data;
    std::size_t bytes;
};

class SocketApi {
public:
    // Most pieces of one send_pieces().
    static constexpr std::size_t pieces_max = 64;

    virtual ~SocketApi() = default;

    // A TCP socket: its descriptor.
    virtual int open(AddressFamily family) noexcept = 0;
    virtual int bind(int fd, const Address& address) noexcept = 0;
    virtual int listen(int fd, int backlog) noexcept = 0;
    // The descriptor of the next connection.
    virtual int accept(int fd) noexcept = 0;
    // 0, or -EINPROGRESS: it is writable when that has ended, and error() says how.
    virtual int connect(int fd, const Address& address) noexcept = 0;
    // The socket's pending error, negated, or 0; takes it.
    virtual int error(int fd) noexcept = 0;
    // How many bytes came; 0 at the end of the stream.
    virtual std::ptrdiff_t receive(int fd, void* buffer, std::size_t bytes) noexcept = 0;
    // How many bytes were taken: perhaps fewer. Never raises SIGPIPE.
    virtual std::ptrdiff_t send(int fd, const void* data, std::size_t bytes) noexcept = 0;
    virtual std::ptrdiff_t send_pieces(int fd, const OutputPiece* pieces,
                                       std::size_t count) noexcept = 0;
    virtual int shutdown(int fd, SocketEnd end) noexcept = 0;
    virtual int close(int fd) noexcept = 0;
    virtual int set_option(int fd, SocketOption option, int value) noexcept = 0;
    virtual int local_address(int fd, Address& address) noexcept = 0;
    virtual int peer_address(int fd, Address& address) noexcept = 0;

    // Blocks the calling plain thread until the socket is readable or writable, has failed, or was
    // shut down. -ETIMEDOUT at the deadline.
    virtual int wait(int fd, SocketEnd end, Deadline deadline) noexcept = 0;
};

// The kernel's sockets.
SocketApi& kernel_sockets() noexcept;

// Has everything of net on `runtime` use `sockets`, which must outlive it. To be called before the
// first use of a socket there; later it throws Error(limit_reached).
void use_sockets(Runtime& runtime, SocketApi& sockets);

}  // namespace greenroom::net
