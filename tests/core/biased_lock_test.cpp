// BiasedLock: one at a time is inside, whoever owns it.
//
// Property  Two plain figures that are changed together are equal whenever somebody is inside, and
//           nothing that was counted is lost, while one thread owns the lock and others take it.
#include <greenroom/core/detail/biased_lock.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom::detail {

namespace {

constexpr int long_enough = 2'000;  // in a row: it is the thread's own then

struct Figures {
    BiasedLock lock;
    long left = 0;
    long right = 0;

    void count() {
        const std::lock_guard held(lock);
        EXPECT_EQ(left, right);
        ++left;
        ++right;
    }
};

}  // namespace

TEST(BiasedLock, ItsOwnerAndOthersAreNeverInsideTogether) {
    constexpr int others = 2;
    const int times = support::under_thread_sanitizer ? 50 : 500;
    Figures figures;
    std::atomic<int> ended{0};
    std::atomic<long> seen{0};  // of the owner's own counts, by which the others wait for it
    std::vector<std::jthread> threads;
    for (int i = 0; i < others; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < times; ++j) {
                // Now and then long enough for the first owner to earn it back.
                const long before = seen.load();
                const long patience = j % 10 == 0 ? 10 * long_enough : 10;
                while (seen.load() < before + patience) std::this_thread::yield();
                figures.count();
            }
            ended.fetch_add(1);
        });
    }
    long own = 0;
    while (ended.load() < others) {
        figures.count();
        seen.store(++own);
    }
    threads.clear();
    EXPECT_EQ(figures.left, own + others * times);
    EXPECT_EQ(figures.right, figures.left);
}

TEST(BiasedLock, WhoComesAfterTheOwnerSeesWhatItWrote) {
    Figures figures;
    std::jthread{[&] {
        for (int i = 0; i < long_enough; ++i) figures.count();
    }}.join();
    figures.count();
    EXPECT_EQ(figures.left, long_enough + 1);
}

}  // namespace greenroom::detail
