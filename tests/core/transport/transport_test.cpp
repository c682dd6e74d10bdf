#include "core/transport/transport.hpp"
#include "tests/core/transport/test_client.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

bool is_dtls(Bytes datagram) {
    return datagram[0] >= 20 && datagram[0] <= 63;
}

Transport::CloseReason reason_of(const Pair& pair) {
    const auto* closed = pair.event<Transport::Closed>();
    EXPECT_NE(closed, nullptr);
    return closed != nullptr ? closed->reason : Transport::CloseReason::closed;
}

/// Media goes both ways: the keys of the two ends fit.
void expect_media(Pair& pair) {
    ASSERT_NE(pair.server.sender(), nullptr);
    auto packet = pair.rtp(0x1234, 1);
    const auto received = pair.server.handle(pair.flow, packet, pair.now);
    ASSERT_EQ(received.kind, Transport::Kind::rtp);
    EXPECT_EQ(received.plaintext.size(), 32U);
    EXPECT_EQ(received.rtp_index, 1U);

    std::vector<std::uint8_t> report(8 + srtp::max_rtcp_overhead);
    report[0] = 0x80;
    report[1] = 201;
    report[3] = 1;
    const auto size = pair.server.sender()->protect_rtcp(report, 8);
    ASSERT_GT(size, 8U);
    EXPECT_TRUE(pair.client_receiver->unprotect_rtcp(MutBytes{report}.first(size)));
    auto back = std::vector<std::uint8_t>(8 + srtp::max_rtcp_overhead);
    back[0] = 0x80;
    back[1] = 201;
    back[3] = 1;
    back.resize(pair.client_sender->protect_rtcp(back, 8));
    EXPECT_EQ(pair.server.handle(pair.flow, back, pair.now).kind, Transport::Kind::rtcp);
}

TEST(Transport, ConnectsAndCarriesMediaBothWays) {
    Pair pair;
    pair.connect();
    ASSERT_TRUE(pair.server.connected());
    ASSERT_NE(pair.event<Transport::Connected>(), nullptr);
    EXPECT_EQ(pair.event<Transport::Connected>()->profile, srtp::Profile::aead_aes_128_gcm);
    EXPECT_EQ(pair.server.selected_flow(), pair.flow);
    EXPECT_EQ(pair.controller.mapped_address(), pair.flow.remote);
    expect_media(pair);
}

TEST(Transport, TakesEitherDtlsRole) {
    Pair pair{{.client_role = dtls::Role::passive}};
    pair.connect();
    ASSERT_TRUE(pair.server.connected());
    expect_media(pair);
}

TEST(Transport, AgreesOnTheProfileThatThePeerHas) {
    for (const auto profile : srtp::all_profiles) {
        Pair pair{{.client_profiles = {profile}}};
        pair.connect();
        ASSERT_TRUE(pair.server.connected()) << srtp::name(profile);
        EXPECT_EQ(pair.event<Transport::Connected>()->profile, profile);
        expect_media(pair);
    }
}

TEST(Transport, SurvivesTheLossOfAnyOneDtlsDatagram) {
    for (int lost = 0; lost < 12; ++lost) {
        Pair pair;
        int seen = 0;
        pair.lose = [&](bool, Bytes datagram) { return is_dtls(datagram) && seen++ == lost; };
        pair.connect();
        ASSERT_TRUE(pair.server.connected()) << "lost datagram " << lost;
        ASSERT_TRUE(pair.client_sender) << "lost datagram " << lost;
        expect_media(pair);
    }
}

TEST(Transport, SurvivesTheLossOfEveryThirdDatagram) {
    for (int phase = 0; phase < 3; ++phase) {
        Pair pair;
        int seen = phase;
        pair.lose = [&](bool, Bytes) { return seen++ % 3 == 0; };
        pair.connect();
        ASSERT_TRUE(pair.server.connected());
        ASSERT_TRUE(pair.client_sender);
    }
}

TEST(Transport, AnswersBeforeTheSdpButLetsNothingThrough) {
    Pair pair;
    pair.start_client();
    pair.run([&] { return pair.client_sender.has_value(); }, 5s);
    // The client has finished its handshake; for us nobody has vouched for its certificate yet.
    ASSERT_TRUE(pair.client_sender);
    EXPECT_FALSE(pair.server.connected());
    EXPECT_EQ(pair.server.sender(), nullptr);
    auto early = pair.rtp(0x1234, 0);
    EXPECT_EQ(pair.server.handle(pair.flow, early, pair.now).kind, Transport::Kind::dropped);
    EXPECT_EQ(pair.server.counters().not_ready, 1U);

    pair.set_remote();
    pair.exchange();
    ASSERT_TRUE(pair.server.connected());
    expect_media(pair);
}

TEST(Transport, RefusesAFalsifiedFingerprint) {
    Pair pair;
    auto falsified = pair.client_context->fingerprint();
    falsified.digest[31] ^= 1;
    pair.server.set_remote(falsified, dtls::Role::passive, pair.now);
    pair.start_client();
    pair.run([&] { return pair.server.closed(); }, 10s);
    pair.exchange();
    ASSERT_TRUE(pair.server.closed());
    EXPECT_EQ(pair.event<Transport::Connected>(), nullptr);
    EXPECT_EQ(reason_of(pair), Transport::CloseReason::dtls_failed);
    EXPECT_FALSE(pair.client_sender);
}

TEST(Transport, RefusesAFalsifiedFingerprintThatComesAfterTheHandshake) {
    Pair pair;
    pair.start_client();
    pair.run([&] { return pair.client_sender.has_value(); }, 5s);
    auto falsified = pair.client_context->fingerprint();
    falsified.digest[0] ^= 0x80;
    pair.server.set_remote(falsified, dtls::Role::passive, pair.now);
    pair.exchange();
    EXPECT_EQ(reason_of(pair), Transport::CloseReason::dtls_failed);
    EXPECT_EQ(pair.event<Transport::Connected>(), nullptr);
    EXPECT_EQ(pair.server.sender(), nullptr);
    EXPECT_EQ(pair.client.state(), dtls::State::closed); // it was told by an alert
}

TEST(Transport, RefusesAReplayedPacket) {
    Pair pair;
    pair.connect();
    const auto packet = pair.rtp(0x1234, 10);
    auto first = packet;
    EXPECT_EQ(pair.server.handle(pair.flow, first, pair.now).kind, Transport::Kind::rtp);
    auto again = packet;
    EXPECT_EQ(pair.server.handle(pair.flow, again, pair.now).kind, Transport::Kind::dropped);
    EXPECT_EQ(pair.server.receiver()->counters().replayed, 1U);
}

TEST(Transport, TakesNothingFromAFlowWithoutACheck) {
    Pair pair;
    pair.connect();
    const auto stranger = udp_flow(66, 6666);
    auto media = pair.rtp(0x1234, 1);
    EXPECT_EQ(pair.server.handle(stranger, media, pair.now).kind, Transport::Kind::dropped);
    std::vector<std::uint8_t> hello = {22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(pair.server.handle(stranger, hello, pair.now).kind, Transport::Kind::dropped);
    EXPECT_EQ(pair.server.counters().unknown_flow, 2U);
    EXPECT_FALSE(pair.server.poll_datagram());
}

TEST(Transport, FollowsThePeerToAnotherAddress) {
    Pair pair;
    pair.connect();
    pair.events.clear();
    pair.flow = udp_flow(9, 40000);
    pair.controller.start(pair.now);
    pair.run([&] { return pair.controller.state() == ice::Controller::State::connected; });
    EXPECT_EQ(pair.server.selected_flow(), udp_flow(9, 40000));
    ASSERT_NE(pair.event<Transport::FlowChanged>(), nullptr);
    EXPECT_EQ(pair.event<Transport::FlowChanged>()->flow, udp_flow(9, 40000));
    expect_media(pair);
}

TEST(Transport, ClosesWhenThePeerFallsSilent) {
    Pair pair;
    pair.connect();
    pair.run_for(120s);
    EXPECT_TRUE(pair.server.connected()); // its keep-alive checks keep it

    pair.client_alive = false;
    const auto silent_since = pair.now;
    pair.run([&] { return pair.server.closed(); }, 120s);
    pair.exchange();
    EXPECT_EQ(reason_of(pair), Transport::CloseReason::consent_expired);
    EXPECT_GE(pair.now - silent_since, 24s);
    EXPECT_LE(pair.now - silent_since, 30s);
    EXPECT_EQ(pair.server.sender(), nullptr);
    EXPECT_FALSE(pair.server.next_deadline());
}

TEST(Transport, ClosesWhenNobodyEverComes) {
    Pair pair;
    pair.client_alive = false;
    pair.set_remote();
    const auto begin = pair.now;
    pair.run([&] { return pair.server.closed(); }, 120s);
    pair.exchange();
    EXPECT_EQ(reason_of(pair), Transport::CloseReason::never_connected);
    EXPECT_GE(pair.now - begin, 39500ms); // RFC 8863
}

TEST(Transport, GoesOnOverAnIceRestart) {
    Pair pair;
    pair.connect();
    const auto old = pair.server.ice().local();
    const ice::Credentials fresh{"newufrag", "another-password-9876543210"};
    pair.server.restart_ice(fresh, pair.now);
    pair.run_for(20s); // the old credentials count until the new ones are used
    EXPECT_TRUE(pair.server.connected());

    pair.flow = udp_flow(8, 1234);
    pair.controller.restart({"cliufra2", "client-password-2222222222"}, fresh, pair.now);
    pair.run([&] { return pair.server.selected_flow() == pair.flow; }, 5s);
    EXPECT_EQ(pair.server.selected_flow(), pair.flow);
    expect_media(pair);

    const auto refused = pair.server.ice().counters().refused;
    pair.controller.restart(pair.client_credentials, old, pair.now);
    pair.exchange();
    EXPECT_EQ(pair.controller.last_error(), 401);
    EXPECT_EQ(pair.server.ice().counters().refused, refused + 1);
}

TEST(Transport, SaysGoodbyeAndHearsIt) {
    Pair ours;
    ours.connect();
    ours.server.close();
    ours.exchange();
    EXPECT_EQ(ours.client.state(), dtls::State::closed);
    EXPECT_EQ(reason_of(ours), Transport::CloseReason::closed);

    Pair theirs;
    theirs.connect();
    theirs.client.close();
    theirs.exchange();
    EXPECT_EQ(reason_of(theirs), Transport::CloseReason::dtls_closed);
    EXPECT_FALSE(theirs.server.connected());
}

TEST(Transport, ForgetsAClosedTcpConnection) {
    Pair pair;
    pair.flow.protocol = Protocol::tcp;
    pair.flow.connection = 3;
    pair.connect();
    ASSERT_TRUE(pair.server.connected());
    pair.server.flow_closed(pair.flow);
    EXPECT_FALSE(pair.server.selected_flow());
    auto media = pair.rtp(0x1234, 1);
    EXPECT_EQ(pair.server.handle(pair.flow, media, pair.now).kind, Transport::Kind::dropped);
}

TEST(Transport, DropsWhatIsNoneOfItsProtocols) {
    Pair pair;
    pair.connect();
    for (int first = 0; first < 256; ++first) {
        for (const std::size_t size : {1, 2, 13, 30}) {
            std::vector<std::uint8_t> junk(size, static_cast<std::uint8_t>(first));
            const auto received = pair.server.handle(pair.flow, junk, pair.now);
            EXPECT_NE(received.kind, Transport::Kind::rtp);
            EXPECT_NE(received.kind, Transport::Kind::rtcp);
        }
    }
    pair.exchange();
    EXPECT_TRUE(pair.server.connected());
    EXPECT_GT(pair.server.counters().malformed, 0U);
}

} // namespace
} // namespace parley
