#include "core/sdp/trickle_fragment.hpp"

#include <gtest/gtest.h>

namespace parley::sdp {
namespace {

// As RFC 9725, section 4.3.1 shows it.
constexpr std::string_view example = "a=group:BUNDLE 0 1\r\n"
                                     "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
                                     "a=mid:0\r\n"
                                     "a=ice-ufrag:EsAw\r\n"
                                     "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
                                     "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ "
                                     "host generation 0 ufrag EsAw network-id 1\r\n"
                                     "a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host "
                                     "tcptype active generation 0 ufrag EsAw network-id 1\r\n"
                                     "a=end-of-candidates\r\n";

TEST(TrickleFragment, ReadsWhatAWhipClientPatches) {
    const auto fragment = parse_trickle_fragment(example);
    ASSERT_TRUE(fragment) << fragment.error().text;
    EXPECT_EQ(fragment->ice_ufrag, "EsAw");
    EXPECT_EQ(fragment->ice_pwd, "P2uYro0UCOQ4zxjKXaWCBui1");
    ASSERT_EQ(fragment->sections.size(), 1u);
    EXPECT_EQ(fragment->sections[0].mid, "0");
    EXPECT_EQ(fragment->sections[0].candidates.size(), 2u);
    EXPECT_TRUE(fragment->sections[0].end_of_candidates);
    EXPECT_FALSE(fragment->end_of_candidates);
}

TEST(TrickleFragment, ReadsCredentialsAtSessionLevel) {
    const auto fragment = parse_trickle_fragment("a=ice-options:trickle ice2\n"
                                                 "a=ice-ufrag:EsAw\n"
                                                 "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n"
                                                 "a=end-of-candidates\n");
    ASSERT_TRUE(fragment) << fragment.error().text;
    EXPECT_EQ(fragment->ice_ufrag, "EsAw");
    EXPECT_EQ(fragment->ice_options, (std::vector<std::string>{"trickle", "ice2"}));
    EXPECT_TRUE(fragment->end_of_candidates);
    EXPECT_TRUE(fragment->sections.empty());
}

TEST(TrickleFragment, LeavesOutCandidatesItCannotRead) {
    const auto fragment = parse_trickle_fragment("m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:a\n"
                                                 "a=candidate:1 1 quic 1 192.0.2.1 1 typ host\n"
                                                 "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\n");
    ASSERT_TRUE(fragment) << fragment.error().text;
    EXPECT_EQ(fragment->sections.at(0).candidates.size(), 1u);
}

TEST(TrickleFragment, SurvivesBeingWritten) {
    TrickleFragment fragment;
    fragment.ice_lite = true;
    fragment.ice_ufrag = "ufra";
    fragment.ice_pwd = "0123456789abcdefghijkl";
    fragment.ice_options = {"trickle"};
    auto candidate = parse_candidate("candidate:1 1 udp 2130706431 192.0.2.1 10000 typ host");
    fragment.sections.push_back({"audio0", {*candidate}, true});
    const auto again = parse_trickle_fragment(to_string(fragment));
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_TRUE(again->ice_lite);
    EXPECT_EQ(again->ice_ufrag, fragment.ice_ufrag);
    EXPECT_EQ(again->ice_pwd, fragment.ice_pwd);
    EXPECT_EQ(again->ice_options, fragment.ice_options);
    ASSERT_EQ(again->sections.size(), 1u);
    EXPECT_EQ(again->sections[0].mid, "audio0");
    EXPECT_EQ(again->sections[0].candidates, fragment.sections[0].candidates);
    EXPECT_TRUE(again->sections[0].end_of_candidates);
}

TEST(TrickleFragment, RefusesWithTheLine) {
    for (const std::string_view text :
         {"hello", "a=mid:0\n", "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\n", "a=ice-ufrag:ab\n",
          "a=ice-pwd:short\n", "m=audio 9 x 0\na=mid:a b\n", "a=ice-lite\rx\n"}) {
        const auto fragment = parse_trickle_fragment(text);
        ASSERT_FALSE(fragment) << text;
        EXPECT_EQ(fragment.error().text.rfind("line ", 0), 0u) << fragment.error().text;
    }
    EXPECT_FALSE(parse_trickle_fragment(std::string(70000, '\n')));
    std::string many;
    for (int i = 0; i < 200; ++i)
        many += "m=audio 9 UDP/TLS/RTP/SAVPF 0\n";
    EXPECT_FALSE(parse_trickle_fragment(many));
}

} // namespace
} // namespace parley::sdp
