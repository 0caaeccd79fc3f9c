// CallerDriver: for a worker that a caller's loop drives: it never waits, and its descriptor, an
// eventfd, becomes readable when a wake comes.
//
// Threads  wake() from any; all else on the thread that drives.
#pragma once

#include <greenroom/core/driver.hpp>

namespace greenroom::detail {

class CallerDriver final : public Driver {
public:
    // Throws std::system_error if the kernel gives no descriptor.
    CallerDriver();
    ~CallerDriver() override;
    CallerDriver(const CallerDriver&) = delete;
    CallerDriver& operator=(const CallerDriver&) = delete;

    void wait(Deadline) override { poll(); }
    void poll() override;
    void wake() noexcept override;
    int fd() const noexcept override { return fd_; }

private:
    const int fd_;
};

}  // namespace greenroom::detail
