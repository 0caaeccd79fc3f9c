// Actors without stacks: who does not wait needs none of its own; who has to wait fails by name,
// and the system lives.
#include <greenroom/actors/system.hpp>

#include <gtest/gtest.h>

#include <greenroom/actors/errors.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/stack_class.hpp>
#include <string>
#include <utility>
#include <vector>

#include "actors/cast.hpp"
#include "runtime_core.hpp"
#include "support/failing_stack_memory.hpp"
#include "support/log_lines.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using cast::Downs;
using cast::Hold;
using cast::Listener;
using cast::Number;
using cast::Numbers;
using cast::Watcher;
using support::FailingStackMemory;
using support::Lack;
using support::Lacking;
using support::SystemStage;

class StacksTest : public support::OnSystems {
protected:
    // Plays it with memory for stacks that lacks, once all of it is used up.
    template <class Body>
    void play_without(Lacking what, Body body) {
        FailingStackMemory memory;
        SystemOptions options = support::with_grace(std::chrono::milliseconds{100});
        options.runtime.stack_memory = &memory;
        play(
            [&](SystemStage& stage) {
                const support::LogLines quiet;
                Lack lack{memory, what};
                body(stage, lack);
            },
            std::move(options), 10);
    }
};
GREENROOM_ON_ALL_RUNTIMES(StacksTest);

// Listeners held in their handlers, each on a stack, until no worker has one left.
class Held {
public:
    explicit Held(SystemStage& stage) {
        detail::RuntimeCore& core = detail::core_of(stage.runtime);
        for (std::uint64_t spawned = 1; core.workers_without_spare.load() < core.workers.size();
             ++spawned) {
            Event begun;
            listeners_.push_back(stage.system.spawn<Listener>());
            listeners_.back().tell(Hold{begun, go_on_});
            begun.wait();
            // It waits by now, or has failed.
            support::until([&] {
                return static_cast<std::uint64_t>(stage.waiting("event")) +
                           stage.system.stats().failures >=
                       spawned;
            });
        }
        failures_ = stage.system.stats().failures;
    }
    ~Held() { let_go(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    // All that waited have gone on.
    void let_go() {
        go_on_.set();
        for (auto& listener : listeners_) {
            try {
                listener.ask(Numbers{});
            } catch (const ActorStopped&) {
            }
        }
    }
    std::uint64_t failures() const noexcept { return failures_; }

private:
    Event go_on_;
    std::vector<Ref<Listener>> listeners_;
    std::uint64_t failures_ = 0;
};

struct Ask {};
struct Try {};

// Asks another, and says how that went.
class Asker : public Actor {
public:
    explicit Asker(Ref<Listener> other) : other_{std::move(other)} {}

    int on(Ask) { return static_cast<int>(other_.ask(Numbers{}).size()); }
    std::string on(Try) {
        try {
            (void)on(Ask{});
            return "answered";
        } catch (const StacksExhausted& refused) {
            return refused.what();
        }
    }

private:
    const Ref<Listener> other_;
};

}  // namespace

TEST_P(StacksTest, WhoDoesNotWaitIsSpawnedAndHandles) {
    play_without(Lacking::memory, [](SystemStage& stage, Lack&) {
        const Held held{stage};
        const auto listener = stage.system.spawn<Listener>();
        listener.tell(Number{7});
        EXPECT_EQ(listener.ask(Numbers{}), std::vector<int>{7});
        EXPECT_EQ(stage.system.stats().failures, held.failures());
    });
}

TEST_P(StacksTest, AHandlerThatAsksHearsThatThereIsNoStackAndMayGoOn) {
    play_without(Lacking::guards, [](SystemStage& stage, Lack& lack) {
        Held held{stage};
        const auto asker = stage.system.spawn<Asker>(stage.system.spawn<Listener>());
        EXPECT_TRUE(asker.ask(Try{}).starts_with("no stack of class standard (128 KiB)"));
        EXPECT_EQ(stage.system.stats().failures, held.failures());
        held.let_go();
        lack.end();
        support::until([&] { return asker.ask(Try{}) == "answered"; });
    });
}

TEST_P(StacksTest, AnActorThatCannotAskFailsByItAndTheSystemLives) {
    play_without(Lacking::memory, [](SystemStage& stage, Lack& lack) {
        Held held{stage};
        const auto listener = stage.system.spawn<Listener>();
        const auto asker = stage.system.spawn<Asker>(listener);
        const auto watcher = stage.system.spawn<Watcher>(asker);
        EXPECT_TRUE(watcher.ask(Downs{}).empty());  // it watches by now
        EXPECT_THROW(asker.ask(Ask{}), HandlerFailed);
        std::vector<Down> downs;
        support::until([&] {
            downs = watcher.ask(Downs{});
            return !downs.empty();
        });
        EXPECT_TRUE(downs[0].reason.what.starts_with("no stack of class")) << downs[0].reason.what;
        EXPECT_EQ(stage.system.stats().failures, held.failures() + 1);
        EXPECT_TRUE(listener.ask(Numbers{}).empty());  // what runs goes on
        held.let_go();
        lack.end();
        const auto again = stage.system.spawn<Asker>(listener);
        support::until([&] { return again.ask(Try{}) == "answered"; });
    });
}

TEST_P(StacksTest, ASystemWithoutStacksStops) {
    play_without(Lacking::memory, [](SystemStage& stage, Lack&) {
        {
            const Held held{stage};
            const StopReport report =
                stage.system.stop(StopPolicy::now, Deadline::after(std::chrono::milliseconds{100}));
            EXPECT_TRUE(report.survivors.empty());
            EXPECT_GT(report.killed, 0U);
        }
        EXPECT_EQ(stage.system.stats().actors, 0U);
    });
}

TEST_P(StacksTest, AnActorWhoseClassOfStackIsNotToBeHadStillEnds) {
    play_without(Lacking::memory, [](SystemStage& stage, Lack&) {
        const auto listener = stage.system.spawn_with<Listener>({.stack_class = StackClass::huge});
        listener.tell(Number{1});  // it waits for its turn
        EXPECT_THROW(listener.ask(Numbers{}, std::chrono::milliseconds{5}), Timeout);
        listener.stop();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_EQ(stage.system.stats().dead_letters, 2U);
    });
}

}  // namespace greenroom
