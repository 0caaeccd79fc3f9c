// CallerPoll: the one descriptor of a caller-driven runtime, for the embedder's poll(): readable
// when its driver has something, and when a timer is due. It stays the same when a floor above
// brings another driver.
//
// Threads  The thread that drives; but who may replace the driver may call watch().
// Cost     arm(): a system call when the time has changed, else nothing.
#pragma once

#include <greenroom/core/time.hpp>

namespace greenroom::detail {

class CallerPoll {
public:
    // Throws std::system_error if the kernel gives no descriptors.
    CallerPoll();

    int fd() const noexcept { return epoll_.fd; }

    // A driver's descriptor, in place of the one before; -1: it has none.
    // Throws std::system_error.
    void watch(int driver_fd);

    // Makes it readable from `due` on, by the kernel's CLOCK_MONOTONIC: at once if that is
    // TimePoint::min(), never if it is TimePoint::max().
    void arm(TimePoint due) noexcept;

private:
    struct Descriptor {
        explicit Descriptor(int its_fd) noexcept : fd{its_fd} {}
        ~Descriptor();
        Descriptor(const Descriptor&) = delete;
        Descriptor& operator=(const Descriptor&) = delete;

        const int fd;
    };

    Descriptor epoll_;
    Descriptor timer_;
    int driver_ = -1;
    TimePoint armed_ = TimePoint::max();
};

}  // namespace greenroom::detail
