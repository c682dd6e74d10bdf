#include "core/base/endpoint.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(IpAddress, TextComesBackInItsCanonicalForm) {
    const std::pair<const char*, const char*> cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"2001:db8::1", "2001:db8::1"},
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
        {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    };
    for (const auto& [text, canonical] : cases) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address.has_value()) << text;
        EXPECT_EQ(address->to_string(), canonical);
    }
}

TEST(IpAddress, WhatIsNoAddressIsRefused) {
    for (const char* text : {"",
                             "1.2.3",
                             "1.2.3.4.5",
                             "256.0.0.1",
                             "1.2.3.4 ",
                             "a.b.c.d",
                             ":",
                             ":::",
                             "1::2::3",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "12345::",
                             "2001:db8::g",
                             "::1%eth0",
                             "localhost",
                             "1:2:3:4:5:6:7:",
                             "1.2.3.4::",
                             "::1.2.3",
                             "-1.0.0.0",
                             "0x1.0.0.0"}) {
        EXPECT_FALSE(IpAddress::parse(text).has_value()) << text;
    }
}

TEST(IpAddress, KnowsWhatItIs) {
    EXPECT_TRUE(IpAddress::parse("127.0.0.53")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
    EXPECT_FALSE(IpAddress::parse("192.0.2.1")->is_loopback());
    EXPECT_TRUE(IpAddress::parse("169.254.1.1")->is_link_local());
    EXPECT_TRUE(IpAddress::parse("fe80::1")->is_link_local());
    EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
    EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
}

TEST(Endpoint, IsWrittenAsUrlsWriteIt) {
    EXPECT_EQ((Endpoint{*IpAddress::parse("192.0.2.1"), 80}.to_string()), "192.0.2.1:80");
    EXPECT_EQ((Endpoint{*IpAddress::parse("2001:db8::1"), 80}.to_string()), "[2001:db8::1]:80");
}

} // namespace
} // namespace parley
