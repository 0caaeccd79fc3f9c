#include "network.hpp"

#include <greenroom/core/error.hpp>
#include <greenroom/core/runtime.hpp>

namespace greenroom::detail {

namespace {

constexpr char driver_key = 0;  // its address says whose drivers the workers have

EpollDriver& epoll_driver_of(RuntimeCore& core, int worker) noexcept {
    return static_cast<EpollDriver&>(driver_of(core, worker));
}

}  // namespace

void ensure_network(RuntimeCore& core) {
    ensure_driver(core, &driver_key,
                  [](int) { return std::make_unique<EpollDriver>(net::kernel_sockets()); });
}

EpollDriver* current_epoll_driver() noexcept { return static_cast<EpollDriver*>(current_driver()); }

EpollDriver* current_epoll_driver(const RuntimeCore& core) noexcept {
    return current_core() == &core ? current_epoll_driver() : nullptr;
}

net::SocketApi& sockets_of(RuntimeCore& core) noexcept {
    return epoll_driver_of(core, 0).sockets();
}

EpollPort& calmest_port(RuntimeCore& core) noexcept {
    EpollPort* calmest = &epoll_driver_of(core, 0).port();
    for (int i = 1; i < worker_count(core); ++i) {
        EpollPort& other = epoll_driver_of(core, i).port();
        if (other.watched() < calmest->watched()) calmest = &other;
    }
    return *calmest;
}

}  // namespace greenroom::detail

namespace greenroom::net {

void use_sockets(Runtime& runtime, SocketApi& sockets) {
    bool used = false;
    detail::ensure_driver(detail::core_of(runtime), &detail::driver_key, [&](int) {
        used = true;
        return std::make_unique<detail::EpollDriver>(sockets);
    });
    if (used) return;
    throw Error{Errc::limit_reached,
                "use_sockets: this runtime uses sockets already; call it before the first use"};
}

}  // namespace greenroom::net
