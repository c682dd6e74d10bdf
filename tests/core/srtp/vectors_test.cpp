// The published vectors: RFC 3711 appendix B, RFC 7714 sections 16 and 17, RFC 2202.
#include "core/srtp/hmac_sha1.hpp"
#include "core/srtp/key_derivation.hpp"
#include "core/srtp/packet_cipher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace parley::srtp {
namespace {

std::vector<std::uint8_t> unhex(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16)));
    }
    return bytes;
}

template <std::size_t size>
void set(std::array<std::uint8_t, size>& out, std::string_view hex) {
    std::ranges::copy(unhex(hex), out.begin());
}

std::vector<std::uint8_t> first(Bytes bytes, std::size_t size) {
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST(SrtpVectors, Rfc3711KeyDerivation) { // appendix B.3
    MasterKey master;
    set(master.key, "E1F97A0D3E018BE0D64FA32C06DE4139");
    set(master.salt, "0EC675AD498AFEEBB6960B3AABE6");
    const auto keys = derive_keys(Profile::aes128_cm_hmac_sha1_80, master, Stream::rtp);
    ASSERT_TRUE(keys);
    EXPECT_EQ(first(keys->key, 16), unhex("C61E7A93744F39EE10734AFE3FF7A087"));
    EXPECT_EQ(first(keys->salt, 14), unhex("30CBBC08863D8C85D49DB34A9AE1"));
    EXPECT_EQ(first(keys->auth, 20), unhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST(SrtpVectors, Rfc3711AesCounterMode) { // appendix B.2: the keystream, seen through zeroes
    SessionKeys keys;
    set(keys.key, "2B7E151628AED2A6ABF7158809CF4F3C");
    set(keys.salt, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
    auto cipher = PacketCipher::create(Profile::aes128_cm_hmac_sha1_80, keys, Stream::rtp,
                                       Direction::encrypt);
    ASSERT_TRUE(cipher);
    std::vector<std::uint8_t> packet(12 + 48 + 10);
    ASSERT_TRUE(cipher->seal(0, 0, packet.data(), 12, 12 + 48, {}, &packet[60]));
    EXPECT_EQ(first(Bytes{packet}.subspan(12), 48),
              unhex("E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB"
                    "41E95B3BB0A2E8DD477901E4FCA894C0"));
}

struct GcmVector {
    Profile profile;
    Stream stream;
    std::uint32_t ssrc;
    std::uint64_t index;
    std::size_t clear_size;
    std::string_view plain;
    std::string_view sealed; ///< with the tag, without the E-and-index word
};

constexpr std::string_view rtp_plain =
    "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e697320646976"
    "69736120696e207061727465732074726573";
constexpr std::string_view rtcp_plain =
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdead"
    "beefdeadbeef";

TEST(SrtpVectors, Rfc7714AesGcm) {
    const std::vector<GcmVector> vectors = {
        {Profile::aead_aes_128_gcm, Stream::rtp, 0x5501a0b2, 0xf17b, 12, rtp_plain,
         "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b3"
         "6"
         "de3adf8833899d7f27beb16a9152cf765ee4390cce"},
        {Profile::aead_aes_256_gcm, Stream::rtp, 0x5501a0b2, 0xf17b, 12, rtp_plain,
         "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1"
         "b"
         "a63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"},
        {Profile::aead_aes_128_gcm, Stream::rtcp, 0x4d617273, 0x5d4, 8, rtcp_plain,
         "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b468"
         "6"
         "303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade"},
        {Profile::aead_aes_256_gcm, Stream::rtcp, 0x4d617273, 0x5d4, 8, rtcp_plain,
         "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c"
         "6"
         "1de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be"},
    };
    SessionKeys keys;
    set(keys.key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    set(keys.salt, "517569642070726f2071756f"); // "Quid pro quo"
    for (const auto& vector : vectors) {
        const auto plain = unhex(vector.plain);
        const auto sealed = unhex(vector.sealed);
        auto sender = PacketCipher::create(vector.profile, keys, vector.stream, Direction::encrypt);
        ASSERT_TRUE(sender);
        auto packet = plain;
        packet.resize(sealed.size());
        ASSERT_TRUE(sender->seal(vector.ssrc, vector.index, packet.data(), vector.clear_size,
                                 plain.size(), {}, &packet[plain.size()]));
        EXPECT_EQ(packet, sealed);

        auto receiver =
            PacketCipher::create(vector.profile, keys, vector.stream, Direction::decrypt);
        ASSERT_TRUE(receiver);
        ASSERT_TRUE(receiver->open(vector.ssrc, vector.index, packet.data(), vector.clear_size,
                                   plain.size(), &packet[plain.size()]));
        EXPECT_EQ(first(packet, plain.size()), plain);
    }
}

TEST(SrtpVectors, Rfc2202HmacSha1) {
    const std::vector<std::uint8_t> key(20, 0x0b);
    const HmacSha1 hmac{key};
    const auto expected = unhex("b617318655057264e28bc0b6fb378c8ef146be00");
    EXPECT_EQ(first(hmac.sign(as_bytes("Hi There"), {}), 20), expected);
    EXPECT_EQ(first(hmac.sign(as_bytes("Hi "), as_bytes("There")), 20), expected);
    const HmacSha1 jefe{as_bytes("Jefe")};
    EXPECT_EQ(first(jefe.sign(as_bytes("what do ya want "), as_bytes("for nothing?")), 20),
              unhex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
}

} // namespace
} // namespace parley::srtp
