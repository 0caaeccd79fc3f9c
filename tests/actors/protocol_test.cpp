// Ref<Protocol<...>>: an actor by what it handles, without its class.
#include <gtest/gtest.h>

#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <memory>
#include <sstream>
#include <string>
#include <unordered_set>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace cast;
using support::SystemStage;

class ProtocolTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ProtocolTest);

struct Load {
    std::string name;
};
struct Save {
    std::string name;
    std::unique_ptr<int> value;
};
struct Wait {};

using Store = Protocol<int(Load), void(Save), void(Wait)>;
using Reader = Protocol<int(Load)>;

class OneStore : public Actor {
public:
    int on(const Load& load) { return load.name == name_ ? value_ : 0; }
    void on(Save save) {
        name_ = save.name;
        value_ = *save.value;
    }
    // Of no interest to who knows the protocol alone.
    std::string on(Wait) { return "done"; }

private:
    std::string name_;
    int value_ = 0;
};

class LateStore : public Actor {
public:
    void on(Load, Reply<int> reply) { reply.set(last_); }
    void on(const Save& save) { last_ = *save.value; }
    Result<void> on(Wait) { return Error{Errc::not_found, "nothing to wait for"}; }

private:
    int last_ = 0;
};

Save save(const char* name, int value) { return {name, std::make_unique<int>(value)}; }

// Two classes that know each other by what they handle.
struct Ping {
    int left;
    Ref<Protocol<void(Ping)>> from;
};
class Pinger : public Actor {
public:
    void on(Ping ping) {
        if (ping.left > 0) ping.from.tell(Ping{ping.left - 1, self(this)});
        ++count_;
    }
    int on(Numbers) { return count_; }

private:
    int count_ = 0;
};

}  // namespace

TEST_P(ProtocolTest, ManyClassesAreOfOneProtocol) {
    play([](SystemStage& stage) {
        const std::vector<Ref<Store>> stores{stage.system.spawn<OneStore>(),
                                             stage.system.spawn<LateStore>()};
        for (const Ref<Store>& store : stores) {
            store.tell(save("a", 3));
            EXPECT_EQ(store.ask(Load{"a"}), 3);
            EXPECT_EQ(store.request(Load{"a"}).get(), 3);
            EXPECT_EQ(store.try_tell(save("a", 4)), Sent::sent);
            EXPECT_EQ(store.ask(Load{"a"}), 4);
            store.tell<Save>("a", std::make_unique<int>(5));
            EXPECT_EQ(store.ask(Load{"a"}), 5);
        }
    });
}

TEST_P(ProtocolTest, WhoWantsNoAnswerStillLearnsOfAFailure) {
    play([](SystemStage& stage) {
        const Ref<Store> good = stage.system.spawn<OneStore>();
        good.ask(Wait{});
        good.request(Wait{}).get();
        const Ref<Store> bad = stage.system.spawn<LateStore>();
        EXPECT_THROW(bad.ask(Wait{}), Error);
        EXPECT_EQ(bad.request(Wait{}).result().code(), Errc::not_found);
    });
}

TEST_P(ProtocolTest, APartOfItIsAProtocolToo) {
    play([](SystemStage& stage) {
        const Ref<Store> store = stage.system.spawn<LateStore>();
        store.tell(save("", 8));
        const Ref<Reader> reader = store;
        EXPECT_EQ(reader.ask(Load{}), 8);
        const Ref<Protocol<void(Wait), int(Load)>> other_order = store;
        EXPECT_EQ(other_order.ask(Load{}), 8);
        const Ref<Reader> nobody = Ref<Store>{};
        EXPECT_FALSE(nobody);
    });
}

TEST_P(ProtocolTest, ReferencesToOneActorAreEqualWhateverTheirType) {
    play([](SystemStage& stage) {
        const Ref<OneStore> one = stage.system.spawn<OneStore>();
        const Ref<Store> store = one;
        const Ref<Reader> reader = store;
        EXPECT_EQ(one, store);
        EXPECT_EQ(store, reader);
        EXPECT_EQ(store.id(), one.id());
        EXPECT_NE(store, Ref<Store>{stage.system.spawn<OneStore>()});
        EXPECT_EQ(std::hash<Ref<Store>>{}(store), std::hash<Ref<OneStore>>{}(one));
        std::unordered_set<Ref<Store>> set{store, one, Ref<Store>{stage.system.spawn<OneStore>()}};
        EXPECT_EQ(set.size(), 2u);
        std::ostringstream text;
        text << store << ", " << Ref<Store>{};
        EXPECT_EQ(text.str(), to_string(one) + ", nobody");
        EXPECT_NE(to_string(one).find("OneStore"), std::string::npos);
    });
}

TEST_P(ProtocolTest, IsWatchedStoppedAndForwardedToLikeAnyReference) {
    play([](SystemStage& stage) {
        class Front : public Actor {
        public:
            explicit Front(Ref<Reader> back) : back_{std::move(back)} {}
            void on_start() override { watch(this, back_); }
            void on(Load load, Reply<int> reply) {
                back_.forward(std::move(load), std::move(reply));
            }
            void on(const Down&) { gone_.set(); }
            void on(const Wait&, Reply<void> reply) {
                gone_.wait();
                reply.set();
            }

        private:
            Ref<Reader> back_;
            Event gone_;
        };
        const Ref<Store> store = stage.system.spawn<OneStore>();
        const Ref<Reader> front = stage.system.spawn<Front>(store);
        store.tell(save("a", 2));
        EXPECT_EQ(front.ask(Load{"a"}), 2);
        store.stop();
        EXPECT_THROW((void)store.ask(Load{"a"}), ActorStopped);
        EXPECT_THROW((void)front.ask(Load{"a"}), ActorStopped);
    });
}

TEST_P(ProtocolTest, CutsTheCircleOfTwoClasses) {
    play([](SystemStage& stage) {
        auto left = stage.system.spawn<Pinger>();
        auto right = stage.system.spawn<Pinger>();
        left.tell(Ping{9, right});
        while (left.ask(Numbers{}) + right.ask(Numbers{}) < 10) yield();
        EXPECT_EQ(left.ask(Numbers{}), 5);
    });
}

}  // namespace greenroom
