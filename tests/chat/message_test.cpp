// Message: a client's line becomes a command.
#include "irc/message.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace chat {
namespace {

std::vector<std::string> params_of(std::string_view line) {
    std::vector<std::string> params;
    const auto message = Message::parse(line);
    for (std::size_t i = 0; message && i < message->size(); ++i) params.emplace_back((*message)[i]);
    return params;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST(Message, HasACommandAndParameters) {
    const auto message = Message::parse("PRIVMSG #tea :Anyone in?");
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->is("PRIVMSG"));
    EXPECT_TRUE(message->is("privmsg"));
    EXPECT_FALSE(message->is("PRIVMS"));
    EXPECT_EQ((*message)[0], "#tea");
    EXPECT_EQ((*message)[1], "Anyone in?");
    EXPECT_EQ((*message)[2], "") << "what is not there is empty";
}

TEST(Message, SkipsPrefixAndTags) {
    EXPECT_EQ(params_of("@time=1 :mallory!m@h PING :a b"), (Strings{"a b"}));
    EXPECT_EQ(params_of("   PING   x   y  "), (Strings{"x", "y"}));
}

TEST(Message, TheLastParameterMayBeEmptyOrHaveColons) {
    EXPECT_EQ(params_of("TOPIC #tea :"), (Strings{"#tea", ""}));
    EXPECT_EQ(params_of("TOPIC #tea ::-) a:b"), (Strings{"#tea", ":-) a:b"}));
    EXPECT_EQ(params_of("TOPIC a:b c"), (Strings{"a:b", "c"}));
}

TEST(Message, TheFifteenthParameterTakesTheRest) {
    const Strings params = params_of("C 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17");
    ASSERT_EQ(params.size(), params_max);
    EXPECT_EQ(params.back(), "15 16 17");
}

TEST(Message, NeedsACommand) {
    EXPECT_FALSE(Message::parse(""));
    EXPECT_FALSE(Message::parse("   "));
    EXPECT_FALSE(Message::parse(":ada"));
    EXPECT_FALSE(Message::parse("@a=b :ada "));
}

}  // namespace chat
