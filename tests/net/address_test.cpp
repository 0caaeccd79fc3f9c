// Address: what is an address, what is none, and what a user reads then.
#include <greenroom/net/address.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <system_error>

namespace greenroom::net {

std::string complaint(std::string_view text) {
    try {
        (void)Address{text};
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::invalid_argument);
        return error.what();
    }
    return "";
}

TEST(Address, PrintsAsItWasWritten) {
    for (const char* text : {"127.0.0.1:7000", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:7000",
                             "[2001:db8::7]:80", "[::]:1"}) {
        EXPECT_EQ(to_string(Address{text}), text);
    }
}

TEST(Address, KnowsLocalhostAndTheStar) {
    EXPECT_EQ(Address{"localhost:80"}, Address{"127.0.0.1:80"});
    EXPECT_EQ(Address{"*:80"}, Address{"0.0.0.0:80"});
}

TEST(Address, TellsItsParts) {
    const Address address{"[2001:db8::7]:80"};
    EXPECT_EQ(address.host(), "2001:db8::7");
    EXPECT_EQ(address.port(), 80);
    EXPECT_EQ(address.family(), AddressFamily::ipv6);
    EXPECT_EQ(Address::of("2001:db8::7", 80), address);
    EXPECT_EQ(Address::of("10.0.0.1", 6667), Address{"10.0.0.1:6667"});
}

TEST(Address, SaysWhatWouldBeRight) {
    EXPECT_THAT(complaint("127.0.0.1"), testing::HasSubstr("the port is missing"));
    EXPECT_THAT(complaint("127.0.0.1:65536"), testing::HasSubstr("from 0 to 65535"));
    EXPECT_THAT(complaint("127.0.0.1:"), testing::HasSubstr("from 0 to 65535"));
    EXPECT_THAT(complaint("127.0.0.1:-1"), testing::HasSubstr("from 0 to 65535"));
    EXPECT_THAT(complaint("::1:7000"), testing::HasSubstr("in brackets"));
    EXPECT_THAT(complaint("example.org:80"), testing::HasSubstr("names are not looked up"));
    EXPECT_THAT(complaint("1.2.3:80"), testing::HasSubstr("127.0.0.1:7000"));
    EXPECT_THAT(complaint("[::x]:80"), testing::HasSubstr("no IPv6 address"));
    EXPECT_THAT(complaint("[fe80::1%nowhere]:80"), testing::HasSubstr("no interface"));
}

}  // namespace greenroom::net
