// Future::then in an actor: what it is given runs as one of the actor's handlers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/actors/system.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/task.hpp>
#include <optional>
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

class ThenTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ThenTest);

struct Price {};
struct Settle {
    int cents;
};
struct Lose {};

// Answers when it is told the price.
class Shop : public Actor {
public:
    void on(Price, Reply<int> reply) { waiting_.push_back(std::move(reply)); }
    void on(Settle settle) {
        for (auto& reply : waiting_) reply.set(settle.cents);
        waiting_.clear();
    }
    void on(Lose) { waiting_.clear(); }
    std::size_t on(Numbers) { return waiting_.size(); }

private:
    std::vector<Reply<int>> waiting_;
};

struct Want {
    int tag;
};
struct WantTogether {};
struct WantAndKeep {
    Future<int>& kept;
};
struct WantAndWait {
    Event& begun;
    Event& go_on;
};

// Asks the shop, and goes on with its other messages until the price is there.
class Customer : public Actor {
public:
    explicit Customer(Ref<Shop> shop) : shop_{std::move(shop)} {}

    void on(Want want) {
        shop_.request(Price{}).then([this, want](int cents) { note(want.tag + cents); });
    }
    void on(WantTogether) {
        gather([this] { on(Want{10}); }, [this] { on(Want{20}); });
    }
    void on(const WantAndKeep& want) {
        want.kept = shop_.request(Price{}).then([](int cents) {
            if (cents < 0) throw std::runtime_error("too cheap");
            return cents;
        });
    }
    void on(const WantAndWait& want) {
        shop_.request(Price{}).then([this, begun = &want.begun, go_on = &want.go_on](int cents) {
            is_busy_ = true;
            begun->set();
            go_on->wait();
            is_busy_ = false;
            note(cents);
        });
    }
    void on(Number number) { note(number.value); }
    std::vector<int> on(Numbers) { return notes_; }
    void on(Stop) { stop(); }

private:
    void note(int value) {
        EXPECT_FALSE(is_busy_);
        notes_.push_back(value);
    }

    Ref<Shop> shop_;
    bool is_busy_ = false;
    std::vector<int> notes_;
};

void until_asked(const Ref<Shop>& shop, std::size_t count) {
    while (shop.ask(Numbers{}) < count) yield();
}

}  // namespace

TEST_P(ThenTest, RunsAsTheActorBetweenItsMessages) {
    play([](SystemStage& stage) {
        auto shop = stage.system.spawn<Shop>();
        auto customer = stage.system.spawn<Customer>(shop);
        customer.tell(Want{1});
        until_asked(shop, 1);
        customer.tell(Number{7});
        EXPECT_THAT(customer.ask(Numbers{}), ElementsAre(7));
        shop.ask(Settle{500});
        support::until([&] { return customer.ask(Numbers{}).size() == 2; });
        EXPECT_THAT(customer.ask(Numbers{}), ElementsAre(7, 501));
    });
}

TEST_P(ThenTest, OneWaitsInItAndTheActorTakesNoOtherMessageMeanwhile) {
    play([](SystemStage& stage) {
        Event begun;
        Event go_on;
        auto shop = stage.system.spawn<Shop>();
        auto customer = stage.system.spawn<Customer>(shop);
        customer.tell(WantAndWait{begun, go_on});
        until_asked(shop, 1);
        shop.tell(Settle{5});
        begun.wait();
        customer.tell(Number{6});
        go_on.set();
        EXPECT_THAT(customer.ask(Numbers{}), ElementsAre(5, 6));
    });
}

TEST_P(ThenTest, InsideAGatherItIsTheActorsAsWell) {
    play([](SystemStage& stage) {
        auto shop = stage.system.spawn<Shop>();
        auto customer = stage.system.spawn<Customer>(shop);
        customer.tell(WantTogether{});
        until_asked(shop, 2);
        shop.tell(Settle{1});
        support::until([&] { return customer.ask(Numbers{}).size() == 2; });
        EXPECT_THAT(customer.ask(Numbers{}), testing::UnorderedElementsAre(11, 21));
    });
}

TEST_P(ThenTest, AFailureThatNobodyHearsOfIsTheActors) {
    play([](SystemStage& stage) {
        auto shop = stage.system.spawn<Shop>();
        auto customer = stage.system.spawn<Customer>(shop);
        auto watcher = stage.system.spawn<Watcher>(Ref<Actor>{customer});
        customer.tell(Want{1});
        until_asked(shop, 1);
        shop.tell(Lose{});
        support::until([&] { return !watcher.ask(Downs{}).empty(); });
        const std::vector<Down> downs = watcher.ask(Downs{});
        ASSERT_EQ(downs.size(), 1u);
        EXPECT_EQ(downs[0].reason.kind, ExitKind::failed);
        EXPECT_THAT(downs[0].reason.what, testing::HasSubstr("dropped"));
    });
}

TEST_P(ThenTest, ItIsToldOfAnActorThatEndsAsAnAskIs) {
    class Asker : public Actor {
    public:
        explicit Asker(Ref<Shop> shop) : shop_{std::move(shop)} {}
        void on(Price price) {
            shop_.request(price).then([this](const Result<int>& result) {
                heard_ = result.code() == Errc::actor_stopped ? result.story() : "something else";
            });
        }
        std::string on(Numbers) { return heard_; }

    private:
        Ref<Shop> shop_;
        std::string heard_;
    };
    play([](SystemStage& stage) {
        auto shop = stage.system.spawn<Shop>();
        auto asker = stage.system.spawn<Asker>(shop);
        asker.tell(Price{});
        until_asked(shop, 1);
        shop.stop();
        support::until([&] { return !asker.ask(Numbers{}).empty(); });
        EXPECT_THAT(asker.ask(Numbers{}), testing::HasSubstr("Shop at "));
    });
}

TEST_P(ThenTest, AFailureThatAFutureTellsOfIsNot) {
    play([](SystemStage& stage) {
        Future<int> price;
        auto shop = stage.system.spawn<Shop>();
        auto customer = stage.system.spawn<Customer>(shop);
        customer.ask(WantAndKeep{price});
        until_asked(shop, 1);
        shop.tell(Settle{-1});
        EXPECT_THROW(price.get(), std::runtime_error);
        EXPECT_TRUE(customer.ask(Numbers{}).empty());
        EXPECT_EQ(stage.system.stats().failures, 0u);
    });
}

TEST_P(ThenTest, OfAnActorThatHasEndedItIsDroppedUnrun) {
    play([](SystemStage& stage) {
        Future<int> price;
        auto shop = stage.system.spawn<Shop>();
        auto customer = stage.system.spawn<Customer>(shop);
        customer.ask(WantAndKeep{price});
        until_asked(shop, 1);
        customer.tell(Stop{});
        support::until([&] { return customer.has_ended(); });
        shop.tell(Settle{500});
        try {
            price.get();
            ADD_FAILURE() << "it ran";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::broken);
        }
    });
}

}  // namespace greenroom
