#include "core/sdp/candidate.hpp"
#include "tests/core/sdp/fixtures.hpp"

namespace parley::sdp {
namespace {

TEST(Candidate, ReadsWhatChromiumTrickles) {
    const auto c = parse_candidate("candidate:1739397139 1 udp 2122194687 192.0.2.2 60658 typ host "
                                   "generation 0 ufrag 593n network-id 1");
    ASSERT_TRUE(c) << c.error().text;
    EXPECT_EQ(c->foundation, "1739397139");
    EXPECT_EQ(c->component, 1);
    EXPECT_EQ(c->protocol, Protocol::udp);
    EXPECT_EQ(c->priority, 2122194687u);
    EXPECT_EQ(c->type, CandidateType::host);
    EXPECT_EQ(c->ufrag, "593n");
    EXPECT_FALSE(c->tcp_type);
    ASSERT_TRUE(c->endpoint());
    EXPECT_EQ(c->endpoint()->to_string(), "192.0.2.2:60658");
}

TEST(Candidate, ReadsTcpWithItsType) {
    const auto c =
        parse_candidate("a=candidate:1 1 TCP 2105524479 fd00::2 9 typ host tcptype active");
    ASSERT_TRUE(c) << c.error().text;
    EXPECT_EQ(c->protocol, Protocol::tcp);
    EXPECT_EQ(c->tcp_type, TcpType::active);
    EXPECT_EQ(c->endpoint()->to_string(), "[fd00::2]:9");
}

TEST(Candidate, ReadsReflexiveAndItsBase) {
    const auto c = parse_candidate(
        "candidate:2 1 udp 1685987071 203.0.113.5 50000 typ srflx raddr 192.168.0.2 rport 5000");
    ASSERT_TRUE(c) << c.error().text;
    EXPECT_EQ(c->type, CandidateType::server_reflexive);
    EXPECT_EQ(c->related_address, "192.168.0.2");
    EXPECT_EQ(c->related_port, 5000);
}

TEST(Candidate, AcceptsANameWithoutAnEndpoint) {
    const auto c = parse_candidate("candidate:0 1 UDP 2122252543 "
                                   "1f7b2d9c-33bd-4ecb-a7c4-1c9e7c2a8d3e.local 60878 typ host");
    ASSERT_TRUE(c) << c.error().text;
    EXPECT_FALSE(c->endpoint());
}

TEST(Candidate, SurvivesBeingWritten) {
    for (const std::string_view text :
         {"candidate:1 1 udp 2130706431 192.0.2.1 10000 typ host",
          "candidate:3 1 tcp 1518280447 2001:db8::1 10000 typ host tcptype passive",
          "candidate:2 1 udp 7 203.0.113.5 50000 typ srflx raddr 0.0.0.0 rport 0",
          "candidate:4 2 tcp 7 203.0.113.5 9 typ relay raddr 10.0.0.1 rport 1 tcptype so "
          "ufrag ab+/"}) {
        const auto c = parse_candidate(text);
        ASSERT_TRUE(c) << c.error().text;
        EXPECT_EQ(to_string(*c), text);
    }
}

TEST(Candidate, RefusesWhatIsNone) {
    for (const std::string_view text : {
             "",
             "candidate:",
             "candidate 1 1 udp 1 192.0.2.1 1 typ host",
             "candidate:1 0 udp 1 192.0.2.1 1 typ host",
             "candidate:1 257 udp 1 192.0.2.1 1 typ host",
             "candidate:1 x udp 1 192.0.2.1 1 typ host",
             "candidate:1 1 sctp 1 192.0.2.1 1 typ host",
             "candidate:1 1 udp 4294967296 192.0.2.1 1 typ host",
             "candidate:1 1 udp -1 192.0.2.1 1 typ host",
             "candidate:1 1 udp 1 192.0.2.1 65536 typ host",
             "candidate:1 1 udp 1 192.0.2.1\r 1 typ host",
             "candidate:1 1 udp 1 192.0.2.1 1",
             "candidate:1 1 udp 1 192.0.2.1 1 host typ",
             "candidate:1 1 udp 1 192.0.2.1 1 typ bridge",
             "candidate:1 1 udp 1 192.0.2.1 1 typ srflx raddr",
             "candidate:1 1 udp 1 192.0.2.1 1 typ srflx raddr 10.0.0.1 rport x",
             "candidate:1 1 udp 1 192.0.2.1 1 typ host ufrag a\"b",
             "candidate:1 1 tcp 1 192.0.2.1 9 typ host",
             "candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype sideways",
         }) {
        EXPECT_FALSE(parse_candidate(text)) << text;
    }
}

TEST(Candidate, ReadsEveryLineThatBrowsersTrickle) {
    PARLEY_NEED_FIXTURES();
    std::size_t lines = 0;
    for (const auto& file : test::fixtures("trickle-candidates.txt")) {
        std::istringstream stream{file.text};
        for (std::string line; std::getline(stream, line);) {
            const auto candidate = line.substr(0, line.find(" | "));
            if (candidate.empty()) continue; // end of candidates
            const auto result = parse_candidate(candidate);
            EXPECT_TRUE(result) << file.name << ": " << line << ": " << result.error().text;
            ++lines;
        }
    }
    EXPECT_GT(lines, 10u);
}

TEST(HostPriority, PutsUdpFirstAndKeepsTheOrder) {
    // RFC 8445, section 5.1.2.1: 126 << 24 | 65535 << 8 | 255.
    EXPECT_EQ(host_priority(Protocol::udp, 0), 2130706431u);
    // RFC 6544, section 4.2: local preference 2^13 * 4 + 8191.
    EXPECT_EQ(host_priority(Protocol::tcp, 0), (90u << 24) | ((4u << 13 | 8191u) << 8) | 255u);
    EXPECT_GT(host_priority(Protocol::udp, 0), host_priority(Protocol::udp, 1));
    EXPECT_GT(host_priority(Protocol::tcp, 0), host_priority(Protocol::tcp, 1));
    EXPECT_GT(host_priority(Protocol::udp, 100000), host_priority(Protocol::tcp, 0));
}

} // namespace
} // namespace parley::sdp
