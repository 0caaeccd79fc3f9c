#include <greenroom/core/detail/countdown.hpp>

#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <string>

namespace greenroom::detail {

Countdown::~Countdown() {
    // Whoever counted down for the caller may be about to let go of the lock.
    const std::lock_guard held(waiters_.lock);
}

void Countdown::add(std::size_t count) noexcept {
    const std::lock_guard held(waiters_.lock);
    count_ += count;
}

void Countdown::subtract(std::size_t count, const char* call) {
    const std::size_t left = take_away(count);
    if (count <= left) return;
    throw Error{Errc::limit_reached, std::string{call} + ": " + std::to_string(count) +
                                         " at once, and " + std::to_string(left) + " are left"};
}

std::size_t Countdown::take_away(std::size_t count) noexcept {
    Resumption passed;
    std::size_t left = 0;
    {
        const std::lock_guard held(waiters_.lock);
        left = count_;
        if (count <= left) count_ -= count;
        if (count_ == 0) passed.add_all(waiters_);
    }
    passed.run();  // and then no more: who was let pass may have destroyed this
    return left;
}

bool Countdown::wait_before(Deadline deadline, const WaitReason& why) {
    suspension_point();
    if (is_zero()) return true;
    WaitRecord record{why};
    WaitEntry waiter{record};
    return wait_in_line(waiters_, waiter, deadline, [this] { return count_ == 0; });
}

std::size_t Countdown::count() const noexcept {
    const std::lock_guard held(waiters_.lock);
    return count_;
}

}  // namespace greenroom::detail
