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

TEST(Directory, MasksMatchNickUserHostAndRealNameOfTheVisible) {
    Directory directory;
    add(directory, "ada", "one.example");
    const PersonNumber grace = add(directory, "grace", "two.example");
    EXPECT_EQ(directory.matching("*").size(), 2u);
    EXPECT_EQ(directory.matching("ADA").size(), 1u);
    EXPECT_EQ(directory.matching("*.example").size(), 2u);
    EXPECT_EQ(directory.matching("real*").size(), 2u);
    EXPECT_EQ(directory.matching("nobody").size(), 0u);
    directory.set_invisible(grace, true);
    EXPECT_EQ(directory.matching("*").size(), 1u);
}

TEST(Directory, TheCensusCountsKindsAndRemembersTheMost) {
    Directory directory;
    const PersonNumber ada = add(directory, "ada");
    const PersonNumber grace = add(directory, "grace");
    directory.enter({});
    directory.set_invisible(grace, true);
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
