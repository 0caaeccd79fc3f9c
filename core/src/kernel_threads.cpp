// The kernel's clock, threads, futexes and random numbers: the real side of the seams.
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <greenroom/core/chance.hpp>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/threads.hpp>
#include <random>
#include <thread>
#include <utility>

namespace greenroom {

namespace {

class KernelClock final : public Clock {
public:
    // What std::chrono::steady_clock does, without the way through two libraries.
    TimePoint now() noexcept override {
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC, &time);
        return TimePoint{std::chrono::seconds{time.tv_sec} + Duration{time.tv_nsec}};
    }
};

class KernelThread final : public Threads::Handle {
public:
    KernelThread(std::string name, std::function<void()> body)
        : thread_{[name = name.substr(0, 15), body = std::move(body)] {
              pthread_setname_np(pthread_self(), name.c_str());
              body();
          }} {}

private:
    std::jthread thread_;
};

timespec to_timespec(TimePoint at) noexcept {
    const auto since_boot = std::max(at.time_since_epoch(), Duration::zero());  // negative: EINVAL
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    return {seconds.count(), (since_boot - seconds).count()};
}

class KernelThreads final : public Threads {
public:
    std::unique_ptr<Handle> start(std::string name, std::function<void()> body) override {
        return std::make_unique<KernelThread>(std::move(name), std::move(body));
    }

    bool wait(FutexWord& word, std::uint32_t expected, Deadline deadline) noexcept override {
        timespec until{};
        if (!deadline.is_never()) until = to_timespec(deadline.at());
        // FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock.
        const long result =
            syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                    deadline.is_never() ? nullptr : &until, nullptr, FUTEX_BITSET_MATCH_ANY);
        return result == 0 || errno != ETIMEDOUT;
    }

    void wake(FutexWord* word) noexcept override {
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }

    void pause() noexcept override { sched_yield(); }
};

class KernelChance final : public Chance {
public:
    std::uint32_t choose(std::uint32_t count) noexcept override {
        // A counter hashed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
        // 2014). Shared by all threads: it is asked only by those that have nothing to do.
        // relaxed: only that each draw differs counts.
        std::uint64_t drawn = state_.fetch_add(0x9e3779b97f4a7c15, std::memory_order_relaxed);
        drawn = (drawn ^ (drawn >> 30)) * 0xbf58476d1ce4e5b9;
        drawn = (drawn ^ (drawn >> 27)) * 0x94d049bb133111eb;
        return static_cast<std::uint32_t>(((drawn >> 32) * count) >> 32);
    }

private:
    detail::Atomic<std::uint64_t> state_{std::random_device{}()};
};

}  // namespace

Clock& steady_clock() noexcept {
    static KernelClock clock;
    return clock;
}

Threads& kernel_threads() noexcept {
    static KernelThreads threads;
    return threads;
}

Chance& kernel_chance() noexcept {
    static KernelChance chance;
    return chance;
}

}  // namespace greenroom
