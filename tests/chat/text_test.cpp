// The text of the protocol: case mapping, UTF-8, lists, numbers.
#include "irc/text.hpp"

#include <gtest/gtest.h>

namespace chat {

TEST(Text, NamesFoldByTheRfc1459Mapping) {
    EXPECT_EQ(folded("Ada[]\\~Z"), "ada{}|^z");
    EXPECT_EQ(folded("{}|^`_-9"), "{}|^`_-9");
    EXPECT_TRUE(same_name("GRACE^", "grace~"));
    EXPECT_FALSE(same_name("grace", "gracey"));
    EXPECT_FALSE(same_name("gr@ce", "gr`ce")) << "@ and ` differ by the same bit as letters do";
}

TEST(Text, Utf8OfAllLengthsIsUtf8) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("tea, t\u00e9, \u8336, \U0001F375"));
    EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF")) << "U+10FFFF is the last one";
}

TEST(Text, WhatIsNoUtf8IsFound) {
    for (const char* bad : {"\xE9", "caf\xE9 noir", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xFF", "\xE8\x8C", "\x80"}) {
        EXPECT_FALSE(is_utf8(bad)) << testing::PrintToString(std::string{bad});
    }
}

TEST(Text, OneBadByteIsFoundWhereverItIs) {
    for (std::size_t size = 1; size < 40; ++size) {
        std::string text(size, 'a');
        EXPECT_TRUE(is_utf8(text));
        for (char& byte : text) {
            byte = '\xFF';
            EXPECT_FALSE(is_utf8(text)) << size;
            byte = 'a';
        }
    }
}

TEST(Text, ClippingKeepsCharactersWhole) {
    EXPECT_EQ(clipped("abcdef", 6), "abcdef");
    EXPECT_EQ(clipped("abcdef", 3), "abc");
    EXPECT_EQ(clipped("ab\u8336", 4), "ab");
    EXPECT_EQ(clipped("ab\u8336", 5), "ab\u8336");
    EXPECT_EQ(clipped("\U0001F375", 3), "");
    EXPECT_EQ(clipped("\x80\x80\x80\x80\x80\x80", 4).size(), 4u) << "no UTF-8: any cut will do";
}

TEST(Text, PlacesKeepEmptyParts) {
    EXPECT_EQ(split_places("a,,b"), (std::vector<std::string_view>{"a", "", "b"}));
    EXPECT_EQ(split_places(",b"), (std::vector<std::string_view>{"", "b"}));
}

TEST(Text, ListsLeaveOutEmptyParts) {
    EXPECT_EQ(split_list("#a,,#b,"), (std::vector<std::string_view>{"#a", "#b"}));
    EXPECT_TRUE(split_list("").empty());
    EXPECT_TRUE(split_list(",,").empty());
}

TEST(Text, NumbersAreWholeAndInRange) {
    EXPECT_EQ(number_in("42", 100, 7), 42u);
    EXPECT_EQ(number_in("0", 100, 7), 0u);
    for (const char* bad : {"", "101", "-1", "4x", " 4", "99999999999999999999999"}) {
        EXPECT_EQ(number_in(bad, 100, 7), 7u) << bad;
    }
}

}  // namespace chat
