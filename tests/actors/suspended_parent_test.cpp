// A parent that waits for an hour: what becomes of its children meanwhile, and what it hears of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <stdexcept>
#include <string>

#include "cast.hpp"
#include "diary.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;

class SuspendedParentTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(SuspendedParentTest);

struct Get {};
struct Sleep {};
struct Hello {};
struct Report {
    Event& begun;
};
class Slow : public Actor {
public:
    bool on(const Sleep&) {
        sleep_for(1h);
        return true;
    }
};
class Ward : public Actor {
public:
    Ward(Ref<Protocol<void(Number)>> parent, Diary& diary)
        : parent_{std::move(parent)}, diary_{diary} {}
    void on_start() override { diary_.note("ward +"); }
    int on(Get) { return 0; }
    void on(Fail) { throw std::runtime_error("no luck"); }
    void on(Stop) {
        for (int i = 0; i < 3; ++i) parent_.tell(Number{i});
        stop();
    }

private:
    const Ref<Protocol<void(Number)>> parent_;
    Diary& diary_;
};
class Guardian : public Actor {
public:
    explicit Guardian(Diary& diary) : diary_{diary} {}
    Ref<Ward> on(Get) {
        const Ref<Protocol<void(Number)>> me = self(this);
        auto ward = supervise(
            [me, &diary = diary_] {
                return Ward{me, diary};
            },
            {.restart = Restart::transient});
        watch(this, ward);
        return ward;
    }
    void on(const Report& report) {
        auto slow = spawn<Slow>();
        report.begun.set();
        slow.ask(Sleep{}, 2h);
        diary_.note("handler over");
    }
    void on(Number number) { diary_.note("number " + std::to_string(number.value)); }
    void on(const Down& down) { diary_.note("down: " + to_string(down.reason)); }

private:
    Diary& diary_;
};

}  // namespace

TEST_P(SuspendedParentTest, IsNotNeededForRestartsAndHearsOfTheEndAfterTheLastMessage) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Diary diary;
        const Ending ending{stage};
        Event begun;
        auto parent = stage.system.spawn<Guardian>(diary);
        auto child = parent.ask(Get{});
        parent.tell(Report{begun});
        begun.wait();
        for (int i = 0; i < 3; ++i) {
            child.tell(Fail{});
            EXPECT_EQ(child.ask(Get{}), 0);
        }
        child.tell(Stop{});
        support::until([&] { return child.has_ended(); });
        EXPECT_THAT(diary.lines(), ElementsAre("ward +", "ward +", "ward +", "ward +"));
        diary.clear();
        until_lines(diary, 5);
        EXPECT_THAT(diary.lines(), ElementsAre("handler over", "number 0", "number 1", "number 2",
                                               "down: stopped"));
    });
}

}  // namespace greenroom
