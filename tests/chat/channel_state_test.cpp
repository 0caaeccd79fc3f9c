// ChannelState: who may do what in a channel, and what is said of it.
#include "channel_state.hpp"

#include <gtest/gtest.h>

#include "irc/limits.hpp"
#include "irc/text.hpp"

namespace chat {
namespace {

using Strings = std::vector<std::string>;

PersonPtr person(PersonNumber number, std::string nick, std::string user, std::string host) {
    return std::make_shared<Person>(
        Person{number, std::move(nick), std::move(user), std::move(host)});
}

const PersonPtr ada_here = person(1, "ada", "a", "h1");
const PersonPtr grace_here = person(2, "Grace", "g", "h2");
const PersonPtr mallory_here = person(3, "mallory", "m", "h3");
const Person& ada = *ada_here;
const Person& grace = *grace_here;
const Person& mallory = *mallory_here;

class ChannelStateTest : public testing::Test {
protected:
    ChannelStateTest() {
        channel.join(ada_here, "");
        channel.join(grace_here, "");
    }

    // The numbers of the replies, as "482 441".
    static std::string numbers(const Outcome& outcome) {
        std::string all;
        for (const std::string& line : outcome.replies) {
            if (!all.empty()) all += ' ';
            all += line.substr(line.find(' ') + 1, 3);
        }
        return all;
    }

    static std::string announced(const Outcome& outcome) {
        std::string all;
        for (const std::string& line : outcome.announced) all += line.substr(0, line.size() - 2);
        return all;
    }

    Outcome mode(const Person& who, std::vector<std::string_view> words) {
        return channel.mode(who, words, 100);
    }

    ChannelState channel{"s.s", "#Tea", 42};
};

}  // namespace

TEST_F(ChannelStateTest, TheFirstToJoinIsOperatorAndTheNextIsNot) {
    EXPECT_TRUE(channel.find(1)->is_operator);
    EXPECT_FALSE(channel.find(2)->is_operator);
    EXPECT_EQ(channel.names(ada), (Strings{":s.s 353 ada = #Tea :@ada Grace\r\n",
                                           ":s.s 366 ada #Tea :End of NAMES list\r\n"}));
}

TEST_F(ChannelStateTest, AJoinIsAnnouncedAndAnsweredWithTopicAndNames) {
    channel.set_topic(ada, "green", 77);
    const Outcome outcome = channel.join(mallory_here, "");
    EXPECT_EQ(announced(outcome), ":mallory!m@h3 JOIN #Tea");
    EXPECT_EQ(numbers(outcome), "332 333 353 366");
    EXPECT_EQ(outcome.replies[0], ":s.s 332 mallory #Tea :green\r\n");
    EXPECT_EQ(outcome.replies[1], ":s.s 333 mallory #Tea ada!a@h1 77\r\n");
    EXPECT_TRUE(channel.join(mallory_here, "").replies.empty()) << "joining twice says nothing";
}

TEST_F(ChannelStateTest, APartIsAnnouncedToTheOneWhoLeftAsWell) {
    const Outcome outcome = channel.part(grace, "tea is out");
    EXPECT_EQ(announced(outcome), ":Grace!g@h2 PART #Tea :tea is out");
    EXPECT_EQ(outcome.removed, grace_here);
    EXPECT_EQ(channel.find(2), nullptr);
    EXPECT_EQ(numbers(channel.part(grace, "")), "442");
}

TEST_F(ChannelStateTest, NamesKeepToTheLineLimit) {
    for (PersonNumber number = 10; number < 110; ++number) {
        channel.join(person(number, "somebody" + std::to_string(number), "u", "h"), "");
    }
    const Strings lines = channel.names(ada);
    std::size_t names = 0;
    EXPECT_GT(lines.size(), 3u);
    for (const std::string& line : lines) {
        EXPECT_LE(line.size(), line_bytes_max);
        for (std::size_t at = 0; (at = line.find("somebody", at)) != std::string::npos; ++at)
            ++names;
    }
    EXPECT_EQ(names, 100u);
}

TEST_F(ChannelStateTest, OnlyOperatorsSetALockedTopic) {
    EXPECT_EQ(numbers(channel.set_topic(grace, "mine", 1)), "482");
    EXPECT_EQ(numbers(channel.set_topic(mallory, "mine", 1)), "442");
    EXPECT_EQ(announced(channel.set_topic(ada, "green", 1)), ":ada!a@h1 TOPIC #Tea :green");
    mode(ada, {"-t"});
    EXPECT_EQ(announced(channel.set_topic(grace, "", 1)), ":Grace!g@h2 TOPIC #Tea :");
    EXPECT_EQ(numbers(channel.show_topic(ada)), "331");
}

TEST_F(ChannelStateTest, TopicsAreClippedBetweenCharacters) {
    std::string tea;
    for (int i = 0; i < 200; ++i) tea += "\u8336";
    channel.set_topic(ada, tea, 1);
    EXPECT_LE(channel.topic_text().size(), topic_bytes_max);
    EXPECT_TRUE(is_utf8(channel.topic_text()));
}

TEST_F(ChannelStateTest, OutsidersMaySpeakOnlyWithoutN) {
    EXPECT_TRUE(channel.refuse_message(mallory));
    mode(ada, {"-n"});
    EXPECT_FALSE(channel.refuse_message(mallory));
}

TEST_F(ChannelStateTest, AModeratedChannelHearsVoicesAndOperators) {
    EXPECT_FALSE(channel.refuse_message(grace));
    mode(ada, {"+m"});
    EXPECT_EQ(*channel.refuse_message(grace), ":s.s 404 Grace #Tea :Cannot send to channel\r\n");
    EXPECT_FALSE(channel.refuse_message(ada));
    mode(ada, {"+v", "grace"});
    EXPECT_FALSE(channel.refuse_message(grace));
}

TEST_F(ChannelStateTest, KickNeedsAnOperatorAndATarget) {
    EXPECT_EQ(numbers(channel.kick(grace, "ada", "")), "482");
    EXPECT_EQ(numbers(channel.kick(mallory, "ada", "")), "442");
    EXPECT_EQ(numbers(channel.kick(ada, "mallory", "")), "441");
    const Outcome outcome = channel.kick(ada, "GRACE", "bye now");
    EXPECT_EQ(announced(outcome), ":ada!a@h1 KICK #Tea Grace :bye now");
    EXPECT_EQ(outcome.removed, grace_here);
    EXPECT_EQ(channel.find(2), nullptr);
}

TEST_F(ChannelStateTest, AnInvitationOpensADoorOnce) {
    mode(ada, {"+i"});
    EXPECT_EQ(numbers(channel.join(mallory_here, "")), "473");
    EXPECT_EQ(numbers(channel.invite(grace, mallory)), "482");
    EXPECT_EQ(numbers(channel.invite(ada, grace)), "443");
    EXPECT_EQ(numbers(channel.invite(mallory, mallory)), "442");
    const Outcome invited = channel.invite(ada, mallory);
    EXPECT_EQ(invited.replies[0], ":s.s 341 ada mallory #Tea\r\n");
    EXPECT_EQ(invited.to_guest, ":ada!a@h1 INVITE mallory #Tea\r\n");
    EXPECT_FALSE(channel.join(mallory_here, "").announced.empty());
    channel.part(mallory, "");
    EXPECT_EQ(numbers(channel.join(mallory_here, "")), "473");
}

TEST_F(ChannelStateTest, AKeyALimitAndABanKeepPeopleOut) {
    mode(ada, {"+k", "open"});
    EXPECT_EQ(numbers(channel.join(mallory_here, "shut")), "475");
    mode(ada, {"-k", "whatever"});
    mode(ada, {"+l", "2"});
    EXPECT_EQ(numbers(channel.join(mallory_here, "")), "471");
    mode(ada, {"-l"});
    mode(ada, {"+b", "*!*@H3"});
    EXPECT_EQ(numbers(channel.join(mallory_here, "")), "474");
    mode(ada, {"-b", "*!*@h3"});
    EXPECT_FALSE(channel.join(mallory_here, "").announced.empty());
}

TEST_F(ChannelStateTest, ABannedMemberMayNotSpeakUnlessVoiced) {
    mode(ada, {"+b", "grace"});
    EXPECT_TRUE(channel.refuse_message(grace));
    mode(ada, {"+v", "grace"});
    EXPECT_FALSE(channel.refuse_message(grace));
}

TEST_F(ChannelStateTest, ModesAreAnnouncedOnceAndOnlyIfTheyChangedSomething) {
    EXPECT_EQ(announced(mode(ada, {"+nimo-t+v", "grace", "grace"})),
              ":ada!a@h1 MODE #Tea +imo-t+v Grace Grace");
    EXPECT_EQ(announced(mode(ada, {"+i"})), "");
    EXPECT_EQ(announced(mode(ada, {"+k", "key"})), ":ada!a@h1 MODE #Tea +k key");
    EXPECT_EQ(announced(mode(ada, {"-k", "other"})), ":ada!a@h1 MODE #Tea -k *");
    EXPECT_EQ(announced(mode(ada, {"+l", "007"})), ":ada!a@h1 MODE #Tea +l 7");
}

TEST_F(ChannelStateTest, ModesAnswerWhatIsWrong) {
    EXPECT_EQ(numbers(mode(grace, {"+i"})), "482");
    EXPECT_EQ(numbers(mode(mallory, {"+i"})), "442");
    EXPECT_EQ(numbers(mode(ada, {"+o", "mallory"})), "441");
    EXPECT_EQ(numbers(mode(ada, {"+o"})), "461");
    EXPECT_EQ(numbers(mode(ada, {"+X"})), "472");
    EXPECT_EQ(numbers(mode(ada, {"+k", "a,b"})), "696");
    EXPECT_EQ(numbers(mode(ada, {"+l", "none"})), "696");
    mode(ada, {"+k", "one"});
    EXPECT_EQ(numbers(mode(ada, {"+k", "two"})), "467");
}

TEST_F(ChannelStateTest, AskedForItsModesItHidesTheKeyFromOutsiders) {
    mode(ada, {"+kl", "open", "9"});
    EXPECT_EQ(mode(ada, {}).replies,
              (Strings{":s.s 324 ada #Tea +ntkl open 9\r\n", ":s.s 329 ada #Tea 42\r\n"}));
    EXPECT_EQ(mode(mallory, {}).replies[0], ":s.s 324 mallory #Tea +ntkl * 9\r\n");
}

TEST_F(ChannelStateTest, TheBanListIsShownAndBounded) {
    EXPECT_EQ(numbers(mode(grace, {"b"})), "368");
    for (std::size_t i = 0; i < bans_max; ++i) {
        EXPECT_EQ(numbers(mode(ada, {"+b", "evil" + std::to_string(i)})), "");
    }
    EXPECT_EQ(numbers(mode(ada, {"+b", "one_more"})), "478");
    const Outcome outcome = mode(grace, {"+b"});
    ASSERT_EQ(outcome.replies.size(), bans_max + 1);
    EXPECT_EQ(outcome.replies[0], ":s.s 367 Grace #Tea evil0!*@* ada!a@h1 100\r\n");
}

TEST_F(ChannelStateTest, ASecretChannelTellsOutsidersNothing) {
    mode(ada, {"+s"});
    EXPECT_EQ(channel.names(mallory).size(), 1u);
    EXPECT_EQ(numbers(channel.show_topic(mallory)), "442");
    EXPECT_EQ(numbers(mode(mallory, {})), "442");
    EXPECT_EQ(numbers(mode(mallory, {"b"})), "442");
    EXPECT_EQ(channel.names(ada)[0], ":s.s 353 ada @ #Tea :@ada Grace\r\n");
}

TEST_F(ChannelStateTest, TheInvisibleAreShownToMembersOnly) {
    auto hidden = std::make_shared<Person>(grace);
    hidden->invisible = true;
    EXPECT_TRUE(channel.replace(hidden));
    EXPECT_EQ(channel.names(mallory)[0], ":s.s 353 mallory = #Tea :@ada\r\n");
    EXPECT_EQ(channel.names(ada)[0], ":s.s 353 ada = #Tea :@ada Grace\r\n");
    EXPECT_EQ(channel.shown_to(mallory.number).size(), 1u);
    EXPECT_EQ(channel.shown_to(grace.number).size(), 2u);
}

TEST_F(ChannelStateTest, ALongAnnouncementTakesAsManyLinesAsItNeeds) {
    const PersonPtr long_one =
        person(9, std::string(nick_bytes_max, 'n'), std::string(user_bytes_max, 'u'),
               std::string(host_bytes_max, 'h'));
    ChannelState long_channel{"s.s", '#' + std::string(channel_bytes_max - 1, 'c'), 42};
    long_channel.join(long_one, "");
    Strings masks;
    for (char letter : {'a', 'b', 'c', 'd'}) {
        masks.push_back(std::string(mask_bytes_max - 4, letter) + "!*@*");
    }
    const Outcome outcome =
        long_channel.mode(*long_one, {"+bbbb", masks[0], masks[1], masks[2], masks[3]}, 100);
    ASSERT_EQ(outcome.announced.size(), 2u);
    for (const std::string& mask : masks) {
        const bool told = outcome.announced[0].find(' ' + mask) != std::string::npos ||
                          outcome.announced[1].find(' ' + mask) != std::string::npos;
        EXPECT_TRUE(told) << mask;
    }
    EXPECT_NE(outcome.announced[1].find(" +b " + masks[3] + "\r\n"), std::string::npos);
    for (const std::string& line : outcome.announced) EXPECT_LE(line.size(), line_bytes_max);
}

TEST_F(ChannelStateTest, ARenamedMemberKeepsEverything) {
    EXPECT_TRUE(channel.replace(person(1, "countess", "a", "h1")));
    EXPECT_TRUE(channel.find_nick("Countess")->is_operator);
    EXPECT_EQ(channel.find_nick("ada"), nullptr);
    EXPECT_FALSE(channel.replace(person(99, "nobody", "n", "h")));
}

}  // namespace chat
