// Network: what the net floor knows of a runtime: that its workers have EpollDrivers.
#pragma once

#include <greenroom/core/detail/scheduling.hpp>

#include "epoll_driver.hpp"

namespace greenroom::detail {

// Gives the workers of `core` their EpollDrivers, unless they have them. A suspension point.
// Throws std::system_error if the kernel gives no epoll.
void ensure_network(RuntimeCore& core);

// The calling worker's; null in a plain thread. Requires that its runtime has a network.
EpollDriver* current_epoll_driver() noexcept;
// The same, and null as well if the caller is a worker of another runtime than `core`.
EpollDriver* current_epoll_driver(const RuntimeCore& core) noexcept;

// What `core` uses for sockets, and the port that watches the fewest. Requires a network.
net::SocketApi& sockets_of(RuntimeCore& core) noexcept;
EpollPort& calmest_port(RuntimeCore& core) noexcept;

}  // namespace greenroom::detail
