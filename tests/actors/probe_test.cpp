// Probes: what a test expects of an actor that it plays itself, and how it hears that it was wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/probe.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>
#include <utility>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::AllOf;
using testing::HasSubstr;

class ProbeTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ProbeTest);

struct Placed {
    int number;
};
struct MayShip {
    int number;
};
using Warehouse = Protocol<void(Placed), bool(MayShip)>;

// Places what it is told, and asks whether it may ship.
class Shop : public Actor {
public:
    explicit Shop(Ref<Warehouse> warehouse) : warehouse_{std::move(warehouse)} {}
    void on(Number order) {
        warehouse_.tell(Placed{order.value});
        if (warehouse_.ask(MayShip{order.value})) ++shipped_;
    }
    int on(Numbers) { return shipped_; }

private:
    const Ref<Warehouse> warehouse_;
    int shipped_ = 0;
};

template <class F>
std::string failure_of(const F& call) {
    try {
        call();
    } catch (const ProbeFailed& failure) {
        return failure.what();
    }
    return "none";
}

}  // namespace

TEST_P(ProbeTest, GivesMessagesInOrderAndAnswersWhatItIsAsked) {
    play([](SystemStage& stage) {
        Probe<Warehouse> warehouse{stage.system};
        auto shop = stage.system.spawn<Shop>(warehouse.ref());
        shop.tell(Number{3});
        EXPECT_EQ(warehouse.expect<Placed>().number, 3);
        auto [question, reply] = warehouse.expect_ask<MayShip>();
        EXPECT_EQ(question.number, 3);
        reply.set(true);
        EXPECT_EQ(shop.ask(Numbers{}), 1);
    });
}

TEST_P(ProbeTest, SaysWhatWasExpectedAndWhatCame) {
    play([](SystemStage& stage) {
        Probe<Warehouse> warehouse{stage.system};
        warehouse.ref().tell(Placed{1});
        EXPECT_THAT(failure_of([&] { (void)warehouse.expect<MayShip>(); }),
                    AllOf(HasSubstr("expected"), HasSubstr("MayShip at "),
                          HasSubstr("probe_test.cpp"), HasSubstr("Placed came")));
        warehouse.ref().tell(Placed{1});
        EXPECT_THAT(failure_of([&] { warehouse.expect_none(1h); }),
                    AllOf(HasSubstr("expected nothing at "), HasSubstr("Placed came")));
        EXPECT_THAT(failure_of([&] { (void)warehouse.expect<Placed>(2ms); }),
                    HasSubstr("nothing came within 2 ms"));
    });
}

TEST_P(ProbeTest, SkipsToTheNextOfAKind) {
    play([](SystemStage& stage) {
        Probe<Warehouse> warehouse{stage.system};
        for (int i = 0; i < 3; ++i) warehouse.ref().tell(Placed{i});
        auto asking = stage.spawn([&] { return warehouse.ref().ask(MayShip{7}, 1h); });
        auto [question, reply] = [&] {
            for (int i = 0; i < 3; ++i) (void)warehouse.expect<Placed>();
            return warehouse.expect_ask<MayShip>();
        }();
        reply.set(question.number == 7);
        EXPECT_TRUE(asking.get());
        warehouse.ref().tell(Placed{8});
        warehouse.ref().tell(Placed{9});
        EXPECT_EQ(warehouse.skip_to<Placed>().number, 8);
        EXPECT_EQ(warehouse.expect<Placed>().number, 9);
    });
}

TEST_P(ProbeTest, UnderVirtualTimeAnHourOfNothingIsNothing) {
    play([](SystemStage& stage) {
        if (!stage.simulated) return;
        Probe<Warehouse> warehouse{stage.system};
        const TimerHandle late = warehouse.ref().tell_later(2h, Placed{1});
        warehouse.expect_none(1h);
        EXPECT_EQ(warehouse.expect<Placed>(2h).number, 1);
    });
}

}  // namespace greenroom
