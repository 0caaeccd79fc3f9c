// Masks with wildcards.
#include "irc/wildcard.hpp"

#include <gtest/gtest.h>

#include "irc/limits.hpp"

namespace chat {

TEST(Wildcard, StarsStandForAnyBytesAndQuestionMarksForOne) {
    EXPECT_TRUE(matches("*!*@*", "ada!a@host"));
    EXPECT_TRUE(matches("a?a!*@*.example.org", "ada!x@one.two.example.org"));
    EXPECT_TRUE(matches("**a**", "banana"));
    EXPECT_TRUE(matches("*ana", "banana"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("?", ""));
    EXPECT_FALSE(matches("*ann", "banana"));
    EXPECT_FALSE(matches("a", "ab"));
    EXPECT_FALSE(matches("ab", "a"));
}

TEST(Wildcard, CaseIsThatOfNames) { EXPECT_TRUE(matches("GRACE[*!*@*", "grace{1!g@h")); }

TEST(Wildcard, AHostileMaskTakesNoLongerThanTheProduct) {
    std::string mask;
    for (int i = 0; i < 200; ++i) mask += "*a";
    EXPECT_FALSE(matches(mask + "b", std::string(400, 'a')));
}

TEST(Wildcard, MasksAreCompleted) {
    EXPECT_EQ(complete_mask("ada"), "ada!*@*");
    EXPECT_EQ(complete_mask("ada!a"), "ada!a@*");
    EXPECT_EQ(complete_mask("a@host"), "*!a@host");
    EXPECT_EQ(complete_mask("ada!a@host"), "ada!a@host");
    EXPECT_EQ(complete_mask("***"), "*!*@*");
    EXPECT_EQ(complete_mask(std::string(500, 'm')).size(), mask_bytes_max);
}

TEST(Wildcard, IsSeen) {
    EXPECT_TRUE(has_wildcard("a*"));
    EXPECT_TRUE(has_wildcard("?"));
    EXPECT_FALSE(has_wildcard("ada"));
}

}  // namespace chat
