#include "caller_driver.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace greenroom::detail {

CallerDriver::CallerDriver() : fd_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
    if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
}

CallerDriver::~CallerDriver() { close(fd_); }

// Before the worker looks at its queues: a wake that comes later makes it readable again.
void CallerDriver::poll() {
    std::uint64_t wakes = 0;
    // Without a wake it fails with EAGAIN, and that is all it can fail with.
    [[maybe_unused]] const ssize_t bytes = read(fd_, &wakes, sizeof wakes);
}

void CallerDriver::wake() noexcept {
    const std::uint64_t one = 1;
    // Full, it fails with EAGAIN, and is readable.
    [[maybe_unused]] const ssize_t bytes = write(fd_, &one, sizeof one);
}

}  // namespace greenroom::detail
