#include "tools/addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<IpAddress> local{*IpAddress::parse("2001:db8::5"),
                                   *IpAddress::parse("192.0.2.5")};

TEST(OpenAddresses, LoopbackIsLocalhost) {
    EXPECT_THAT(open_addresses("127.0.0.1:8080", false, local),
                ElementsAre("http://localhost:8080"));
    EXPECT_THAT(open_addresses("[::1]:8080", false, local), ElementsAre("http://localhost:8080"));
    EXPECT_THAT(open_addresses("localhost:8080", true, local),
                ElementsAre("https://localhost:8080"));
}

TEST(OpenAddresses, AllAddressesAreListedTheEasyOnesFirst) {
    EXPECT_THAT(open_addresses("[::]:8443", true, local),
                ElementsAre("https://localhost:8443", "https://192.0.2.5:8443",
                            "https://[2001:db8::5]:8443"));
    EXPECT_THAT(open_addresses("0.0.0.0:8080", false, local),
                ElementsAre("http://localhost:8080", "http://192.0.2.5:8080"));
}

TEST(OpenAddresses, OneAddressIsThatAddress) {
    EXPECT_THAT(open_addresses("192.0.2.9:9000", false, local),
                ElementsAre("http://192.0.2.9:9000"));
    EXPECT_THAT(open_addresses("[2001:db8::1]:9000", true, local),
                ElementsAre("https://[2001:db8::1]:9000"));
    EXPECT_THAT(open_addresses("meet.example.org:9000", true, local),
                ElementsAre("https://meet.example.org:9000"));
}

TEST(OpenAddresses, TheUsualPortIsLeftOut) {
    EXPECT_THAT(open_addresses("192.0.2.9:443", true, local), ElementsAre("https://192.0.2.9"));
    EXPECT_THAT(open_addresses("192.0.2.9:80", false, local), ElementsAre("http://192.0.2.9"));
    EXPECT_THAT(open_addresses("192.0.2.9:443", false, local), ElementsAre("http://192.0.2.9:443"));
}

TEST(OpenAddresses, WhatIsNoAddressGivesNone) {
    EXPECT_THAT(open_addresses("", false, local), IsEmpty());
    EXPECT_THAT(open_addresses("127.0.0.1", false, local), IsEmpty());
    EXPECT_THAT(open_addresses("127.0.0.1:", false, local), IsEmpty());
    EXPECT_THAT(open_addresses("127.0.0.1:http", false, local), IsEmpty());
}

} // namespace
} // namespace parley::tools
