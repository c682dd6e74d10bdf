// Batches over real loopback sockets: what is sent comes out, in order, packet by packet.
#include "net/socket_address.hpp"
#include "net/udp_socket.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <string>
#include <vector>

namespace parley::net {
namespace {

std::uint16_t port_of(const UdpSocket& socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size);
    return to_endpoint(address).port;
}

struct Arrived {
    Flow flow;
    std::string text;
};

std::vector<Arrived> receive(UdpSocket& socket, std::size_t count) {
    std::vector<Arrived> arrived;
    ReceiveBatch batch;
    while (arrived.size() < count) {
        pollfd readable{socket.fd(), POLLIN, 0};
        if (::poll(&readable, 1, 2000) != 1) break;
        while (socket.receive(batch)) {
            for (unsigned i = 0; i < batch.size(); ++i) {
                arrived.push_back({batch.flow(i), std::string{as_text(batch.bytes(i))}});
            }
        }
    }
    return arrived;
}

void send(UdpSocket& socket, const Flow& flow, const std::vector<std::string>& texts) {
    SendBatch batch;
    for (const auto& text : texts)
        batch.append(flow, as_bytes(text));
    std::vector<const SendBatch::Run*> runs;
    for (const auto& run : batch.runs())
        runs.push_back(&run);
    socket.send(batch, runs);
}

struct Family {
    int family;
    IpAddress loopback;
};

class UdpSocketTest : public ::testing::TestWithParam<int> {
  protected:
    void SetUp() override {
        family = GetParam();
        loopback = family == AF_INET ? *IpAddress::parse("127.0.0.1") : *IpAddress::parse("::1");
        auto first = UdpSocket::bind(family, 0);
        auto second = UdpSocket::bind(family, 0);
        if (!first || !second) GTEST_SKIP() << "no sockets of this family here";
        a = std::move(*first);
        b = std::move(*second);
    }

    int family = AF_INET;
    IpAddress loopback;
    std::optional<UdpSocket> a;
    std::optional<UdpSocket> b;
};

INSTANTIATE_TEST_SUITE_P(Families, UdpSocketTest, ::testing::Values(AF_INET, AF_INET6));

TEST_P(UdpSocketTest, RunsOfEqualSizeAndUnequalOnesArriveWhole) {
    const std::vector<std::string> texts{std::string(1100, 'a'), std::string(1100, 'b'),
                                         std::string(1100, 'c'), std::string(300, 'd'),
                                         std::string(700, 'e'),  "f"};
    send(*a, {{loopback, port_of(*b)}, {}}, texts);
    const auto arrived = receive(*b, texts.size());
    ASSERT_EQ(arrived.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_EQ(arrived[i].text, texts[i]);
    EXPECT_EQ(a->counters().packets_sent, texts.size());
    EXPECT_EQ(a->counters().bytes_sent, 3U * 1100 + 300 + 700 + 1);
    EXPECT_EQ(b->counters().packets_received, texts.size());
}

TEST_P(UdpSocketTest, MoreThanTheKernelTakesAtOnceArrivesWhole) {
    std::vector<std::string> texts;
    for (int i = 0; i < 500; ++i)
        texts.push_back(std::string(200, static_cast<char>('a' + i % 26)));
    send(*a, {{loopback, port_of(*b)}, {}}, texts);
    const auto arrived = receive(*b, texts.size());
    ASSERT_EQ(arrived.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_EQ(arrived[i].text, texts[i]);
}

TEST_P(UdpSocketTest, AnswersLeaveFromTheAddressThatWasAsked) {
    send(*a, {{loopback, port_of(*b)}, {}}, {"question"});
    const auto question = receive(*b, 1);
    ASSERT_EQ(question.size(), 1U);
    EXPECT_EQ(question[0].flow.local, loopback);
    send(*b, question[0].flow, {"answer"});
    const auto answer = receive(*a, 1);
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0].flow.remote.address, loopback);
}

TEST_P(UdpSocketTest, OnePacketTooLargeForThePathCostsOnlyItself) {
    send(*a, {{loopback, port_of(*b)}, {}}, {std::string(66000, 'x'), "after"});
    const auto arrived = receive(*b, 1);
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(arrived[0].text, "after");
    EXPECT_EQ(a->counters().send_failures, 1U);
}

TEST(UdpSocket, APortInUseIsNamed) {
    const auto taken = UdpSocket::bind(AF_INET, 0);
    ASSERT_TRUE(taken.has_value());
    const auto port = port_of(*taken);
    const auto second = UdpSocket::bind(AF_INET, port);
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(second.error().text.find(std::to_string(port)), std::string::npos);
}

} // namespace
} // namespace parley::net
