#include "caller_poll.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace greenroom::detail {

namespace {

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error{errno, std::generic_category(), what};
    return result;
}

void add(int epoll, int fd) {
    epoll_event events{};
    events.events = EPOLLIN;  // as long as there is something, whoever polls is told
    checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &events), "epoll_ctl");
}

// Zero would disarm it.
itimerspec at(TimePoint due) noexcept {
    const Duration since_boot = std::max(due.time_since_epoch(), Duration{1});
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    itimerspec spec{};
    spec.it_value = {seconds.count(), (since_boot - seconds).count()};
    return spec;
}

}  // namespace

CallerPoll::Descriptor::~Descriptor() { close(fd); }

CallerPoll::CallerPoll()
    : epoll_{checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
      timer_{
          checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")} {
    add(epoll_.fd, timer_.fd);
}

void CallerPoll::watch(int driver_fd) {
    epoll_event unused{};
    if (driver_ >= 0) epoll_ctl(epoll_.fd, EPOLL_CTL_DEL, driver_, &unused);
    driver_ = driver_fd;
    if (driver_ >= 0) add(epoll_.fd, driver_);
}

void CallerPoll::arm(TimePoint due) noexcept {
    if (due == armed_) return;
    armed_ = due;
    // Setting it anew takes back that it has fired. It cannot fail with a valid time.
    const itimerspec spec = due == TimePoint::max() ? itimerspec{} : at(due);
    timerfd_settime(timer_.fd, TFD_TIMER_ABSTIME, &spec, nullptr);
}

}  // namespace greenroom::detail
