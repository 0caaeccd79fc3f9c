// Waiting for a name until somebody has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/timeout.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"
#include "system_core.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class NamesWaitingTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(NamesWaitingTest);

using Ear = Protocol<void(Number), std::vector<int>(Numbers)>;

struct Find {
    std::string name;
};

// Looks for a listener, and tells it a number.
class Seeker : public Actor {
public:
    void on(const Find& find) { system().find<Listener>(find.name, 1h).tell(Number{1}); }
};

// For how many names there is a line, whether somebody is in it or not.
std::size_t awaited_names(SystemStage& stage) {
    auto any = stage.system.spawn<Listener>();
    const std::size_t count = any.cell()->system().names.awaited_count();
    any.kill();
    return count;
}

std::error_code code_of(const std::function<void()>& call) {
    try {
        call();
        return {};
    } catch (const std::system_error& error) {
        return error.code();
    }
}

}  // namespace

TEST_P(NamesWaitingTest, TasksThreadsAndActorsGetItWhenItIsRegistered) {
    play([](SystemStage& stage) {
        auto task = stage.spawn([&] { return stage.system.find<Listener>("ear", 1h); });
        auto as_protocol =
            stage.spawn([&] { return stage.system.find_before<Ear>("ear", Deadline::never()); });
        auto seeker = stage.system.spawn<Seeker>();
        seeker.tell(Find{"ear"});
        Ref<Listener> of_thread;
        auto thread = stage.thread(
            [&] { of_thread = stage.system.find_before<Listener>("ear", Deadline::never()); });
        stage.until_waiting("name", 4);
        EXPECT_THAT(stage.system.dump(), testing::HasSubstr("Seeker waits for name at "));
        auto other = stage.system.spawn<Listener>();
        stage.system.register_name("eye", other);
        EXPECT_EQ(stage.waiting("name"), 4);
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name<Ear>("ear", listener);
        thread.reset();
        EXPECT_EQ(of_thread, listener);
        EXPECT_EQ(task.get(), listener);
        EXPECT_EQ(as_protocol.get(), listener);
        while (listener.ask(Numbers{}).empty()) yield();
    });
}

TEST_P(NamesWaitingTest, WhatIsThereNeedsNoWaitEvenIfTheDeadlineHasPassed) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name("ear", listener);
        EXPECT_EQ(stage.system.find_before<Listener>("ear", Deadline::after(-1s)), listener);
        EXPECT_EQ(stage.system.find<Listener>("ear", 0s), listener);
    });
}

TEST_P(NamesWaitingTest, ADeadlineEndsItWithNobodyAndATimeoutIsThrown) {
    play([](SystemStage& stage) {
        const auto look = [&] {
            EXPECT_FALSE(stage.system.find_before<Listener>("ear", Deadline::after(1ms)));
            try {
                stage.system.find<Listener>("ear", 2ms);
                ADD_FAILURE() << "threw nothing";
            } catch (const Timeout& late) {
                EXPECT_THAT(late.what(), testing::HasSubstr("no actor was named \"ear\" within 2"));
            }
        };
        look();
        stage.run(look);
        EXPECT_EQ(awaited_names(stage), 0U);
        // Who gave up takes nothing with it.
        auto waits = stage.spawn([&] { return stage.system.find<Listener>("ear", 1h); });
        stage.until_waiting("name", 1);
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name("ear", listener);
        EXPECT_EQ(waits.get(), listener);
        EXPECT_EQ(awaited_names(stage), 0U);
    });
}

TEST_P(NamesWaitingTest, ACancellationEndsIt) {
    play([](SystemStage& stage) {
        const auto look = [&] { (void)stage.system.find<Listener>("ear", 1h); };
        stage.run([&] { EXPECT_THROW(with_timeout(1ms, look), Timeout); });
        EXPECT_THROW(with_timeout(1ms, look), Timeout);
        auto task = stage.spawn(look);
        auto seeker = stage.system.spawn<Seeker>();
        seeker.tell(Find{"ear"});
        stage.until_waiting("name", 2);
        task.cancel();
        seeker.kill();
        EXPECT_EQ(task.result().code(), Errc::cancelled);
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.waiting("name"), 0);
        EXPECT_EQ(stage.system.stats().failures, 0U);
    });
}

TEST_P(NamesWaitingTest, ATypeThatDoesNotFitIsAnErrorAtOnce) {
    play([](SystemStage& stage) {
        auto waits = stage.spawn([&] { (void)stage.system.find<Watcher>("ear", 1h); });
        stage.until_waiting("name", 1);
        stage.system.register_name("ear", stage.system.spawn<Listener>());
        EXPECT_EQ(code_of([&] { waits.get(); }), Errc::not_found);
        EXPECT_EQ(code_of([&] { (void)stage.system.find<Watcher>("ear", 1h); }), Errc::not_found);
    });
}

TEST_P(NamesWaitingTest, TheStopOfTheSystemEndsIt) {
    play([](SystemStage& stage) {
        const auto look = [&] { (void)stage.system.find<Listener>("ear", 1h); };
        auto task = stage.spawn([&] { return code_of(look); });
        std::error_code of_thread;
        auto thread = stage.thread([&] { of_thread = code_of(look); });
        stage.until_waiting("name", 2);
        EXPECT_TRUE(stage.system.stop(StopPolicy::drain, Deadline::after(20s)).clean);
        EXPECT_EQ(task.get(), Errc::stopping);
        thread.reset();
        EXPECT_EQ(of_thread, Errc::stopping);
        EXPECT_EQ(code_of(look), Errc::stopping);
    });
}

// A thread may be the last to leave, after the system.
TEST_P(NamesWaitingTest, TheEndOfTheSystemEndsItToo) {
    play_options(
        [](const RuntimeOptions& chosen, Threads& threads) {
            std::error_code code;
            std::unique_ptr<Threads::Handle> thread;
            {
                SystemOptions options;
                options.runtime = chosen;
                System system{options};
                support::SystemStage stage{system, threads, true};
                thread = threads.start("waits", [&] {
                    code = code_of([&] { (void)system.find<Listener>("ear", 1h); });
                });
                stage.until_waiting("name", 1);
            }
            thread.reset();
            EXPECT_EQ(code, Errc::stopping);
        },
        {}, 20);
}

// Property  A registration, an end of it and a wait that meet: who waits gets the actor that had
//           the name, or its deadline; and it is woken for each registration that it waits for.
TEST_P(NamesWaitingTest, RegistrationsDeadlinesAndEndsMeet) {
    int found = 0;
    int late = 0;
    play([&](SystemStage& stage) {
        std::atomic<int> got{0};
        std::atomic<int> gave_up{0};
        std::atomic<bool> over{false};
        const int rounds = stage.times(60);
        std::vector<Task<void>> seekers;
        for (int i = 0; i < 3; ++i) {
            seekers.push_back(stage.spawn([&, i] {
                while (!over.load()) {
                    const auto deadline = Deadline::after(i == 0 ? 0ms : i == 1 ? 1ms : 20ms);
                    const auto ref = stage.system.find_before<Listener>("ear", deadline);
                    (ref ? got : gave_up).fetch_add(1);
                    sleep_for(i == 0 ? 1ms : 0ms);
                }
            }));
        }
        // On a machine that is busy otherwise, until a deadline has come.
        const auto goes_on = [&](int round) {
            return round < rounds || (gave_up.load() == 0 && round < 100 * rounds);
        };
        for (int round = 0; goes_on(round); ++round) {
            auto listener = stage.system.spawn<Listener>();
            stage.system.register_name("ear", listener);
            auto waits = stage.spawn([&] { return stage.system.find<Listener>("next", 1h); });
            if (round % 3 == 0) yield();
            stage.system.register_name("next", listener);
            EXPECT_EQ(waits.get(), listener);
            if (round % 2 == 0) {
                EXPECT_TRUE(stage.system.unregister_name("ear"));
                EXPECT_TRUE(stage.system.unregister_name("next"));
            }
            listener.stop();
            support::until([&] { return stage.system.stats().actors == 0; });
            if (round % 4 == 0) sleep_for(1ms);
        }
        over.store(true);
        for (Task<void>& seeker : seekers) seeker.get();
        EXPECT_EQ(awaited_names(stage), 0U);
        EXPECT_TRUE(stage.system.names().empty());
        found += got.load();
        late += gave_up.load();
    });
    EXPECT_GT(found, 0);
    EXPECT_GT(late, 0);
}

TEST(NamesOfDrivenSystem, TheThreadThatDrivesItMayNotWaitForOne) {
    SystemOptions options;
    options.runtime.driven_by = DrivenBy::caller;
    System system{options};
    system.runtime().run_until_idle();
    EXPECT_EQ(code_of([&] { (void)system.find<Listener>("ear", 1h); }), Errc::wrong_thread);
    auto listener = system.spawn<Listener>();
    system.register_name("ear", listener);
    EXPECT_EQ(system.find<Listener>("ear", 1h), listener);
}

}  // namespace greenroom
