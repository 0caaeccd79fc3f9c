// Options: a bad value gets one line that says what would be right.
#include "options.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace chat {
namespace {

ParsedOptions parse(std::vector<const char*> words) {
    words.insert(words.begin(), "greenroom_chat");
    return parse_options(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST(Options, HaveDefaults) {
    const auto parsed = parse({});
    ASSERT_TRUE(parsed.options);
    EXPECT_EQ(parsed.options->port, 6667);
    EXPECT_EQ(parsed.options->host, "127.0.0.1");
}

TEST(Options, TakeGoodValues) {
    const auto parsed = parse({"--host", "0.0.0.0", "--port", "0", "--name", "irc.example.org",
                               "--password", "pw", "--motd", "one\ntwo", "--max-clients", "5",
                               "--log-level", "off", "--idle-timeout", "7"});
    ASSERT_TRUE(parsed.options) << parsed.message;
    EXPECT_EQ(parsed.options->port, 0);
    EXPECT_EQ(parsed.options->motd, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(parsed.options->clients_max, 5u);
    EXPECT_EQ(parsed.options->log_level, LogLevel::off);
    EXPECT_EQ(parsed.options->idle_timeout, std::chrono::seconds{7});
}

TEST(Options, ABadValueGetsOneLineThatSaysWhatWouldBeRight) {
    struct Case {
        std::vector<const char*> words;
        std::string says;
    };
    for (const auto& [words, says] :
         std::vector<Case>{{{"--port", "65536"}, "a number from 0 to 65535"},
                           {{"--port", "-1"}, "a number from 0 to 65535"},
                           {{"--port", "http"}, "a number from 0 to 65535"},
                           {{"--port", ""}, "a number from 0 to 65535"},
                           {{"--max-clients", "0"}, "a number from 1 to 1000000"},
                           {{"--name", "no_dot"}, "with a dot between"},
                           {{"--password", "two words"}, "a word without spaces"},
                           {{"--motd", "@/no/such/file"}, "a file that can be read"},
                           {{"--log-level", "loud"}, "debug, info, warning, error or off"},
                           {{"--idle-timeout", "0"}, "a number from 1 to 86400"},
                           {{"--max-backlog", "5"}, "a number from 4096 to 1073741824"},
                           {{"--colour"}, "--colour"},
                           {{"--port"}, "--port"}}) {
        const auto parsed = parse(words);
        EXPECT_FALSE(parsed.options) << words[0];
        EXPECT_EQ(parsed.status, 2);
        EXPECT_NE(parsed.message.find(says), std::string::npos) << parsed.message;
        EXPECT_EQ(std::count(parsed.message.begin(), parsed.message.end(), '\n'), 1);
    }
}

TEST(Options, HelpIsNoFault) {
    const auto parsed = parse({"--help"});
    EXPECT_FALSE(parsed.options);
    EXPECT_EQ(parsed.status, 0);
    EXPECT_NE(parsed.message.find("--max-clients"), std::string::npos);
}

}  // namespace chat
