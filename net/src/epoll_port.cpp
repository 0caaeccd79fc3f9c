#include "epoll_port.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <mutex>
#include <utility>

#include "net_error.hpp"

namespace greenroom::detail {

namespace {

// ThreadSanitizer knows that epoll_wait comes after epoll_ctl; epoll_pwait2 it does not know.
#if defined(__SANITIZE_THREAD__)
constexpr bool has_precise_wait = false;
#elif defined(__has_feature)
constexpr bool has_precise_wait = !__has_feature(thread_sanitizer);
#else
constexpr bool has_precise_wait = true;
#endif

std::uint32_t to_readiness(std::uint32_t events) noexcept {
    std::uint32_t what = 0;
    if ((events & EPOLLIN) != 0) what |= readiness::readable;
    if ((events & EPOLLOUT) != 0) what |= readiness::writable;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) what |= readiness::ended;
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) what |= readiness::failed;
    return what;
}

Duration time_left(Deadline deadline) noexcept {
    const Duration left = deadline.at() - Deadline::after(Duration::zero()).at();
    return std::max(left, Duration::zero());
}

// For kernels before 5.11, which have no epoll_pwait2.
int wait_in_milliseconds(int epoll, epoll_event* events, int count, Duration left) noexcept {
    const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return epoll_wait(epoll, events, count,
                      static_cast<int>(std::min<std::int64_t>(whole, 1'000'000'000)));
}

int wait_for_events(int epoll, epoll_event* events, int count, Deadline deadline) noexcept {
    if (deadline.is_never()) return epoll_wait(epoll, events, count, -1);
    if (deadline.at() == TimePoint::min()) return epoll_wait(epoll, events, count, 0);
    const Duration left = time_left(deadline);
    if (!has_precise_wait) return wait_in_milliseconds(epoll, events, count, left);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{seconds.count(), (left - seconds).count()};
    const int result = epoll_pwait2(epoll, events, count, &timeout, nullptr);
    if (result >= 0 || errno != ENOSYS) return result;
    return wait_in_milliseconds(epoll, events, count, left);
}

int checked(int fd, const char* what) {
    if (fd < 0) throw_socket_error(-errno, what);
    return fd;
}

}  // namespace

EpollPort& EpollPort::make() { return *new EpollPort; }

EpollPort::EpollPort()
    : epoll_{net::kernel_sockets(), checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      event_{net::kernel_sockets(), checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")} {
    epoll_event events{};
    // Each write makes an edge, so the count is never read.
    events.events = EPOLLIN | EPOLLET;
    events.data.ptr = nullptr;
    checked(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, event_.get(), &events), "epoll_ctl");
}

int EpollPort::watch(int fd, SocketSource& source) noexcept {
    if (is_of_parent()) return -ECANCELED;
    epoll_event events{};
    events.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    events.data.ptr = &source;
    add_reference();
    watched_.add(1);
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &events) == 0) return 0;
    const int error = errno;
    watched_.subtract(1);
    drop_reference();
    return -error;
}

void EpollPort::unwatch(int fd, SocketSource& source) noexcept {
    epoll_event unused{};
    if (!is_of_parent()) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
    watched_.subtract(1);
    lingering_.remove(source);
    bool ended = false;
    {
        const std::lock_guard held(lock_);
        ended = ended_;
        if (!ended) source.next_in_port_ = std::exchange(retired_, &source);
    }
    if (!ended) return drop_reference();  // not the last: the driver holds one until end()
    source.release();
    drop_reference();
}

bool EpollPort::has_ended() noexcept {
    const std::lock_guard held(lock_);
    return ended_;
}

void EpollPort::wake() noexcept {
    const std::uint64_t one = 1;
    // It fails only if 2^64 wakes were never collected.
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

bool EpollPort::collect(Deadline deadline) noexcept {
    SocketSource* retired = nullptr;
    {
        const std::lock_guard held(lock_);
        if (collecting_++ == 0) retired = std::exchange(retired_, nullptr);
    }
    release_all(retired);
    epoll_event events[events_at_once_max];
    const int count = wait_for_events(epoll_.get(), events, events_at_once_max, deadline);
    bool woken = false;
    for (int i = 0; i < count; ++i) {
        if (events[i].data.ptr == nullptr) {
            woken = true;
            continue;
        }
        static_cast<SocketSource*>(events[i].data.ptr)->on_ready(to_readiness(events[i].events));
    }
    const std::lock_guard held(lock_);
    --collecting_;
    return woken;
}

void EpollPort::end() noexcept {
    lingering_.end();
    {
        const std::lock_guard held(lock_);
        ended_ = true;
    }
    release_all(std::exchange(retired_, nullptr));  // all are in by now, and nobody collects
}

void EpollPort::release_all(SocketSource* retired) noexcept {
    SocketSource* source = retired;
    while (source != nullptr) {
        SocketSource* const next = source->next_in_port_;  // read first: release() may free it
        source->release();
        source = next;
    }
}

}  // namespace greenroom::detail
