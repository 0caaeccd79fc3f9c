// Which names the protocol allows.
#include "irc/names.hpp"

#include <gtest/gtest.h>

#include "irc/limits.hpp"

namespace chat {

TEST(Names, NicksMayBeThirtyTwoBytesLong) {
    static_assert(nick_bytes_max >= 32);
    EXPECT_TRUE(is_nick(std::string(nick_bytes_max, 'n')));
    EXPECT_FALSE(is_nick(std::string(nick_bytes_max + 1, 'n')));
}

TEST(Names, NicksBeginWithALetterOrASpecial) {
    for (const char* good : {"ada", "A", "[ada]", "_", "a-1", "`x", "{}|^", "\\o/"}) {
        EXPECT_EQ(is_nick(good), std::string{good} != "\\o/") << good;
    }
    for (const char* bad :
         {"", "1ada", "-ada", "a da", "a!b", "a@b", "#ada", "\u00e9", "a.b", ":a"}) {
        EXPECT_FALSE(is_nick(bad)) << bad;
    }
}

TEST(Names, ChannelsHaveASignAndNoSeparators) {
    EXPECT_TRUE(is_channel_name("#t"));
    EXPECT_TRUE(is_channel_name("##"));
    EXPECT_TRUE(is_channel_name("#th\u00e9"));
    EXPECT_TRUE(is_channel_name("#" + std::string(channel_bytes_max - 1, 'c')));
    EXPECT_FALSE(is_channel_name("#" + std::string(channel_bytes_max, 'c')));
    for (const char* bad : {"", "#", "tea", "#a b", "#a,b", "#a\a", "#a:b", "&local"}) {
        EXPECT_FALSE(is_channel_name(bad)) << bad;
    }
}

TEST(Names, KeysArePrintableWords) {
    EXPECT_TRUE(is_key("s3cr:et"));
    for (const char* bad : {"", "a b", "a,b", ":a"}) EXPECT_FALSE(is_key(bad)) << bad;
    EXPECT_FALSE(is_key(std::string(key_bytes_max + 1, 'k')));
}

TEST(Names, ServersHaveADot) {
    EXPECT_TRUE(is_server_name("chat.greenroom"));
    EXPECT_TRUE(is_server_name("irc-1.example.org"));
    for (const char* bad : {"", "chat", ".chat", "a b.c", "a.b:c", "a.b!"}) {
        EXPECT_FALSE(is_server_name(bad)) << bad;
    }
}

TEST(Names, UserNamesCannotForgeAMask) {
    EXPECT_EQ(user_name("ada"), "ada");
    EXPECT_EQ(user_name("a!d@a"), "ada");
    EXPECT_EQ(user_name("\u00e9"), "unknown");
    EXPECT_EQ(user_name(""), "unknown");
    EXPECT_EQ(user_name(std::string(100, 'u')).size(), user_bytes_max);
}

}  // namespace chat
