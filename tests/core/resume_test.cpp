// What a fiber finds after a wait: its worker, and its thread's variables.
#include <gtest/gtest.h>

#include <cerrno>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/condition_variable.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/select.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/task.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "support/on_runtimes.hpp"
#include "this_thread.hpp"

namespace greenroom {

namespace {

using support::Stage;

class ResumeTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(ResumeTest);

thread_local int of_thread = 0;

// Never inlined, so that no compiler keeps the address.
[[gnu::noinline]] const int* address_of_thread_local() { return &of_thread; }

}  // namespace

TEST_P(ResumeTest, AFiberGoesOnWithTheWorkerThatItWaitedOnWhateverItWaitedFor) {
    play([](Stage& stage) {
        Event event;
        Semaphore semaphore{0};
        Mutex mutex;
        Mutex of_condition;
        ConditionVariable changed{of_condition};
        Channel<int> channel{1};
        Channel<int> selected{1};
        Promise<void> promise;
        Task<void> joined = stage.spawn([&] { event.wait(); });
        std::vector<Task<void>> tasks;
        const auto waits = [&](const char* kind, int count, auto wait) {
            tasks.push_back(stage.spawn([wait = std::move(wait)] {
                const auto* const before = detail::this_thread().worker;
                wait();
                EXPECT_EQ(detail::this_thread().worker, before);
            }));
            stage.until_waiting(kind, count);
        };
        mutex.lock();
        waits("event", 2, [&] { event.wait(); });
        waits("semaphore", 1, [&] { semaphore.acquire(); });
        waits("mutex", 1, [&] { const Lock held{mutex}; });
        waits("condition variable", 1, [&] {
            const Lock held{of_condition};
            changed.wait();
        });
        waits("channel receive", 1, [&] { (void)channel.receive(); });
        waits("select", 1, [&] { select(on_receive(selected, [](std::optional<int>) {})); });
        waits("future", 1, [future = promise.future()] { future.wait(); });
        waits("task", 1, [&] { joined.join(); });
        semaphore.release();
        mutex.unlock();
        {
            const Lock held{of_condition};
            changed.notify_one();
        }
        channel.send(1);
        selected.send(1);
        promise.set();
        event.set();
        for (auto& task : tasks) task.get();
    });
}

TEST_P(ResumeTest, ErrnoAndAThreadLocalAreTheSameAfterAWait) {
    play([](Stage& stage) {
        Event event;
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 10; ++i) {
            tasks.push_back(stage.spawn([&event, i] {
                const int* const before = address_of_thread_local();
                errno = 100 + i;
                event.wait();  // others set theirs
                const int kept = errno;
                EXPECT_EQ(kept, 100 + i);
                EXPECT_EQ(address_of_thread_local(), before);
                errno = 200 + i;
            }));
        }
        stage.until_waiting("event", 10);
        event.set();
        for (auto& task : tasks) task.get();
    });
}

}  // namespace greenroom
