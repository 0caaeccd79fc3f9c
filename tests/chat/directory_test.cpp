// Directory: who is here, by number and by nick.
#include "directory.hpp"

#include <gtest/gtest.h>

namespace chat {
namespace {

// Enters, claims and registers.
PersonNumber add(Directory& directory, const std::string& nick, const std::string& host = "h") {
    const PersonNumber number = directory.enter({});
    EXPECT_TRUE(directory.claim(number, nick));
    directory.introduce(std::make_shared<Person>(Person{number, nick, "u", host, "Real Name"}));
    return number;
}

void hide(Directory& directory, PersonNumber number) {
    auto hidden = std::make_shared<Person>(*directory.find(number)->person);
    hidden->invisible = true;
    directory.set_invisible(hidden);
}

}  // namespace

TEST(Directory, ANickIsOneConnectionsAlone) {
    Directory directory;
    const PersonNumber ada = add(directory, "ada[");
    const PersonNumber late = directory.enter({});
    EXPECT_FALSE(directory.claim(late, "ADA{")) << "case does not tell two nicks apart";
    EXPECT_TRUE(directory.claim(ada, "Ada{")) << "one's own nick in another case";
    directory.leave(ada);
    EXPECT_TRUE(directory.claim(late, "ada["));
}

TEST(Directory, ANewNickFreesTheOldOne) {
    Directory directory;
    const PersonNumber ada = add(directory, "ada");
    EXPECT_TRUE(directory.claim(ada, "countess"));
    const PersonNumber other = directory.enter({});
    EXPECT_TRUE(directory.claim(other, "ada"));
    EXPECT_FALSE(directory.claim(other, "countess"));
    EXPECT_NE(directory.find_nick("Countess"), nullptr);
}

TEST(Directory, WhoHasNotRegisteredIsNotFoundByNick) {
    Directory directory;
    const PersonNumber number = directory.enter({});
    directory.claim(number, "ada");
    EXPECT_EQ(directory.find_nick("ada"), nullptr);
    EXPECT_NE(directory.find(number), nullptr);
}

TEST(Directory, LeavingTwiceOrClaimingAfterwardsDoesNothing) {
    Directory directory;
    const PersonNumber ada = add(directory, "ada");
    directory.leave(ada);
    directory.leave(ada);
    EXPECT_FALSE(directory.claim(ada, "ada"));
    EXPECT_EQ(directory.size(), 0u);
    EXPECT_EQ(directory.census().registered(), 0u);
}

TEST(Directory, MasksMatchNickUserHostAndRealName) {
    Directory directory;
    add(directory, "ada", "one.example");
    add(directory, "grace", "two.example");
    EXPECT_EQ(directory.matching("*", 0).size(), 2u);
    EXPECT_EQ(directory.matching("ADA", 0).size(), 1u);
    EXPECT_EQ(directory.matching("*.example", 0).size(), 2u);
    EXPECT_EQ(directory.matching("real*", 0).size(), 2u);
    EXPECT_EQ(directory.matching("nobody", 0).size(), 0u);
}

TEST(Directory, TheInvisibleAreSeenByThoseWhoKnowThem) {
    Directory directory;
    const PersonNumber ada = add(directory, "ada");
    const PersonNumber grace = add(directory, "grace");
    hide(directory, grace);
    EXPECT_EQ(directory.matching("*", ada).size(), 1u);
    EXPECT_EQ(directory.matching("u", ada).size(), 1u);
    EXPECT_EQ(directory.matching("GRACE", ada).size(), 1u) << "who is named is known";
    EXPECT_EQ(directory.matching("*", grace).size(), 2u) << "oneself";
    directory.find(ada)->channels = {"#other", "#Tea"};
    directory.find(grace)->channels = {"#tea"};
    EXPECT_EQ(directory.matching("*", ada).size(), 2u) << "they meet in a channel";
}

TEST(Directory, TheCensusCountsKindsAndRemembersTheMost) {
    Directory directory;
    const PersonNumber ada = add(directory, "ada");
    const PersonNumber grace = add(directory, "grace");
    directory.enter({});
    hide(directory, grace);
    Census census = directory.census();
    EXPECT_EQ(census.visible, 1u);
    EXPECT_EQ(census.invisible, 1u);
    EXPECT_EQ(census.unknown, 1u);
    directory.leave(ada);
    census = directory.census();
    EXPECT_EQ(census.registered(), 1u);
    EXPECT_EQ(census.most, 2u);
}

}  // namespace chat
