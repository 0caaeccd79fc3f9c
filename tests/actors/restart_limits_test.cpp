// The limits and delays of restarts: which failures count together, and by how much delays differ.
// What an old object waited for when it ended.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/simulated_machine.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "cast.hpp"
#include "diary.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class RestartLimitsTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(RestartLimitsTest);

Duration since(TimePoint then) { return Deadline::after(0ns).at() - then; }

// How long each restart of a child took that fails again and again.
std::vector<Duration> delays(System& system, int count) {
    auto child = system.supervise([] { return Listener{}; });
    std::vector<Duration> found;
    for (int i = 0; i < count; ++i) {
        const TimePoint then = Deadline::after(0ns).at();
        child.tell(Fail{});
        child.ask(Numbers{}, 1h);
        found.push_back(since(then));
    }
    return found;
}

SystemOptions backing_off() {
    SystemOptions options;
    options.supervision.restarts_max = 1'000;
    options.supervision.backoff = {.first = 100ms, .max = 800ms, .jitter = 0.5, .calm = 1h};
    return options;
}

// The same on a machine of its own.
std::vector<Duration> delays_by_seed(std::uint64_t seed) {
    SimulatedMachine machine{seed};
    SystemOptions options = backing_off();
    options.runtime.workers = 2;
    options.runtime.clock = &machine;
    options.runtime.threads = &machine;
    options.runtime.chance = &machine;
    std::vector<Duration> found;
    machine.run([&] {
        System system{options};
        found = run(system.runtime(), [&] { return delays(system, 8); });
    });
    return found;
}

// Has one child, in each of its lives.
class Family : public Actor {
public:
    explicit Family(std::atomic<int>& lives) : lives_{lives} {}
    void on_start() override { begin(); }
    void on_restart(const ExitReason&) override { begin(); }
    Ref<Listener> on(Numbers) { return child_; }

private:
    void begin() {
        child_ = supervise([] { return Listener{}; });
        ++lives_;
    }
    std::atomic<int>& lives_;
    Ref<Listener> child_;
};

}  // namespace

TEST_P(RestartLimitsTest, AParentThatWasRestartedCountsAnew) {
    play([](SystemStage& stage) {
        std::atomic<int> lives{0};
        const Ending ending{stage};
        ChildOptions options;
        options.actor.supervision = {.restarts_max = 2, .within = 1h};
        auto parent = stage.system.supervise([&lives] { return Family{lives}; }, options);
        for (int life = 1; life <= 3; ++life) {
            auto child = parent.ask(Numbers{}, 1h);
            for (int i = 0; i < 2; ++i) {
                child.tell(Fail{});
                EXPECT_TRUE(child.ask(Numbers{}, 1h).empty());
            }
            EXPECT_EQ(lives, life);
            child.tell(Fail{});
            support::until([&] { return lives == life + 1; });
        }
    });
}

TEST_P(RestartLimitsTest, FailuresThatAreFarApartAreNotTooMany) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        const Ending ending{stage};
        class Parent : public Actor {
        public:
            Ref<Listener> on(Numbers) {
                return supervise([] { return Listener{}; });
            }
        };
        ActorOptions rules;
        rules.supervision = {.restarts_max = 3, .within = 5s};
        auto child = stage.system.spawn_with<Parent>(rules).ask(Numbers{});
        stage.run([&] {
            for (int i = 0; i < 12; ++i) {
                child.tell(Fail{});
                EXPECT_TRUE(child.ask(Numbers{}, 1h).empty());
                sleep_for(1700ms);  // three in 5 s, and never a fourth
            }
            for (int i = 0; i < 4; ++i) child.tell(Fail{});
        });
        support::until([&] { return child.has_ended(); });
    });
}

TEST_P(RestartLimitsTest, AFirstObjectThatCannotBeMadeThrowsOutOfSupervise) {
    play([](SystemStage& stage) {
        std::atomic<int> tries{0};
        const auto make = [&tries] {
            if (++tries > 0) throw std::runtime_error("no desk");
            return Listener{};
        };
        EXPECT_THROW(stage.system.supervise(make), std::runtime_error);
        EXPECT_EQ(tries, 1);
        EXPECT_EQ(stage.system.stats().actors, 0u);
    });
}

// Property  An answer to the old object is late, and is never taken for one to the new.
TEST_P(RestartLimitsTest, AnAskOfTheOldObjectIsNotAnsweredToTheNew) {
    // Answers with the number, the first one late.
    class Slow : public Actor {
    public:
        Slow(Event& begun, Event& go_on) : begun_{begun}, go_on_{go_on} {}
        int on(Number number) {
            if (number.value == 1) {
                begun_.set();
                go_on_.wait();
            }
            return number.value;
        }

    private:
        Event& begun_;
        Event& go_on_;
    };
    class Asking : public Actor {
    public:
        explicit Asking(Ref<Slow> slow) : slow_{std::move(slow)} {}
        int on(Number number) { return slow_.ask(number, 1h); }

    private:
        const Ref<Slow> slow_;
    };
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        const Ending ending{stage};
        auto slow = stage.system.spawn<Slow>(begun, go_on);
        auto asking = stage.system.supervise([slow] { return Asking{slow}; });
        auto first = stage.spawn([&] { return asking.ask(Number{1}, 1h); });
        begun.wait();
        asking.kill();
        EXPECT_THROW(first.get(), ActorStopped);
        auto second = stage.spawn([&] { return asking.ask(Number{2}, 1h); });
        stage.until_waiting("ask", 2);  // the new object asks as well
        go_on.set();
        EXPECT_EQ(second.get(), 2);
        EXPECT_EQ(stage.system.stats().late_answers, 1u);
    });
}

TEST_P(RestartLimitsTest, DelaysDifferByTheirJitterAndNoMore) {
    play(
        [](SystemStage& stage) {
            if (!stage.simulated) return;
            const Ending ending{stage};
            const auto found = stage.run([&] { return delays(stage.system, 6); });
            const std::vector<Duration> middle{100ms, 200ms, 400ms, 800ms, 800ms, 800ms};
            for (std::size_t i = 0; i < middle.size(); ++i) {
                EXPECT_GE(found[i], middle[i] / 2);
                EXPECT_LE(found[i], middle[i] * 3 / 2 + 20ms);
            }
            const std::set<Duration> last{found.begin() + 3, found.end()};
            EXPECT_GT(last.size(), 1u);
        },
        backing_off());
}

TEST(RestartsBySeed, DelaysAreTheSameUnderTheSameSeed) {
    EXPECT_EQ(delays_by_seed(7), delays_by_seed(7));
    EXPECT_NE(delays_by_seed(7), delays_by_seed(8));
}

}  // namespace greenroom
