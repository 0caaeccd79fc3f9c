// Line and Replies: what the server says keeps to the form and to 512 bytes.
#include "irc/line.hpp"

#include <gtest/gtest.h>

#include "irc/limits.hpp"
#include "irc/numerics.hpp"
#include "irc/text.hpp"
#include "irc/welcome.hpp"

namespace chat {

TEST(Line, HasPrefixCommandWordsAndText) {
    EXPECT_EQ(Line(":ada!a@h", "PRIVMSG").word("#tea").text("Anyone in?").done(),
              ":ada!a@h PRIVMSG #tea :Anyone in?\r\n");
    EXPECT_EQ(Line("", "PING").text("x").done(), "PING :x\r\n");
    EXPECT_EQ(Line("", "X").word("").done(), "X *\r\n") << "an empty word would be lost";
}

TEST(Line, IsCutAtTheLimitBetweenCharacters) {
    std::string tea;
    for (int i = 0; i < 300; ++i) tea += "\u8336";
    const std::string line = Line("", "X").text(tea).done();
    EXPECT_LE(line.size(), line_bytes_max);
    EXPECT_GE(line.size(), line_bytes_max - 2);
    EXPECT_TRUE(is_utf8(line));
    EXPECT_TRUE(line.ends_with("\r\n"));
}

TEST(Replies, HaveThreeDigitsAndTheirText) {
    const Replies reply{"chat.greenroom", "ada"};
    EXPECT_EQ(reply(Numeric::nick_in_use, {"grace"}),
              ":chat.greenroom 433 ada grace :Nickname is already in use\r\n");
    EXPECT_EQ(reply.with_text(Numeric::welcome, {}, "Hello"), ":chat.greenroom 001 ada :Hello\r\n");
    EXPECT_EQ(reply.bare(Numeric::channel_modes, {"#tea", "+nt"}),
              ":chat.greenroom 324 ada #tea +nt\r\n");
}

TEST(Replies, NameWhoHasNoNickYetByAStar) {
    EXPECT_EQ(Replies("s.s", "")(Numeric::not_registered),
              ":s.s 451 * :You have not registered\r\n");
}

TEST(Welcome, TellsWhatClientsMustKnow) {
    std::string all;
    for (const std::string& line : welcome(Replies{"s.s", "ada"}, "ada!a@h", "today")) {
        EXPECT_LE(line.size(), line_bytes_max);
        all += line;
    }
    for (const char* wanted :
         {" 001 ada :", "ada!a@h", " 002 ", " 003 ", " 004 ada s.s ", " 005 ", " NICKLEN=32 ",
          " CASEMAPPING=rfc1459 ", " PREFIX=(ov)@+ ", "MODES=4", " CHANMODES=b,k,l,imnst ",
          ":are supported by this server"}) {
        EXPECT_NE(all.find(wanted), std::string::npos) << wanted;
    }
}

TEST(Welcome, AMissingMessageOfTheDayIsSaid) {
    const Replies reply{"s.s", "ada"};
    EXPECT_EQ(message_of_the_day(reply, {}).at(0), reply(Numeric::no_motd));
    const auto lines = message_of_the_day(reply, {"one", "two"});
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[1], ":s.s 372 ada :- one\r\n");
    EXPECT_EQ(lines[3], ":s.s 376 ada :End of MOTD command\r\n");
}

}  // namespace chat
