// FiberLocal: each fiber its own, from its first use to its end.
#include <greenroom/core/fiber_local.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/generator.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using support::Stage;

class FiberLocalTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(FiberLocalTest);

detail::Atomic<int> guests{0};

struct Guest {
    Guest() { guests.fetch_add(1); }
    ~Guest() { guests.fetch_sub(1); }
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;
    int number = 0;
};

}  // namespace

TEST_P(FiberLocalTest, EachTaskHasItsOwnAcrossItsWaits) {
    play([](Stage& stage) {
        FiberLocal<Guest> local;
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 8; ++i) {
            tasks.push_back(stage.spawn([&local, i] {
                EXPECT_EQ(local.find(), nullptr);
                EXPECT_EQ(local->number, 0);
                local->number = i;
                for (int round = 0; round < 3; ++round) {
                    yield();
                    EXPECT_EQ(local->number, i);
                }
            }));
        }
        for (auto& task : tasks) task.get();
        EXPECT_EQ(guests.load(), 0);
    });
}

TEST_P(FiberLocalTest, APlainThreadHasItsOwnUntilItEnds) {
    play([](Stage& stage) {
        FiberLocal<Guest> local;
        auto thread = stage.thread([&] {
            local->number = 3;
            EXPECT_EQ(guests.load(), 1);
        });
        thread.reset();
        EXPECT_EQ(guests.load(), 0);
        EXPECT_EQ(local.find(), nullptr);
    });
}

TEST_P(FiberLocalTest, ItIsDestroyedWhenTheTaskIsCancelledAndItsDestructorMayWait) {
    play([](Stage& stage) {
        static Event* may_go = nullptr;
        static bool went = false;
        struct Leaves {
            ~Leaves() {
                may_go->wait();
                went = true;
            }
            int number = 0;
        };
        Event event;
        Event never;
        may_go = &event;
        went = false;
        FiberLocal<Leaves> local;
        auto task = stage.spawn([&] {
            local->number = 1;
            never.wait();
        });
        stage.until_waiting("event", 1);
        task.cancel();
        support::until([&] { return task.done() || stage.waiting("event") == 1; });
        EXPECT_FALSE(task.done());
        event.set();
        EXPECT_THROW(task.get(), Error);
        EXPECT_TRUE(went);
    });
}

TEST_P(FiberLocalTest, NewestGoesFirstAndOneMayUseAnotherInItsEnd) {
    play([](Stage& stage) {
        static FiberLocal<std::vector<int>>* lists = nullptr;
        static std::size_t seen = 0;
        struct Looks {
            ~Looks() { seen = lists->get().size(); }
        };
        FiberLocal<std::vector<int>> list;
        FiberLocal<Looks> looks;
        lists = &list;
        stage.run([&] {
            list->push_back(1);
            list->push_back(2);
            looks.get();
        });
        EXPECT_EQ(seen, 2u);
        stage.run([&] { looks.get(); });  // whose end makes a list, which is destroyed too
        EXPECT_EQ(seen, 0u);
    });
}

TEST_P(FiberLocalTest, ItMayBeDestroyedBeforeThoseWhoHaveUsedIt) {
    play([](Stage& stage) {
        std::optional<FiberLocal<Guest>> local{std::in_place};
        Event go_on;
        auto task = stage.spawn([&] {
            local->get();
            go_on.wait();
            FiberLocal<int> another;  // perhaps at the same place
            EXPECT_EQ(*another, 0);
        });
        stage.until_waiting("event", 1);
        local.reset();
        EXPECT_EQ(guests.load(), 1);
        go_on.set();
        task.get();
        EXPECT_EQ(guests.load(), 0);
    });
}

TEST_P(FiberLocalTest, AGeneratorUsesThoseOfTheFiberThatResumesIt) {
    play([](Stage& stage) {
        FiberLocal<int> local;
        stage.run([&] {
            Generator<int> generator{[&](auto& give) {
                *local = 5;
                give(1);
            }};
            generator.next();
            EXPECT_EQ(*local, 5);
        });
    });
}

}  // namespace greenroom
