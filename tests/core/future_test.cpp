// Promise and Future: one result, seen by all who wait for it, and never lost.
#include <greenroom/core/future.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

class FutureTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(FutureTest);

template <class Call>
std::error_code code_of(Call call) {
    try {
        (void)call();
    } catch (const Error& error) {
        return error.code();
    }
    return {};
}

}  // namespace

TEST_P(FutureTest, GetWaitsForTheValueInAFiberAndInAThread) {
    play([](Stage& stage) {
        Promise<int> to_fiber;
        Promise<std::unique_ptr<int>> to_thread;
        auto fiber = stage.spawn([future = to_fiber.future()]() mutable { return future.get(); });
        auto waits = [future = std::make_shared<Future<std::unique_ptr<int>>>(to_thread.future())] {
            EXPECT_EQ(*future->get(), 8);
            EXPECT_FALSE(future->valid());
        };
        auto thread = stage.thread(waits);
        stage.until_waiting("future", 2);
        to_fiber.set(7);
        to_thread.set(std::make_unique<int>(8));
        EXPECT_EQ(fiber.get(), 7);
        thread.reset();
    });
}

TEST_P(FutureTest, MayLieBetweenTwoRuntimes) {
    play([](Stage& stage) {
        RuntimeOptions options;
        options.workers = 2;
        options.threads = &stage.threads;
        options.clock = this_machine();
        options.chance = this_machine();
        Runtime other{options};
        Promise<int> promise;
        auto waits = spawn(other, [future = promise.future()]() mutable { return future.get(); });
        Stage{other, stage.threads, stage.simulated}.until_waiting("future", 1);
        stage.run([&] { promise.set(7); });
        EXPECT_EQ(waits.get(), 7);
    });
}

TEST_P(FutureTest, AFailureIsThrownByGetAndReturnedByResult) {
    play([](Stage&) {
        Promise<int> first;
        Future<int> thrown = first.future();
        first.fail(std::runtime_error{"no"});
        EXPECT_TRUE(thrown.ready());
        EXPECT_THROW(thrown.get(), std::runtime_error);
        Promise<void> second;
        Future<void> returned = second.future();
        second.fail(Error{Errc::not_found, "nothing"});
        EXPECT_EQ(returned.result().code(), Errc::not_found);
    });
}

TEST_P(FutureTest, ADroppedPromiseIsBrokenAndWakesWhoWaits) {
    play([](Stage& stage) {
        std::optional<Promise<void>> promise{std::in_place};
        auto waiter = stage.spawn([future = promise->future()]() mutable { future.get(); });
        stage.until_waiting("future", 1);
        promise.reset();
        EXPECT_EQ(code_of([&] {
                      waiter.get();
                      return 0;
                  }),
                  Errc::broken);
    });
}

TEST_P(FutureTest, ASecondResultOrFutureIsAnErrorAndChangesNothing) {
    play([](Stage&) {
        Promise<int> promise;
        Future<int> future = promise.future();
        const auto refused = std::make_error_code(std::errc::operation_not_permitted);
        EXPECT_EQ(code_of([&] { return promise.future(); }), refused);
        promise.set(1);
        EXPECT_EQ(code_of([&] {
                      promise.set(2);
                      return 0;
                  }),
                  refused);
        Promise<int> moved = std::move(promise);
        EXPECT_EQ(code_of([&] {
                      moved.fail(std::runtime_error{"3"});
                      return 0;
                  }),
                  refused);
        EXPECT_EQ(future.get(), 1);
    });
}

TEST_P(FutureTest, ADeadlineOrACancellationEndsTheWaitAndTheResultIsStillToBeHad) {
    play([](Stage& stage) {
        Promise<int> promise;
        Future<int> future = promise.future();
        EXPECT_FALSE(stage.run([&] { return future.wait_before(Deadline::after(1ms)); }));
        auto cancelled = stage.spawn([&] { future.wait(); });
        stage.until_waiting("future", 1);
        cancelled.cancel();
        EXPECT_THROW(cancelled.get(), Error);
        promise.set(5);
        EXPECT_EQ(future.get(), 5);
    });
}

TEST_P(FutureTest, ASharedFutureGivesAllOfThemTheSameValue) {
    play([](Stage& stage) {
        Promise<std::string> promise;
        SharedFuture<std::string> future = promise.future().share();
        std::vector<Task<const std::string*>> tasks;
        for (int i = 0; i < 3; ++i) {
            tasks.push_back(stage.spawn([future] { return &future.get(); }));
        }
        auto thread = stage.thread([future] { EXPECT_EQ(future.get(), "once"); });
        stage.until_waiting("future", 4);
        promise.set("once");
        for (auto& task : tasks) EXPECT_EQ(task.get(), &future.get());
        EXPECT_TRUE(future.result().ok());
        thread.reset();
    });
}

TEST_P(FutureTest, ThenRunsAsATaskAndItsResultIsAFuture) {
    play([](Stage& stage) {
        Promise<int> promise;
        Event go_on;
        Future<std::string> text = promise.future().then(stage.runtime, [&](int number) {
            go_on.wait();  // it is a task: whoever set the promise is not held up
            return std::to_string(number);
        });
        Future<std::size_t> size =
            std::move(text).then(stage.runtime, [](const std::string& it) { return it.size(); });
        promise.set(1234);
        EXPECT_FALSE(size.ready());
        go_on.set();
        EXPECT_EQ(size.get(), 4u);
        Future<int> late = stage.run([] {
            Promise<void> done;
            Future<void> future = done.future();
            done.set();
            return future.then([] { return 3; });
        });
        EXPECT_EQ(late.get(), 3);
    });
}

TEST_P(FutureTest, AFailurePassesByWhatTakesAValueAndReachesWhatTakesAResult) {
    play([](Stage& stage) {
        bool called = false;
        auto failed = [] {
            Promise<int> promise;
            Future<int> future = promise.future();
            promise.fail(Error{Errc::not_found, "nothing"});
            return future;
        };
        Future<int> passed = failed().then(stage.runtime, [&](int number) {
            called = true;
            return number;
        });
        EXPECT_EQ(passed.result().code(), Errc::not_found);
        EXPECT_FALSE(called);
        Future<int> mended = failed().then(
            stage.runtime, [](Result<int> result) { return std::move(result).value_or(6); });
        EXPECT_EQ(mended.get(), 6);
        Future<int> refused = failed().then(stage.runtime, [](Result<int>) -> Result<int> {
            return Error{Errc::limit_reached, "enough"};
        });
        EXPECT_EQ(refused.result().code(), Errc::limit_reached);
        SharedFuture<int> shared = failed().share();
        Future<void> seen = shared.then(stage.runtime, [](const Result<int>& result) {
            if (!result.ok()) throw std::runtime_error{"seen"};
        });
        EXPECT_EQ(seen.result().story(), "seen");
    });
}

TEST_P(FutureTest, AContinuationWhoseRuntimeHasEndedIsBroken) {
    play([](Stage& stage) {
        Promise<int> promise;
        Future<int> first = promise.future();
        Future<int> next;
        {
            RuntimeOptions options;
            options.driven_by = DrivenBy::caller;
            options.report_stack_overflow = false;
            Runtime other{options};
            next = first.then(other, [](int number) { return number; });
        }
        stage.run([&] { promise.set(1); });
        EXPECT_EQ(next.result().code(), Errc::broken);
    });
}

// Property  However setting, waiting and continuing meet, each future gets the result once.
TEST_P(FutureTest, ContinuationsThatAreMadeWhileThePromiseIsSetRunOnce) {
    play([](Stage& stage) {
        for (int i = 0; i < stage.times(1'000); ++i) {
            Promise<int> promise;
            SharedFuture<int> future = promise.future().share();
            auto setter = stage.spawn([&promise, i] { promise.set(i); });
            Future<int> more = future.then(stage.runtime, [](int number) { return number + 1; });
            auto reader = stage.spawn([future] { return future.get(); });
            EXPECT_EQ(future.get(), i);
            EXPECT_EQ(more.get(), i + 1);
            EXPECT_EQ(reader.get(), i);
            setter.get();
        }
    });
}

}  // namespace greenroom
