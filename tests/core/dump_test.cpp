// dump(): who waits for what, and the stacks they stand in.
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/dump_on_signal.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;

std::size_t count_of(const std::string& part, const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

// What a user's functions look like: found by their names in the stacks. They do something after
// the wait, so that no compiler makes the call their end.
struct Waits {
    Waits() { mutex.lock(); }
    ~Waits() { mutex.unlock(); }

    [[gnu::noinline]] void for_a_mutex() {
        const Lock held{mutex};
        ++done;
    }
    [[gnu::noinline]] void for_a_channel() {
        (void)channel.receive();
        ++done;
    }
    [[gnu::noinline]] void for_a_while() {
        sleep_for(1h);
        ++done;
    }
    [[gnu::noinline]] void for_an_event() {
        event.wait();
        ++done;
    }
    [[gnu::noinline]] void for_a_function() {
        blocking([this] { may_return.wait(); });
        ++done;
    }

    Mutex mutex;
    Channel<int> channel{1};
    Event event;
    Event may_return;
    std::atomic<int> done{0};
};

class DumpTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(DumpTest);

}  // namespace

TEST_P(DumpTest, TheStackOfEachKindOfWaitShowsTheFunctionOfTheUser) {
    const auto body = [](Stage& stage) {
        Waits waits;
        std::vector<Task<void>> tasks;
        const std::vector<void (Waits::*)()> functions{&Waits::for_a_mutex, &Waits::for_a_channel,
                                                       &Waits::for_a_while, &Waits::for_an_event,
                                                       &Waits::for_a_function};
        for (const auto function : functions) {
            tasks.push_back(stage.spawn([&, function] { (waits.*function)(); }));
        }
        for (const char* const kind : {"mutex", "channel receive", "sleep", "blocking"}) {
            stage.until_waiting(kind, 1);
        }
        stage.until_waiting("event", 2);  // the function given to blocking() waits for one as well
        const std::string dump = stage.runtime.dump();
        for (const char* const name :
             {"Waits::for_a_mutex()", "Waits::for_a_channel()", "Waits::for_a_while()",
              "Waits::for_an_event()", "Waits::for_a_function()"}) {
            // Not where a name of the library's tells whose lambda it was given.
            const std::size_t lambdas = count_of(std::string{name} + "::{lambda", dump);
            EXPECT_EQ(count_of(name, dump) - lambdas, 1u) << name << " in\n" << dump;
        }
        EXPECT_EQ(dump.find("Worker::suspend"), dump.npos) << "the way of the library: " << dump;
        waits.may_return.set();
    };
    play(body, {}, 3);
}

TEST_P(DumpTest, EqualStacksAreToldOnceWithACount) {
    play(
        [](Stage& stage) {
            Waits waits;
            std::vector<Task<void>> tasks;
            for (int i = 0; i < 20; ++i) {
                tasks.push_back(
                    stage.spawn([&] { waits.for_an_event(); }, {.name = "one of many"}));
            }
            stage.until_waiting("event", 20);
            const std::string dump = stage.runtime.dump();
            EXPECT_EQ(count_of("one of many waits for event at ", dump), 20u) << dump;
            EXPECT_EQ(count_of("the stack of these 20:", dump), 1u) << dump;
            EXPECT_EQ(count_of("Waits::for_an_event()", dump), 1u) << dump;
            EXPECT_EQ(count_of("Waits::", stage.runtime.dump({.stacks = false})), 0u);
            waits.event.set();
        },
        {}, 3);
}

// Property  A fiber that is asked for its stack while it is woken, cancelled or expires misses
//           nothing of that.
TEST_P(DumpTest, NoWakeIsLostToADump) {
    play(
        [](Stage& stage) {
            Semaphore semaphore{0};
            detail::Atomic<bool> over{false};
            detail::Atomic<int> dumps{0};
            auto thread = stage.thread([&] {
                while (!over.load(std::memory_order_acquire)) {
                    (void)stage.runtime.dump();
                    dumps.fetch_add(1, std::memory_order_relaxed);
                }
            });
            const int rounds = stage.times(300);
            for (int round = 0; round < rounds; ++round) {
                auto woken = stage.spawn([&] { semaphore.acquire(); });
                auto expires = stage.spawn([] { sleep_for(100us); });
                auto cancelled = stage.spawn([] { sleep_for(1h); });
                semaphore.release();
                cancelled.cancel();
                woken.join();
                expires.join();
                cancelled.join();
            }
            support::until([&] { return dumps.load(std::memory_order_relaxed) > 2; });
            over.store(true, std::memory_order_release);
        },
        {}, 3);
}

TEST_P(DumpTest, AnExceptionAndErrnoOfATracedFiberAreItsOwn) {
    play(
        [](Stage& stage) {
            Event event;
            auto task = stage.spawn([&] {
                try {
                    throw std::runtime_error{"mine"};
                } catch (...) {
                    errno = 77;
                    event.wait();
                    EXPECT_EQ(errno, 77);
                    throw;
                }
            });
            stage.until_waiting("event", 1);
            EXPECT_NE(stage.runtime.dump().find("waits for event"), std::string::npos);
            event.set();
            EXPECT_THROW(task.get(), std::runtime_error);
        },
        {}, 5);
}

TEST(Dump, AWorkerThatIsStuckIsReportedByNameAndTheOthersAnswer) {
    RuntimeOptions options;
    options.workers = 2;
    Runtime runtime{options};
    Event event;
    Event begun;
    detail::Atomic<bool> lets_go{false};
    auto waits = spawn(runtime, [&] { event.wait(); }, {.name = "the patient one"});
    Stage stage{runtime, kernel_threads(), false};
    stage.until_waiting("event", 1);
    auto stuck = spawn(runtime,
                       [&] {
                           begun.set();
                           while (!lets_go.load(std::memory_order_acquire))
                               kernel_threads().pause();
                       },
                       {.name = "the hog"});
    begun.wait();
    const std::string dump = runtime.dump({.time_max = 10ms});
    EXPECT_NE(dump.find("is stuck in the hog and did not answer"), dump.npos) << dump;
    lets_go.store(true, std::memory_order_release);
    stuck.join();
    event.set();
}

TEST(Dump, WhatThereIsNoTimeForIsCounted) {
    RuntimeOptions options;
    options.workers = 1;
    Runtime runtime{options};
    Event event;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(spawn(runtime, [&] { event.wait(); }));
    Stage stage{runtime, kernel_threads(), false};
    stage.until_waiting("event", 100);
    const std::string dump = runtime.dump({.time_max = 0ms});
    EXPECT_NE(dump.find(" more fibers wait; there was no time"), dump.npos) << dump;
    EXPECT_LT(count_of("waits for event", dump), 100u);
    event.set();
}

TEST(DumpOnSignal, ASignalHasItWritten) {
    RuntimeOptions options;
    options.workers = 1;
    Runtime runtime{options};
    Event event;
    auto task = spawn(runtime, [&] { event.wait(); }, {.name = "the patient one"});
    Stage stage{runtime, kernel_threads(), false};
    stage.until_waiting("event", 1);
    Channel<std::string> written{10};
    struct sigaction before {};
    ::sigaction(SIGUSR1, nullptr, &before);
    {
        const DumpOnSignal dumps{runtime, SIGUSR1,
                                 [&](std::string_view text) { written.send(std::string{text}); }};
        const DumpOnSignal too{runtime, SIGUSR1,
                               [&](std::string_view text) { written.send(std::string{text}); }};
        for (int i = 0; i < 3; ++i) {
            ASSERT_EQ(::raise(SIGUSR1), 0);
            for (int each = 0; each < 2; ++each) {
                const std::string text = written.receive().value_or("");
                EXPECT_NE(text.find("the patient one waits for event"), text.npos) << text;
            }
        }
    }
    struct sigaction after {};
    ::sigaction(SIGUSR1, nullptr, &after);
    EXPECT_EQ(after.sa_handler, before.sa_handler);
    EXPECT_THROW(DumpOnSignal(runtime, SIGKILL), std::system_error);
    EXPECT_THROW(DumpOnSignal(runtime, 0), std::system_error);
    event.set();
}

}  // namespace greenroom
