// LineFramer: lines come whole, wherever the borders of the reads lie.
#include <greenroom/net/framing.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace greenroom::net {

struct Taken {
    std::string text;
    bool too_long;
    friend bool operator==(const Taken&, const Taken&) = default;
};

std::vector<Taken> feed(LineFramer& framer, std::string_view bytes) {
    std::vector<Taken> lines;
    for (const Line& line : framer.lines(bytes)) {
        lines.push_back({std::string{line.text}, line.too_long});
    }
    return lines;
}

// Cut in three at every two places: the same lines.
void expect_everywhere(std::string_view bytes, std::size_t bytes_max,
                       const std::vector<Taken>& expected) {
    for (std::size_t first = 0; first <= bytes.size(); ++first) {
        for (std::size_t second = first; second <= bytes.size(); ++second) {
            LineFramer framer{bytes_max};
            std::vector<Taken> lines = feed(framer, bytes.substr(0, first));
            for (const Taken& line : feed(framer, bytes.substr(first, second - first))) {
                lines.push_back(line);
            }
            for (const Taken& line : feed(framer, bytes.substr(second))) lines.push_back(line);
            ASSERT_EQ(lines, expected) << "cut at " << first << " and " << second;
        }
    }
}

TEST(LineFramer, FindsTheSameLinesWhereverTheReadsAreCut) {
    expect_everywhere(
        "NICK anna\r\nUSER a\n\r\n\nx\ry\r\nunfinished", 100,
        {{"NICK anna", false}, {"USER a", false}, {"", false}, {"", false}, {"x\ry", false}});
}

TEST(LineFramer, TruncatesAndSaysSoWhereverTheReadsAreCut) {
    expect_everywhere(
        "12345\r\n123456\r\n1234567890\n12345\nab\n", 5,
        {{"12345", false}, {"12345", true}, {"12345", true}, {"12345", false}, {"ab", false}});
}

TEST(LineFramer, KeepsNoMoreThanTheLimit) {
    LineFramer framer{16};
    for (int i = 0; i < 1000; ++i) feed(framer, std::string(100, 'x'));
    EXPECT_LE(framer.kept_bytes(), 17u);
    EXPECT_EQ(feed(framer, "\nok\n"),
              (std::vector<Taken>{{std::string(16, 'x'), true}, {"ok", false}}));
    EXPECT_EQ(framer.kept_bytes(), 0u);
}

TEST(LineFramer, ThrowsBeyondTheLimitIfAskedTo) {
    LineFramer whole{4, LongLine::fail};
    EXPECT_THROW(feed(whole, "12345\n"), LineTooLong);
    LineFramer endless{4, LongLine::fail};
    EXPECT_THROW(feed(endless, "1234567890"), LineTooLong);
}

TEST(LineFramer, CopiesNoLineThatLiesWithinOneRead) {
    const std::string bytes = "one\ntwo\n";
    LineFramer framer;
    for (const Line& line : framer.lines(bytes)) {
        EXPECT_GE(line.text.data(), bytes.data());
        EXPECT_LT(line.text.data(), bytes.data() + bytes.size());
    }
}

}  // namespace greenroom::net
