// The mode line of a channel taken apart.
#include "irc/modes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace chat {
namespace {

// "+o ada, -t" for what parse_modes makes of `words`.
std::string shown(const std::vector<std::string_view>& words) {
    std::string text;
    for (const ModeChange& change : parse_modes(words).changes) {
        text += text.empty() ? "" : ", ";
        text += change.adds ? '+' : '-';
        text += change.letter;
        if (!change.param.empty()) text.append(" ").append(change.param);
    }
    return text;
}

}  // namespace

TEST(Modes, ParametersGoToTheLettersThatTakeOne) {
    EXPECT_EQ(shown({"+ok-v+i", "ada", "secret", "grace"}), "+o ada, +k secret, -v grace, +i");
    EXPECT_EQ(shown({"ntl", "40"}), "+n, +t, +l 40");
    EXPECT_EQ(shown({"-lk", "x"}), "-l, -k x");
    EXPECT_EQ(shown({"-k"}), "-k");
}

TEST(Modes, NoMoreThanFourParametersTakeEffect) {
    EXPECT_EQ(shown({"+ooooom", "a", "b", "c", "d", "e"}), "+o a, +o b, +o c, +o d, +m");
}

TEST(Modes, ABanWithoutAMaskAsksForTheList) {
    EXPECT_TRUE(parse_modes({"b"}).lists_bans);
    EXPECT_TRUE(parse_modes({"+b"}).lists_bans);
    EXPECT_FALSE(parse_modes({"+b", "m"}).lists_bans);
}

TEST(Modes, UnknownLettersAreNamedOnce) {
    const ModeRequest request = parse_modes({"+xyxn"});
    EXPECT_EQ(request.unknown, (std::vector<char>{'x', 'y'}));
    ASSERT_EQ(request.changes.size(), 1u);
}

TEST(Modes, AMissingParameterIsTold) {
    EXPECT_EQ(parse_modes({"+ol"}).without_param, (std::vector<char>{'o', 'l'}));
    EXPECT_TRUE(parse_modes({}).changes.empty());
    EXPECT_TRUE(parse_modes({"+-+"}).changes.empty());
}

}  // namespace chat
