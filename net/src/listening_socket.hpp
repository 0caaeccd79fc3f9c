// How a listening socket comes into being, for Listener and TcpListener alike.
#pragma once

#include <greenroom/net/listener.hpp>

#include "fd.hpp"

namespace greenroom::detail {

// Throws Error with the kernel's code, whose what() tells which address, and what to do about it.
Fd listen_on(net::SocketApi& sockets, const net::Address& address,
             const net::ListenOptions& options);

// True if accept() failed because the process, or the system, has no descriptor or memory left.
bool lacks_descriptors(int result) noexcept;
// True if it failed for one connection alone: the next one may be well.
bool concerns_one_connection(int result) noexcept;

// How long to wait for descriptors before the next try.
inline constexpr Duration descriptor_pause = std::chrono::milliseconds{100};

}  // namespace greenroom::detail
