// Actors that are sets of functions, and adapters: what handles messages without being a class's
// member.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/adapter.hpp>
#include <greenroom/actors/functional_actor.hpp>
#include <greenroom/actors/system.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using testing::ElementsAre;

class FunctionalTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(FunctionalTest);
class AdapterTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(AdapterTest);

struct Add {
    int value;
};
struct Total {};
struct Text {
    std::string text;
};
struct Later {};
struct Own {
    std::unique_ptr<int> value;
};
struct Quit {};
struct WatchOver {
    AnyRef whom;
};

struct Quote {
    std::string symbol;
    int cents;
};
struct Check {
    int value;
};

// Hears of prices, in a message of its own.
class Buyer : public Actor {
public:
    void on(Number number) { numbers_.push_back(number.value); }
    std::vector<int> on(Numbers) { return numbers_; }
    int on(const Text& text) { return static_cast<int>(text.text.size()); }
    void on(Later, Reply<std::string> reply) { reply.set("later"); }

private:
    std::vector<int> numbers_;
};

}  // namespace

TEST_P(FunctionalTest, EachFunctionHandlesItsMessageAndMayAnswer) {
    play([](SystemStage& stage) {
        auto total = std::make_shared<int>(0);
        Ref<Protocol<void(Add), int(Total), std::size_t(Text)>> sum = stage.system.spawn_functional(
            [total](Add add) { *total += add.value; }, [total](Total) { return *total; },
            [](const Text& text) { return text.text.size(); });
        sum.tell(Add{2});
        sum.tell(Add{3});
        EXPECT_EQ(sum.ask(Total{}), 5);
        EXPECT_EQ(sum.ask(Text{"four"}), 4u);
        EXPECT_THAT(sum.name(), testing::HasSubstr("Add"));
    });
}

TEST_P(FunctionalTest, AFunctionKeepsStateOfItsOwn) {
    play([](SystemStage& stage) {
        auto counter =
            stage.system.spawn_functional([count = 0](Total) mutable { return ++count; });
        EXPECT_EQ(counter.ask(Total{}), 1);
        EXPECT_EQ(counter.ask(Total{}), 2);
    });
}

TEST_P(FunctionalTest, MayAnswerLaterTakeMoveOnlyMessagesAndFail) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn_functional(
            [](Later, Reply<int> reply) { reply.set(7); }, [](Own&& own) { return *own.value; },
            [](Fail) -> int { throw std::runtime_error("no luck"); });
        EXPECT_EQ(actor.ask(Later{}), 7);
        EXPECT_EQ(actor.ask(Own{std::make_unique<int>(8)}), 8);
        EXPECT_THROW(actor.ask(Fail{}), HandlerFailed);
    });
}

TEST_P(FunctionalTest, ItsSelfStopsSpawnsAndWatches) {
    play([](SystemStage& stage) {
        Event heard;
        auto actor = stage.system.spawn_functional(
            [](FunctionalActor& self, WatchOver over) { self.watch(over.whom); },
            [&heard](FunctionalActor& self, const Down&) {
                auto child = self.spawn<Listener>();
                child.ask(Numbers{});
                heard.set();
                self.stop();
            });
        auto watched =
            stage.system.spawn_functional([](FunctionalActor& self, Quit) { self.stop(); });
        actor.ask(WatchOver{watched});
        watched.tell(Quit{});
        heard.wait();
        support::until([&] { return actor.has_ended(); });
    });
}

TEST_P(FunctionalTest, HasTheOptionsThatItIsSpawnedWith) {
    play([](SystemStage& stage) {
        const ActorOptions options{.mailbox = {.bound = 1, .when_full = WhenFull::fail}};
        const auto has_its_bound = [&](auto& spawner) {
            Event begun;
            Event goes_on;
            const auto actor = spawner.spawn_functional_with(options, [&](Quit) {
                begun.set();
                goes_on.wait();
            });
            actor.tell(Quit{});
            begun.wait();
            EXPECT_EQ(actor.try_tell(Quit{}), Sent::sent);
            EXPECT_EQ(actor.try_tell(Quit{}), Sent::full);
            goes_on.set();
            actor.stop_when_drained();
            support::until([&] { return actor.has_ended(); });
        };
        has_its_bound(stage.system);
        auto parent = stage.system.spawn_functional([&](FunctionalActor& self, Total) {
            has_its_bound(self);
            return 0;
        });
        EXPECT_EQ(parent.ask(Total{}), 0);
    });
}

TEST_P(FunctionalTest, WithoutAFunctionOfDownItCannotWatch) {
    play([](SystemStage& stage) {
        auto actor = stage.system.spawn_functional(
            [](FunctionalActor& self, const WatchOver& over) { self.watch(over.whom); });
        EXPECT_THROW(actor.ask(WatchOver{actor}), HandlerFailed);
    });
}

TEST_P(AdapterTest, MakesAMessageOfTheActorsOwnOfAnothers) {
    play([](SystemStage& stage) {
        auto buyer = stage.system.spawn<Buyer>();
        const Ref<Protocol<void(Quote)>> quotes =
            adapt(buyer, [](Quote quote) { return Number{quote.cents}; });
        buyer.tell(Number{1});
        quotes.tell(Quote{"ABC", 250});
        quotes.tell(share(Quote{"DEF", 300}));
        buyer.tell(Number{2});
        EXPECT_THAT(buyer.ask(Numbers{}), ElementsAre(1, 250, 300, 2));
        EXPECT_EQ(AnyRef{quotes}, AnyRef{buyer});
    });
}

TEST_P(AdapterTest, AnAskIsAnsweredByTheActorsHandler) {
    play([](SystemStage& stage) {
        auto buyer = stage.system.spawn<Buyer>();
        Ref<Protocol<int(Check), std::string(Total)>> both = adapt(
            buyer, [](const Check& check) { return Text{std::to_string(check.value)}; },
            [](Total) { return Later{}; });
        EXPECT_EQ(both.ask(Check{1234}), 4);
        EXPECT_EQ(both.ask(Total{}), "later");
        EXPECT_EQ(both.request(Check{12}).get(), 2);
    });
}

TEST_P(AdapterTest, AnExceptionOfItIsOneOfTheHandler) {
    play([](SystemStage& stage) {
        auto buyer = stage.system.spawn<Buyer>();
        auto bad = adapt(buyer, [](Check check) -> Number {
            if (check.value > 0) throw std::runtime_error("not this one");
            return Number{check.value};
        });
        EXPECT_THROW(bad.ask(Check{1}), HandlerFailed);
        support::until([&] { return buyer.has_ended(); });
    });
}

}  // namespace greenroom
