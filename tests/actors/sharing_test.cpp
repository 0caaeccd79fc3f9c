// A handler that sends for long has another worker run its receiver, though no monitor comes.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace greenroom {

namespace {

// The kernel's, but that a runtime's monitor is never begun.
class WithoutMonitor final : public Threads {
public:
    std::unique_ptr<Handle> start(std::string name, std::function<void()> body) override {
        if (name.ends_with("-mon")) {
            ++monitors;
            return std::make_unique<Handle>();
        }
        return kernel_threads().start(std::move(name), std::move(body));
    }
    bool wait(FutexWord& word, std::uint32_t expected, Deadline deadline) noexcept override {
        return kernel_threads().wait(word, expected, deadline);
    }
    void wake(FutexWord* word) noexcept override { kernel_threads().wake(word); }
    void pause() noexcept override { kernel_threads().pause(); }

    int monitors = 0;
};

struct Word {};

class Listener : public Actor {
public:
    explicit Listener(detail::Atomic<bool>& hears) : hears_{hears} {}
    // relaxed: it is seen some day, and orders nothing.
    void on(Word) { hears_.store(true, std::memory_order_relaxed); }

private:
    detail::Atomic<bool>& hears_;
};

struct Talk {
    Ref<Listener> to;
};

class Talker : public Actor {
public:
    explicit Talker(const detail::Atomic<bool>& is_heard) : is_heard_{is_heard} {}
    // Until it is heard, and does not give way to the listener meanwhile. False: for too long.
    bool on(const Talk& talk) {
        const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds{10};
        // relaxed: as in the listener's store.
        while (!is_heard_.load(std::memory_order_relaxed)) {
            if (std::chrono::steady_clock::now() > give_up_at) return false;
            talk.to.tell(Word{});
            std::this_thread::yield();  // the other worker may have to share the processor
        }
        return true;
    }

private:
    const detail::Atomic<bool>& is_heard_;
};

}  // namespace

TEST(SharingTest, ALongSenderWakesAnotherWorkerForItsReceiver) {
    if (!detail::blocks_are_pooled()) return;  // with AddressSanitizer no pool tells the worker
    WithoutMonitor threads;
    detail::Atomic<bool> heard{false};
    {
        System system{{.runtime = {.workers = 2, .threads = &threads}}};
        const auto talker = system.spawn<Talker>(heard);
        EXPECT_TRUE(talker.ask(Talk{system.spawn<Listener>(heard)}, std::chrono::minutes{1}));
    }
    EXPECT_EQ(threads.monitors, 1);
}

}  // namespace greenroom
