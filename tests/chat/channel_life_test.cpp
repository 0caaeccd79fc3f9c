// The life of a channel: it ends when it is empty, and nobody who comes just then notices.
#include <gtest/gtest.h>

#include <greenroom/actors/faults.hpp>
#include <greenroom/actors/system.hpp>
#include <memory>
#include <string>

#include "config.hpp"
#include "registry.hpp"
#include "support/on_systems.hpp"

namespace chat {
namespace {

using greenroom::Ref;
using greenroom::support::SystemStage;

class ChannelLifeTest : public greenroom::support::OnSystems {
protected:
    static PersonPtr person(PersonNumber number, std::string nick) {
        return std::make_shared<Person>(Person{number, std::move(nick), "user", "host"});
    }

    static Ref<Registry> registry_of(SystemStage& stage) {
        return stage.system.spawn<Registry>(std::make_shared<Config>(
            Config{Options{}, "now", std::make_shared<Log>(LogLevel::off)}));
    }

    const PersonPtr ada = person(1, "ada");
    const PersonPtr grace = person(2, "grace");
};
GREENROOM_ON_ALL_RUNTIMES(ChannelLifeTest);

std::size_t channels_of(const Ref<Registry>& registry) {
    return registry.ask(TakeCensus{}).channels;
}

}  // namespace

TEST_P(ChannelLifeTest, ItEndsWhenTheLastMemberLeaves) {
    play([&](SystemStage& stage) {
        const auto registry = registry_of(stage);
        const auto channel = registry.ask(JoinChannel{"#tea", ada, ""});
        EXPECT_EQ(registry.ask(JoinChannel{"#TEA", grace, ""}), channel);
        EXPECT_TRUE(channel.ask(Part{ada, ""}));
        EXPECT_EQ(registry.ask(FindChannel{"#tea"}), channel);
        EXPECT_TRUE(channel.ask(Part{grace, ""}));
        EXPECT_FALSE(registry.ask(FindChannel{"#tea"}));
        EXPECT_EQ(channels_of(registry), 0u);
    });
}

// It is the same channel or another: as grace sees it, it is new.
TEST_P(ChannelLifeTest, WhoComesJustAsTheLastOneLeavesFindsANewOne) {
    int stayed = 0;
    int opened_anew = 0;
    play([&](SystemStage& stage) {
        const auto registry = registry_of(stage);
        for (int round = 0; round < 10; ++round) {
            const auto before = registry.ask(JoinChannel{"#tea", ada, ""});
            before.ask(SetTopic{ada, "closed"});
            before.ask(ChangeMode{ada, {"+ik", "key"}});
            auto parted = before.request(Part{ada, ""});
            auto joined = registry.request(JoinChannel{"#tea", grace, ""});
            EXPECT_TRUE(parted.get());
            const auto after = joined.get();
            ++(after == before ? stayed : opened_anew);
            ASSERT_TRUE(after) << "grace was refused";
            EXPECT_EQ(after.ask(Summarise{grace->number}).topic, "");
            EXPECT_EQ(after.ask(SignOf{grace->number, grace->number}), "@#tea");
            EXPECT_TRUE(registry.ask(JoinChannel{"#tea", ada, ""})) << "a key or +i has stayed";
            EXPECT_TRUE(after.ask(Part{ada, ""}));
            EXPECT_TRUE(after.ask(Part{grace, ""}));
            EXPECT_EQ(channels_of(registry), 0u);
        }
    });
    if (!simulated()) return;
    EXPECT_GT(stayed, 10);
    EXPECT_GT(opened_anew, 10);
}

// Who asked may have gone when the JOIN comes to the channel that was opened for it.
TEST_P(ChannelLifeTest, OneWhoseFirstJoinIsNeverHandledEndsAsWell) {
    play([&](SystemStage& stage) {
        const auto registry = registry_of(stage);
        greenroom::Faults faults{stage.system};
        const greenroom::Fault lost = faults.drop<Join>();
        auto joined = registry.request(JoinChannel{"#tea", ada, ""});
        lost.wait_struck();
        greenroom::support::until([&] { return channels_of(registry) == 0; });
        const auto channel = registry.ask(JoinChannel{"#tea", grace, ""});
        EXPECT_TRUE(channel.ask(Part{grace, ""}));
    });
}

}  // namespace chat
