// Message and LineSplitter: a client's bytes become commands.
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

// What comes out when `chunks` go in; a line that is too long shows as "(too long)".
std::vector<std::string> lines_of(LineSplitter& splitter, std::vector<std::string> chunks) {
    std::vector<std::string> lines;
    for (const std::string& chunk : chunks) {
        splitter.feed(chunk);
        while (const auto line = splitter.next()) {
            lines.push_back(line->too_long ? "(too long)" : std::string{line->text});
        }
    }
    return lines;
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

TEST(LineSplitter, TakesEveryEndOfALine) {
    LineSplitter splitter;
    EXPECT_EQ(lines_of(splitter, {"a\r\nb\nc\rd\r\n\r\n\n"}), (Strings{"a", "b", "c", "d"}));
    EXPECT_FALSE(splitter.unfinished());
}

TEST(LineSplitter, LinesMayComeInPieces) {
    LineSplitter splitter;
    EXPECT_EQ(lines_of(splitter, {"PI", "NG 1\r", "\nPING 2\r\nPI"}), (Strings{"PING 1", "PING 2"}));
    EXPECT_TRUE(splitter.unfinished());
    EXPECT_EQ(lines_of(splitter, {"NG 3\n"}), (Strings{"PING 3"}));
    EXPECT_FALSE(splitter.unfinished());
}

TEST(LineSplitter, ALineOfTheLimitPassesAndALongerOneIsSkippedWhole) {
    const std::string longest(line_bytes_max - 2, 'x');
    LineSplitter splitter;
    EXPECT_EQ(lines_of(splitter, {longest + "\r\nok\r\n"}), (Strings{longest, "ok"}));
    EXPECT_EQ(lines_of(splitter, {longest + "x\r\nok\r\n"}), (Strings{"(too long)", "ok"}));
}

TEST(LineSplitter, ALineThatIsTooLongIsToldOfOnceAndEarly) {
    LineSplitter splitter;
    EXPECT_EQ(lines_of(splitter, {std::string(600, 'x')}), (Strings{"(too long)"}));
    for (int i = 0; i < 100; ++i) EXPECT_EQ(lines_of(splitter, {std::string(10'000, 'x')}), Strings{});
    EXPECT_TRUE(splitter.unfinished());
    EXPECT_EQ(lines_of(splitter, {"x\nok\n"}), (Strings{"ok"}));
}

TEST(LineSplitter, EveryCutOfAStreamGivesTheSameLines) {
    const std::string stream = "NICK ada\r\nUSER ada 0 * :Ada L\r\n" + std::string(700, 'y') + "\nEND\r\n";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        LineSplitter splitter;
        EXPECT_EQ(lines_of(splitter, {stream.substr(0, cut), stream.substr(cut)}),
                  (Strings{"NICK ada", "USER ada 0 * :Ada L", "(too long)", "END"}))
            << "cut at " << cut;
    }
}

}  // namespace chat
