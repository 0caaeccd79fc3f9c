// What a worker does, and others do for it, while what it ran is crowded (crowd.hpp).
#include <gtest/gtest.h>

#include <greenroom/core/event.hpp>
#include <vector>

#include "runtime_core.hpp"
#include "support/on_runtimes.hpp"
#include "this_thread.hpp"
#include "worker.hpp"

namespace greenroom {

namespace {

using detail::Worker;
using support::Stage;

class CrowdedWorkerTest : public support::OnRuntimes {
protected:
    // Of two workers, by the clock of a test, which stands still as long as anybody runs.
    bool is_for_this_setting() const { return simulated() && workers() == 2; }
};
GREENROOM_ON_ALL_RUNTIMES(CrowdedWorkerTest);

bool is_crowded(const Worker& worker) { return worker.is_crowded(worker.core().coarse_now()); }

void make_it_crowded(Worker& here) {
    while (!is_crowded(here)) {
        here.note_moved();
        yield();
    }
}

// Many more than one wakes another worker for.
void run_a_surplus() {
    std::vector<Task<void>> tasks;
    for (std::size_t i = 0; i < 4 * Worker::surplus_worth_a_wake; ++i) {
        tasks.push_back(spawn([] {}));
    }
    for (Task<void>& task : tasks) task.join();
}

}  // namespace

TEST_P(CrowdedWorkerTest, NobodyWakesOneThatWouldRobNobody) {
    if (!is_for_this_setting()) return;
    constexpr int rounds = 100;
    play(
        [](Stage& stage) {
            Event is_ready;
            Event over;
            Worker* rests = nullptr;
            auto crowd = stage.spawn(
                [&] {
                    rests = detail::this_worker();
                    make_it_crowded(*rests);
                    is_ready.set();
                    over.wait();
                },
                {.lives_long = true});
            auto busy = stage.spawn(
                [&] {
                    is_ready.wait();
                    ASSERT_NE(detail::this_worker(), rests);
                    while (!rests->is_parked()) yield();
                    const std::uint64_t parks = rests->stats().parks;
                    for (int i = 0; i < rounds; ++i) run_a_surplus();
                    EXPECT_TRUE(is_crowded(*rests));
                    EXPECT_LE(rests->stats().parks, parks + 1);
                    over.set();
                },
                {.lives_long = true});
            busy.join();
            crowd.join();
        },
        {}, 20);
}

}  // namespace greenroom
