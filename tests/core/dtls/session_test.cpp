#include "core/dtls/session.hpp"
#include "tests/core/dtls/openssl_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

namespace parley::dtls {
namespace {

using Datagrams = std::vector<std::vector<std::uint8_t>>;

std::shared_ptr<const Context> shared_context() {
    static const auto context = *Context::create();
    return context;
}

Datagrams drain(Session& session) {
    Datagrams out;
    while (const auto datagram = session.poll_datagram()) {
        out.emplace_back(datagram->begin(), datagram->end());
    }
    return out;
}

class DtlsSession : public testing::Test {
  protected:
    void make(const OpensslPeer::Options& options) {
        peer.emplace(options);
        session.emplace(shared_context(), options.active ? Role::passive : Role::active,
                        srtp::all_profiles);
    }

    void to_session(const Datagrams& datagrams) {
        for (const auto& datagram : datagrams)
            session->handle(datagram, now);
    }
    void to_peer(const Datagrams& datagrams) {
        for (const auto& datagram : datagrams)
            peer->handle(datagram);
    }

    /// Until neither has anything more to say.
    void talk() {
        peer->run();
        session->start(now);
        for (int i = 0; i < 20; ++i) {
            const auto from_peer = peer->take();
            to_session(from_peer);
            const auto from_session = drain(*session);
            to_peer(from_session);
            if (from_peer.empty() && from_session.empty()) return;
        }
    }

    void connect(const OpensslPeer::Options& options) {
        make(options);
        session->set_remote_fingerprint(peer->fingerprint());
        talk();
        ASSERT_EQ(session->state(), State::connected) << session->failure();
        ASSERT_TRUE(peer->done());
    }

    void expect_keys_like_the_peers() {
        const auto* keys = session->keys();
        ASSERT_NE(keys, nullptr);
        const auto key_size = srtp::key_size(keys->profile);
        const auto salt_size = srtp::salt_size(keys->profile);
        const auto block = peer->exported(2 * (key_size + salt_size));
        const bool active = session->role() == Role::active;
        const auto& client = active ? keys->local : keys->remote;
        const auto& server = active ? keys->remote : keys->local;
        const auto* at = block.data();
        EXPECT_TRUE(std::equal(at, at + key_size, client.key.begin()));
        at += key_size;
        EXPECT_TRUE(std::equal(at, at + key_size, server.key.begin()));
        at += key_size;
        EXPECT_TRUE(std::equal(at, at + salt_size, client.salt.begin()));
        at += salt_size;
        EXPECT_TRUE(std::equal(at, at + salt_size, server.salt.begin()));
    }

    Instant now{Duration{1h}};
    std::optional<OpensslPeer> peer;
    std::optional<Session> session;
};

TEST_F(DtlsSession, AgreesWithOpensslOnTheKeys) {
    for (const bool peer_active : {true, false}) {
        for (const bool rsa : {false, true}) {
            for (const char* profiles :
                 {"SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM", "SRTP_AES128_CM_SHA1_80"}) {
                connect({.active = peer_active, .rsa = rsa, .profiles = profiles});
                EXPECT_EQ(srtp::openssl_name(session->keys()->profile), std::string{profiles});
                expect_keys_like_the_peers();
            }
        }
    }
}

TEST_F(DtlsSession, AlertsPassBothWaysAfterTheHandshakeStateIsGone) {
    for (const bool peer_active : {true, false}) {
        for (const char* cipher :
             {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"}) {
            connect({.active = peer_active, .ciphers = cipher});
            EXPECT_EQ(peer->cipher(), cipher);
            session->close();
            EXPECT_EQ(session->state(), State::closed);
            EXPECT_EQ(session->keys(), nullptr);
            to_peer(drain(*session));
            EXPECT_TRUE(peer->closed_by_us());

            connect({.active = peer_active, .ciphers = cipher});
            peer->close();
            to_session(peer->take());
            EXPECT_EQ(session->state(), State::closed);
            to_peer(drain(*session)); // close_notify is answered by close_notify
            EXPECT_TRUE(peer->closed_by_us());
        }
    }
}

TEST_F(DtlsSession, AnAlertThatIsNotAuthenticClosesNothing) {
    connect({});
    peer->close();
    const auto datagrams = peer->take();
    ASSERT_EQ(datagrams.size(), 1U);
    for (std::size_t bit = 0; bit < datagrams[0].size() * 8; ++bit) {
        auto altered = datagrams[0];
        altered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        session->handle(altered, now);
        ASSERT_EQ(session->state(), State::connected) << bit;
    }
    // In the clear, as anybody could write it: close_notify of epoch 0.
    session->handle(std::vector<std::uint8_t>{21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0},
                    now);
    EXPECT_EQ(session->state(), State::connected);
}

TEST_F(DtlsSession, TakesAClientHelloInManyDatagramsInAnyOrder) {
    // Post-quantum key shares make the ClientHello longer than a datagram.
    make({.padding = 4000});
    peer->run();
    const auto hello = peer->take();
    ASSERT_GE(hello.size(), 4U);
    std::vector<std::size_t> order(hello.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    do {
        session.emplace(shared_context(), Role::passive, srtp::all_profiles);
        for (std::size_t i = 0; i < order.size(); ++i) {
            EXPECT_TRUE(drain(*session).empty()) << "answered before the ClientHello was whole";
            session->handle(hello[order[i]], now);
            session->handle(hello[order[0]], now); // and duplicates
        }
        EXPECT_FALSE(drain(*session).empty());
        EXPECT_EQ(session->state(), State::handshake);
    } while (std::next_permutation(order.begin(), order.end()));

    make({.padding = 1300});
    session->set_remote_fingerprint(peer->fingerprint());
    talk();
    EXPECT_EQ(session->state(), State::connected);
    EXPECT_TRUE(peer->done());
}

TEST_F(DtlsSession, FlightsKeepWithinTheMtu) {
    make({.active = false, .rsa = true});
    session->start(now);
    peer->run();
    for (int i = 0; i < 6; ++i) {
        const auto sent = drain(*session);
        for (const auto& datagram : sent)
            EXPECT_LE(datagram.size(), Session::mtu);
        to_peer(sent);
        to_session(peer->take());
    }
    EXPECT_EQ(session->state(), State::unverified);
}

TEST_F(DtlsSession, RefusesAnotherCertificateDuringTheHandshake) {
    for (const bool peer_active : {true, false}) {
        make({.active = peer_active});
        auto wrong = peer->fingerprint();
        wrong.digest[5] ^= 4;
        session->set_remote_fingerprint(wrong);
        talk();
        EXPECT_EQ(session->state(), State::failed);
        EXPECT_EQ(session->keys(), nullptr);
        EXPECT_FALSE(peer->done());
    }
}

TEST_F(DtlsSession, GivesOutNothingBeforeTheFingerprintIsKnown) {
    make({});
    talk();
    EXPECT_TRUE(peer->done());
    EXPECT_EQ(session->state(), State::unverified);
    EXPECT_EQ(session->keys(), nullptr);
    session->set_remote_fingerprint(peer->fingerprint(HashAlgorithm::sha512));
    EXPECT_EQ(session->state(), State::connected);
    expect_keys_like_the_peers();

    make({});
    talk();
    auto wrong = peer->fingerprint(HashAlgorithm::sha384);
    wrong.digest[0] ^= 1;
    session->set_remote_fingerprint(wrong);
    EXPECT_EQ(session->state(), State::failed);
    session->set_remote_fingerprint(peer->fingerprint()); // no second chance
    EXPECT_EQ(session->state(), State::failed);
    EXPECT_EQ(session->keys(), nullptr);
}

TEST_F(DtlsSession, WaitsForTheFingerprintForALimitedTime) {
    make({});
    talk();
    ASSERT_EQ(session->state(), State::unverified);
    ASSERT_TRUE(session->next_deadline());
    now = *session->next_deadline();
    session->handle_timeout(now);
    EXPECT_EQ(session->state(), State::failed);
    EXPECT_FALSE(session->next_deadline());
}

TEST_F(DtlsSession, AsksForACertificateAndAProfile) {
    make({.with_certificate = false});
    talk();
    EXPECT_EQ(session->state(), State::failed);
    make({.profiles = ""});
    session->set_remote_fingerprint(peer->fingerprint());
    talk();
    EXPECT_EQ(session->state(), State::failed);
    EXPECT_EQ(session->failure(), "no common SRTP profile");
}

TEST_F(DtlsSession, RepeatsItsLastFlightForAPeerThatMissedIt) {
    make({});
    session->set_remote_fingerprint(peer->fingerprint());
    peer->run();
    to_session(peer->take());
    peer->send_next_flight_twice();
    to_peer(drain(*session));
    const auto flights = peer->take();
    const auto half = static_cast<std::ptrdiff_t>(flights.size() / 2);
    to_session({flights.begin(), flights.begin() + half});
    ASSERT_EQ(session->state(), State::connected);
    ASSERT_FALSE(drain(*session).empty()); // lost
    ASSERT_FALSE(peer->done());

    to_session({flights.begin() + half, flights.end()});
    to_peer(drain(*session));
    EXPECT_TRUE(peer->done());

    // Nobody can have it repeated for ever.
    const std::vector<std::uint8_t> forged = {22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 1, 0};
    int repeats = 0;
    for (int i = 0; i < 1000; ++i) {
        session->handle(forged, now);
        repeats += drain(*session).empty() ? 0 : 1;
    }
    EXPECT_LE(repeats, 16);
}

TEST_F(DtlsSession, RetransmitsWithBackoffAndThenGivesUp) {
    make({.active = false});
    const auto begin = now;
    session->start(now);
    int flights = 0;
    while (const auto next = session->next_deadline()) {
        flights += drain(*session).empty() ? 0 : 1;
        now = *next;
        session->handle_timeout(now);
    }
    EXPECT_EQ(session->state(), State::failed);
    EXPECT_EQ(now - begin, Session::handshake_timeout);
    // 100, 200, 400, 800, 1600 ms, then every 3 s
    EXPECT_GE(flights, 10);
    EXPECT_LE(flights, 16);
}

TEST_F(DtlsSession, SurvivesAlteredHandshakes) {
    std::mt19937 random{3};
    for (int round = 0; round < 60; ++round) {
        make({.active = round % 2 == 0});
        auto fingerprint = peer->fingerprint();
        session->set_remote_fingerprint(fingerprint);
        peer->run();
        session->start(now);
        for (int i = 0; i < 6; ++i) {
            for (auto datagram : peer->take()) {
                if (random() % 3 == 0) {
                    datagram[random() % datagram.size()] ^= static_cast<std::uint8_t>(random());
                }
                if (random() % 9 == 0) datagram.resize(random() % datagram.size());
                session->handle(datagram, now);
            }
            to_peer(drain(*session));
        }
        // Whatever came of it: keys only with the right certificate, and the same as the peer's.
        if (session->keys() != nullptr && peer->done()) expect_keys_like_the_peers();
    }
}

TEST_F(DtlsSession, IgnoresJunkBeforeTheHandshake) {
    make({});
    session->handle(std::vector<std::uint8_t>{23, 0xFE, 0xFD}, now);
    session->handle(std::vector<std::uint8_t>(40, 22), now);
    session->handle({}, now);
    EXPECT_EQ(session->state(), State::idle);
    EXPECT_FALSE(session->next_deadline());
    session->set_remote_fingerprint(peer->fingerprint());
    talk();
    EXPECT_EQ(session->state(), State::connected);
}

} // namespace
} // namespace parley::dtls
