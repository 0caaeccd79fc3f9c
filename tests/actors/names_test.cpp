// Names: who is found under one, as what, and how long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <string>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace cast;
using support::SystemStage;

class NamesTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(NamesTest);

using Ear = Protocol<void(Number), std::vector<int>(Numbers)>;

// What `call` throws, "code: story".
template <class Call>
std::string refusal(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code().message() + ": " + error.what();
    }
    return "nothing";
}

}  // namespace

TEST_P(NamesTest, ANamedActorIsFound) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name("ear", listener);
        EXPECT_EQ(stage.system.find<Listener>("ear"), listener);
        EXPECT_EQ(stage.system.try_find<Listener>("ear"), listener);
        EXPECT_EQ(stage.system.stats().names, 1U);
    });
}

TEST_P(NamesTest, ATakenNameIsRefusedAndNamesItsOwner) {
    play([](SystemStage& stage) {
        auto first = stage.system.spawn<Listener>();
        auto second = stage.system.spawn<Listener>();
        stage.system.register_name("ear", first);
        try {
            stage.system.register_name("ear", second);
            ADD_FAILURE() << "threw nothing";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::name_taken);
            EXPECT_THAT(error.what(), testing::HasSubstr("\"ear\" is greenroom::cast::Listener's"));
        }
        EXPECT_EQ(stage.system.find<Listener>("ear"), first);
    });
}

TEST_P(NamesTest, AnUnknownNameAndAnotherTypeAreNotFoundAndTheErrorSaysWhy) {
    play([](SystemStage& stage) {
        stage.system.register_name("ear", stage.system.spawn<Listener>());
        const System& system = stage.system;
        EXPECT_THAT(refusal([&] { system.find<Listener>("eye"); }),
                    testing::HasSubstr("no actor is named \"eye\""));
        const std::string of_class = refusal([&] { system.find<Watcher>("ear"); });
        EXPECT_THAT(of_class, testing::HasSubstr("\"ear\" is of class greenroom::cast::Listener"));
        EXPECT_THAT(of_class, testing::HasSubstr("not as greenroom::cast::Watcher"));
        const std::string of_protocol = refusal([&] { system.find<Ear>("ear"); });
        EXPECT_THAT(of_protocol, testing::HasSubstr("not as greenroom::Protocol<void"));
        EXPECT_THAT(of_protocol, testing::HasSubstr("only who was registered as a protocol"));
        EXPECT_FALSE(system.try_find<Listener>("eye"));
        EXPECT_FALSE(system.try_find<Watcher>("ear"));
        EXPECT_FALSE(system.try_find<Ear>("ear"));
    });
}

TEST_P(NamesTest, WhoIsRegisteredAsAProtocolIsFoundAsAnyPartOfIt) {
    play([](SystemStage& stage) {
        auto listener = stage.system.spawn<Listener>();
        stage.system.register_name<Ear>("ear", listener);
        const Ref<Ear> whole = stage.system.find<Ear>("ear");
        whole.tell(Number{1});
        const auto part = stage.system.find<Protocol<void(Number)>>("ear");
        part.tell(Number{2});
        const auto turned =
            stage.system.find<Protocol<std::vector<int>(Numbers), void(Number)>>("ear");
        turned.tell(Number{3});
        EXPECT_EQ(turned.ask(Numbers{}), (std::vector<int>{1, 2, 3}));
        // A message that is taken by reference is the same message.
        EXPECT_TRUE(stage.system.try_find<Protocol<void(const Number&)>>("ear"));
        EXPECT_FALSE(stage.system.try_find<Protocol<int(Fail)>>("ear"));
        EXPECT_FALSE(stage.system.try_find<Protocol<void(Numbers)>>("ear")) << "R(M) is exact";
        EXPECT_EQ(stage.system.find<Listener>("ear"), listener) << "its class is what it is";
        EXPECT_EQ(stage.system.find<Actor>("ear"), listener) << "every actor is one";
    });
}

TEST_P(NamesTest, WhoIsRegisteredAsABaseClassIsFoundAsThatAndAsItsOwn) {
    play([](SystemStage& stage) {
        class Keen : public Listener {};
        auto keen = stage.system.spawn<Keen>();
        stage.system.register_name<Listener>("ear", keen);
        stage.system.find<Listener>("ear").tell(Number{1});
        EXPECT_EQ(stage.system.find<Keen>("ear"), keen);
        stage.system.register_name("keen ear", keen);
        EXPECT_FALSE(stage.system.try_find<Listener>("keen ear"));
    });
}

// Property  However often a reference goes from one protocol to another and back, tables are made
//           once for each protocol.
TEST_P(NamesTest, TablesOfProtocolsAreMadeOnce) {
    play([](SystemStage& stage) {
        using Turned = Protocol<std::vector<int>(Numbers), void(Number)>;
        Ref<Ear> ear = stage.system.spawn<Listener>();
        const auto entries = [](const Ref<Ear>& of) {
            return detail::NamedAs<Ear>::from(of).table;
        };
        ear = Ref<Turned>{ear};
        const auto* const first = entries(ear);
        for (int i = 0; i < 3; ++i) {
            ear = Ref<Turned>{ear};
            EXPECT_EQ(entries(ear), first);
        }
    });
}

TEST_P(NamesTest, AllAreListedInOrder) {
    play([](SystemStage& stage) {
        EXPECT_TRUE(stage.system.names().empty());
        std::vector<std::string> wanted;
        auto listener = stage.system.spawn<Listener>();
        for (int i = 0; i < 200; ++i) {
            wanted.push_back("name " + std::to_string(i));
            stage.system.register_name(wanted.back(), listener);
        }
        std::sort(wanted.begin(), wanted.end());
        EXPECT_EQ(stage.system.names(), wanted);
        listener.kill();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_TRUE(stage.system.names().empty());
    });
}

TEST_P(NamesTest, ANameMayBeTakenBackAndGivenAgain) {
    play([](SystemStage& stage) {
        auto first = stage.system.spawn<Listener>();
        auto second = stage.system.spawn<Listener>();
        EXPECT_FALSE(stage.system.unregister_name("ear"));
        stage.system.register_name("ear", first);
        EXPECT_TRUE(stage.system.unregister_name("ear"));
        EXPECT_FALSE(stage.system.unregister_name("ear"));
        EXPECT_FALSE(stage.system.try_find<Listener>("ear"));
        stage.system.register_name("ear", second);
        first.kill();  // who had it once takes nothing from who has it
        support::until([&] { return stage.system.stats().actors == 1; });
        EXPECT_EQ(stage.system.find<Listener>("ear"), second);
    });
}

TEST_P(NamesTest, BeyondTheLimitANameIsRefused) {
    SystemOptions options;
    options.names_max = 2;
    play(
        [](SystemStage& stage) {
            auto listener = stage.system.spawn<Listener>();
            stage.system.register_name("left", listener);
            stage.system.register_name("right", listener);
            const std::string third =
                refusal([&] { stage.system.register_name("third", listener); });
            EXPECT_THAT(third, testing::HasSubstr("\"third\": the system has 2 names already"));
            EXPECT_THAT(refusal([&] { stage.system.register_name("left", listener); }),
                        testing::HasSubstr("\"left\" is"));
            EXPECT_TRUE(stage.system.unregister_name("left"));
            EXPECT_NO_THROW(stage.system.register_name("third", listener));
        },
        options);
}

TEST_P(NamesTest, TheNamesOfAnActorThatHasEndedAreFree) {
    play([](SystemStage& stage) {
        auto first = stage.system.spawn<Listener>();
        stage.system.register_name("ear", first);
        stage.system.register_name("left ear", first);
        first.kill();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_THROW(stage.system.find<Listener>("left ear"), Error);
        auto second = stage.system.spawn<Listener>();
        EXPECT_NO_THROW(stage.system.register_name("ear", second));
        EXPECT_THROW(stage.system.register_name("late", first), ActorStopped);
    });
}

// Takes its time to end.
class Lingering : public Actor {
public:
    Lingering(Event& ending, Event& go_on) : ending_{ending}, go_on_{go_on} {}
    void on_stop(const ExitReason&) override {
        ending_.set();
        go_on_.wait();
    }

private:
    Event& ending_;
    Event& go_on_;
};

TEST_P(NamesTest, WhoIsEndingHasItsNamesAndIsNotFoundAnyMore) {
    play([](SystemStage& stage) {
        Event ending;
        Event go_on;
        auto slow = stage.system.spawn<Lingering>(ending, go_on);
        stage.system.register_name("ear", slow);
        slow.stop();
        ending.wait();
        EXPECT_THAT(refusal([&] { stage.system.find<Lingering>("ear"); }),
                    testing::HasSubstr("\"ear\" is greenroom::Lingering's, which has ended"));
        EXPECT_FALSE(stage.system.try_find<Lingering>("ear"));
        auto next = stage.system.spawn<Listener>();
        EXPECT_THAT(refusal([&] { stage.system.register_name("ear", next); }),
                    testing::HasSubstr("\"ear\" is greenroom::Lingering's"));
        EXPECT_THROW(stage.system.register_name("late", slow), ActorStopped);
        auto waits = stage.spawn(
            [&] { return stage.system.find_before<Listener>("ear", Deadline::never()); });
        stage.until_waiting("name", 1);
        go_on.set();
        support::until([&] { return stage.system.stats().actors == 1; });
        stage.system.register_name("ear", next);
        EXPECT_EQ(waits.get(), next);
    });
}

// Property  A name that is registered while its actor ends does not stay behind.
TEST_P(NamesTest, AnEndThatRacesWithARegistrationLeavesNoName) {
    int registered = 0;
    int refused = 0;
    play([&](SystemStage& stage) {
        const int rounds = stage.times(200);
        for (int round = 0; round < rounds; ++round) {
            auto listener = stage.system.spawn<Listener>();
            auto ender = stage.spawn([listener] { listener.stop(); });
            try {
                stage.system.register_name("ear", listener);
                ++registered;
            } catch (const ActorStopped&) {
                ++refused;
            }
            ender.get();
            support::until([&] { return stage.system.stats().actors == 0; });
            EXPECT_THROW(stage.system.find<Listener>("ear"), Error);
            EXPECT_EQ(stage.system.stats().names, 0U);
        }
    });
    expect_both(registered, refused);
}

// Property  Of many that want one name at a time one has it, and a name that is given back, by its
//           end or by hand, is there for the next.
TEST_P(NamesTest, OneOfManyHasIt) {
    int taken = 0;
    int refused = 0;
    play([&](SystemStage& stage) {
        std::atomic<int> having{0};
        std::atomic<int> won{0};
        std::atomic<int> lost{0};
        std::vector<Task<void>> tasks;
        for (int i = 0; i < 4; ++i) {
            tasks.push_back(stage.spawn([&, i] {
                for (int round = 0; round < stage.times(400); ++round) {
                    auto listener = stage.system.spawn<Listener>();
                    try {
                        stage.system.register_name("ear", listener);
                    } catch (const Error& error) {
                        EXPECT_EQ(error.code(), Errc::name_taken);
                        lost.fetch_add(1);
                        listener.kill();
                        continue;
                    }
                    EXPECT_EQ(having.fetch_add(1), 0);
                    won.fetch_add(1);
                    yield();
                    having.fetch_sub(1);
                    const bool by_hand = i % 2 == 0;
                    EXPECT_EQ(by_hand && stage.system.unregister_name("ear"), by_hand);
                    listener.kill();
                }
            }));
        }
        for (Task<void>& task : tasks) task.get();
        support::until([&] { return stage.system.stats().actors == 0; });
        EXPECT_TRUE(stage.system.names().empty());
        taken += won.load();
        refused += lost.load();
    });
    EXPECT_GT(taken, 0);
    expect_both(taken, refused);
}

}  // namespace greenroom
