// Sender and Receiver against one another and against libsrtp2 as the oracle.
#include "core/srtp/receiver.hpp"
#include "core/srtp/sender.hpp"

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace parley::srtp {
namespace {

using Packet = std::vector<std::uint8_t>;

MasterKey test_key(std::uint8_t seed) {
    MasterKey master;
    for (std::size_t i = 0; i < master.key.size(); ++i) {
        master.key[i] = static_cast<std::uint8_t>(seed + 7 * i);
    }
    for (std::size_t i = 0; i < master.salt.size(); ++i) {
        master.salt[i] = static_cast<std::uint8_t>(seed ^ (31 * i));
    }
    return master;
}

/// One direction in libsrtp2.
class Oracle {
  public:
    Oracle(Profile profile, const MasterKey& master, bool outbound) {
        static const auto initialised = srtp_init();
        EXPECT_EQ(initialised, srtp_err_status_ok);
        const auto id = profile == Profile::aes128_cm_hmac_sha1_80 ? srtp_profile_aes128_cm_sha1_80
                        : profile == Profile::aead_aes_128_gcm     ? srtp_profile_aead_aes_128_gcm
                                                                   : srtp_profile_aead_aes_256_gcm;
        srtp_policy_t policy{};
        EXPECT_EQ(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, id), srtp_err_status_ok);
        EXPECT_EQ(srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, id),
                  srtp_err_status_ok);
        policy.ssrc.type = outbound ? ssrc_any_outbound : ssrc_any_inbound;
        policy.window_size = 1024;
        key_.assign(master.key.begin(), master.key.begin() + static_cast<int>(key_size(profile)));
        key_.insert(key_.end(), master.salt.begin(),
                    master.salt.begin() + static_cast<int>(salt_size(profile)));
        policy.key = key_.data();
        srtp_t session = nullptr;
        EXPECT_EQ(srtp_create(&session, &policy), srtp_err_status_ok);
        session_.reset(session);
    }

    Packet protect(Packet packet, bool rtcp = false) {
        int size = static_cast<int>(packet.size());
        packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN);
        const auto status = rtcp ? srtp_protect_rtcp(session_.get(), packet.data(), &size)
                                 : srtp_protect(session_.get(), packet.data(), &size);
        EXPECT_EQ(status, srtp_err_status_ok);
        packet.resize(static_cast<std::size_t>(size));
        return packet;
    }
    std::optional<Packet> unprotect(Packet packet, bool rtcp = false) {
        int size = static_cast<int>(packet.size());
        const auto status = rtcp ? srtp_unprotect_rtcp(session_.get(), packet.data(), &size)
                                 : srtp_unprotect(session_.get(), packet.data(), &size);
        if (status != srtp_err_status_ok) return {};
        packet.resize(static_cast<std::size_t>(size));
        return packet;
    }

  private:
    struct Free {
        void operator()(srtp_ctx_t_* session) const { srtp_dealloc(session); }
    };
    Packet key_;
    std::unique_ptr<srtp_ctx_t_, Free> session_;
};

struct Shape {
    int csrcs = 0;
    int extension_words = -1; ///< -1: no extension
    std::size_t payload = 1100;
};

Packet rtp_packet(std::uint32_t ssrc, std::uint16_t sequence, const Shape& shape = {}) {
    Packet packet(12 + static_cast<std::size_t>(shape.csrcs) * 4);
    packet[0] = static_cast<std::uint8_t>(0x80 | shape.csrcs);
    packet[1] = 96;
    store_be16(&packet[2], sequence);
    store_be32(&packet[4], sequence * 3000U);
    store_be32(&packet[8], ssrc);
    if (shape.extension_words >= 0) {
        packet[0] |= 0x10;
        packet.insert(packet.end(),
                      {0xBE, 0xDE, 0, static_cast<std::uint8_t>(shape.extension_words)});
        packet.resize(packet.size() + static_cast<std::size_t>(shape.extension_words) * 4, 0x11);
    }
    for (std::size_t i = 0; i < shape.payload; ++i) {
        packet.push_back(static_cast<std::uint8_t>(i * 5 + sequence));
    }
    return packet;
}

std::size_t header_size(const Shape& shape) {
    return 12 + static_cast<std::size_t>(shape.csrcs) * 4 +
           (shape.extension_words >= 0 ? 4 + static_cast<std::size_t>(shape.extension_words) * 4
                                       : 0);
}

Packet protect(Sender& sender, const Packet& plain, std::uint64_t index, std::size_t header,
               std::size_t head) {
    Packet out(plain.size() + max_rtp_overhead, 0xEE);
    std::copy_n(plain.begin(), head, out.begin());
    out.resize(sender.protect_rtp(out, index, header, head, Bytes{plain}.subspan(head)));
    return out;
}

Packet protect(Sender& sender, const Packet& plain, std::uint64_t index) {
    return protect(sender, plain, index, 12, plain.size());
}

Packet rtcp_packet(std::uint32_t ssrc, std::size_t words) {
    Packet packet(8 + words * 4, 0x42);
    packet[0] = 0x81;
    packet[1] = 201;
    store_be16(&packet[2], static_cast<std::uint16_t>(1 + words));
    store_be32(&packet[4], ssrc);
    return packet;
}

class Srtp : public testing::TestWithParam<Profile> {
  protected:
    std::optional<Packet> receive(Packet packet) {
        const auto plain = receiver.unprotect_rtp(packet);
        if (!plain) return {};
        return Packet{plain->plaintext.begin(), plain->plaintext.end()};
    }
    std::optional<Packet> receive_rtcp(Packet packet) {
        const auto plain = receiver.unprotect_rtcp(packet);
        if (!plain) return {};
        return Packet{plain->begin(), plain->end()};
    }

    MasterKey key = test_key(static_cast<std::uint8_t>(GetParam()));
    Sender sender = std::move(*Sender::create(GetParam(), key));
    Receiver receiver = std::move(*Receiver::create(GetParam(), key));
};

TEST_P(Srtp, LibsrtpReadsWhatWeSend) {
    Oracle oracle{GetParam(), key, false};
    std::uint16_t sequence = 100;
    for (const Shape shape : {Shape{}, Shape{2, -1, 50}, Shape{0, 0, 1}, Shape{0, 3, 333},
                              Shape{15, 8, 16}, Shape{0, -1, 0}, Shape{0, -1, 1400}}) {
        const auto header = header_size(shape);
        // However the payload is divided into head and rest, the packet is the same.
        for (const std::size_t head : {0, 1, 5, 15, 16, 17, 40}) {
            if (head > shape.payload) continue;
            ++sequence;
            const auto plain = rtp_packet(0xCAFE, sequence, shape);
            const auto sealed = protect(sender, plain, sequence, header, header + head);
            EXPECT_EQ(sealed.size(), plain.size() + rtp_overhead(GetParam()));
            EXPECT_EQ(oracle.unprotect(sealed), plain);
        }
    }
}

TEST_P(Srtp, WeReadWhatLibsrtpSends) {
    Oracle oracle{GetParam(), key, true};
    std::uint16_t sequence = 7;
    for (const Shape shape :
         {Shape{}, Shape{2, -1, 50}, Shape{0, 0, 1}, Shape{3, 3, 333}, Shape{0, -1, 0}}) {
        for (const std::uint32_t ssrc : {1U, 2U, 0xFFFFFFFFU}) {
            const auto plain = rtp_packet(ssrc, ++sequence, shape);
            EXPECT_EQ(receive(oracle.protect(plain)), plain);
        }
    }
    EXPECT_EQ(receiver.counters().auth_failed, 0U);
}

TEST_P(Srtp, RtcpAgreesWithLibsrtpBothWays) {
    Oracle inbound{GetParam(), key, false};
    Oracle outbound{GetParam(), key, true};
    for (std::size_t words = 0; words < 40; ++words) {
        const auto plain = rtcp_packet(0xBEEF + static_cast<std::uint32_t>(words % 3), words);
        auto sealed = plain;
        sealed.resize(plain.size() + max_rtcp_overhead);
        sealed.resize(sender.protect_rtcp(sealed, plain.size()));
        EXPECT_EQ(sealed.size(), plain.size() + rtcp_overhead(GetParam()));
        EXPECT_EQ(inbound.unprotect(sealed, true), plain);
        EXPECT_EQ(receive_rtcp(outbound.protect(plain, true)), plain);
    }
}

TEST_P(Srtp, CountsOverTheSequenceNumbersEndLikeLibsrtp) {
    Oracle inbound{GetParam(), key, false};
    Oracle outbound{GetParam(), key, true};
    // Twice round and a bit, in steps that keep the estimate unambiguous.
    for (std::uint64_t index = 60000; index < 200000; index += 997) {
        const auto plain = rtp_packet(9, static_cast<std::uint16_t>(index), {0, -1, 20});
        EXPECT_EQ(inbound.unprotect(protect(sender, plain, index)), plain) << index;
        auto sealed = outbound.protect(plain);
        const auto received = receiver.unprotect_rtp(sealed);
        ASSERT_TRUE(received) << index;
        EXPECT_EQ(received->index, index);
    }
}

TEST_P(Srtp, TakesLatePacketsFromBeforeTheWrap) {
    const auto send = [&](std::uint64_t index) {
        return protect(sender, rtp_packet(9, static_cast<std::uint16_t>(index), {0, -1, 20}),
                       index);
    };
    EXPECT_TRUE(receive(send(65530)));
    EXPECT_TRUE(receive(send(65540))); // after the wrap
    EXPECT_TRUE(receive(send(65534))); // late, from before it
    EXPECT_TRUE(receive(send(65541)));
    EXPECT_FALSE(receive(send(65534))); // late and seen
    EXPECT_EQ(receiver.counters().replayed, 1U);
    EXPECT_EQ(receiver.counters().auth_failed, 0U);
}

TEST_P(Srtp, RefusesReplaysAndWhatIsTooOld) {
    std::vector<Packet> sent;
    for (std::uint64_t index = 0; index < 1500; ++index) {
        sent.push_back(
            protect(sender, rtp_packet(9, static_cast<std::uint16_t>(index), {0, -1, 4}), index));
    }
    for (std::size_t i = 0; i < sent.size(); i += 2)
        EXPECT_TRUE(receive(sent[i]));
    for (std::size_t i = 0; i < sent.size(); i += 2)
        EXPECT_FALSE(receive(sent[i]));
    // Not seen, and within the window of 1024 behind 1498:
    EXPECT_TRUE(receive(sent[475]));
    EXPECT_FALSE(receive(sent[473])); // outside
    EXPECT_TRUE(receive(sent[1497]));
    EXPECT_EQ(receiver.counters().replayed, 751U);
}

TEST_P(Srtp, RefusesReplayedRtcp) {
    auto sealed = rtcp_packet(5, 3);
    sealed.resize(sealed.size() + max_rtcp_overhead);
    sealed.resize(sender.protect_rtcp(sealed, 20));
    EXPECT_TRUE(receive_rtcp(sealed));
    EXPECT_FALSE(receive_rtcp(sealed));
    EXPECT_EQ(receiver.counters().replayed, 1U);
}

TEST_P(Srtp, RefusesEveryFlippedBit) {
    const auto sealed = protect(sender, rtp_packet(9, 5, {1, 1, 40}), 5, 24, 64);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        auto altered = sealed;
        altered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_FALSE(receive(altered)) << bit;
    }
    EXPECT_TRUE(receive(sealed)); // none of it left a trace

    auto rtcp = rtcp_packet(5, 6);
    rtcp.resize(rtcp.size() + max_rtcp_overhead);
    rtcp.resize(sender.protect_rtcp(rtcp, 32));
    for (std::size_t bit = 0; bit < rtcp.size() * 8; ++bit) {
        auto altered = rtcp;
        altered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        // The packet type tells RTCP from RTP before; here it is authenticated like the rest.
        EXPECT_FALSE(receive_rtcp(altered)) << bit;
    }
    EXPECT_TRUE(receive_rtcp(rtcp));
}

TEST_P(Srtp, RefusesEveryTruncation) {
    const auto sealed = protect(sender, rtp_packet(9, 5, {2, 2, 40}), 5, 32, 72);
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        EXPECT_FALSE(receive({sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
    auto rtcp = rtcp_packet(5, 6);
    rtcp.resize(rtcp.size() + max_rtcp_overhead);
    rtcp.resize(sender.protect_rtcp(rtcp, 32));
    for (std::size_t size = 0; size < rtcp.size(); ++size) {
        EXPECT_FALSE(
            receive_rtcp({rtcp.begin(), rtcp.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
    EXPECT_TRUE(receive(sealed));
}

TEST_P(Srtp, AnotherKeyOpensNothing) {
    auto stranger = std::move(*Receiver::create(GetParam(), test_key(0x77)));
    auto sealed = protect(sender, rtp_packet(9, 5), 5);
    EXPECT_FALSE(stranger.unprotect_rtp(sealed));
    EXPECT_EQ(stranger.counters().auth_failed, 1U);
}

TEST_P(Srtp, SurvivesJunk) {
    std::mt19937 random{7};
    for (int i = 0; i < 20000; ++i) {
        Packet junk(random() % 80);
        for (auto& byte : junk)
            byte = static_cast<std::uint8_t>(random());
        if (!junk.empty() && i % 2 == 0)
            junk[0] = static_cast<std::uint8_t>(0x80 | (junk[0] & 0x3F));
        EXPECT_FALSE(receive(junk));
        EXPECT_FALSE(receive_rtcp(junk));
    }
}

TEST_P(Srtp, RefusesABufferThatIsTooSmall) {
    const auto plain = rtp_packet(9, 5, {0, -1, 40});
    for (std::size_t size = plain.size(); size < plain.size() + rtp_overhead(GetParam()); ++size) {
        auto buffer = plain;
        buffer.resize(size);
        EXPECT_EQ(sender.protect_rtp(buffer, 5, 12, plain.size(), {}), 0U);
    }
    auto buffer = plain;
    EXPECT_EQ(sender.protect_rtcp(buffer, buffer.size()), 0U);
    EXPECT_EQ(sender.protect_rtp(buffer, 5, 13, 12, {}), 0U);
    EXPECT_EQ(sender.protect_rtp(buffer, 5, 4, 12, {}), 0U);
}

INSTANTIATE_TEST_SUITE_P(Profiles, Srtp, testing::ValuesIn(all_profiles), [](const auto& info) {
    return info.param == Profile::aes128_cm_hmac_sha1_80 ? "AesCm"
           : info.param == Profile::aead_aes_128_gcm     ? "Gcm128"
                                                         : "Gcm256";
});

TEST(SrtpProfile, NamesAndIdentifiers) {
    for (const auto profile : all_profiles) {
        EXPECT_EQ(profile_from_id(static_cast<std::uint16_t>(profile)), profile);
        EXPECT_EQ(profile_from_name(name(profile)), profile);
    }
    EXPECT_FALSE(profile_from_id(0x0002)); // a tag of 32 bits is not offered
    EXPECT_FALSE(profile_from_name(""));
}

} // namespace
} // namespace parley::srtp
