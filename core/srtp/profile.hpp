// SRTP protection profiles that DTLS-SRTP negotiates here, with their sizes.
#pragma once

#include "core/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::srtp {

/// Values are the DTLS-SRTP identifiers (RFC 5764, section 4.1.2; RFC 7714, section 14.2).
enum class Profile : std::uint16_t {
    aes128_cm_hmac_sha1_80 = 0x0001,
    aead_aes_128_gcm = 0x0007,
    aead_aes_256_gcm = 0x0008,
};

/// Fastest first.
inline constexpr std::array<Profile, 3> all_profiles = {
    Profile::aead_aes_128_gcm, Profile::aead_aes_256_gcm, Profile::aes128_cm_hmac_sha1_80};

constexpr bool is_aead(Profile profile) {
    return profile != Profile::aes128_cm_hmac_sha1_80;
}
constexpr std::size_t key_size(Profile profile) {
    return profile == Profile::aead_aes_256_gcm ? 32 : 16;
}
constexpr std::size_t salt_size(Profile profile) {
    return is_aead(profile) ? 12 : 14;
}
constexpr std::size_t tag_size(Profile profile) {
    return is_aead(profile) ? 16 : 10;
}
/// Bytes that protection adds.
constexpr std::size_t rtp_overhead(Profile profile) {
    return tag_size(profile);
}
constexpr std::size_t rtcp_overhead(Profile profile) {
    return tag_size(profile) + 4;
}
inline constexpr std::size_t max_rtp_overhead = 16;
inline constexpr std::size_t max_rtcp_overhead = 20;

/// IANA name: "SRTP_AEAD_AES_128_GCM" and so on.
std::string_view name(Profile profile);
/// OpenSSL's name for SSL_set_tlsext_use_srtp.
const char* openssl_name(Profile profile);
std::optional<Profile> profile_from_id(std::uint16_t id);
std::optional<Profile> profile_from_name(std::string_view iana_name);

/// Master key and salt of one direction. The first key_size() and salt_size() bytes count. Wiped
/// on destruction.
struct MasterKey {
    std::array<std::uint8_t, 32> key{};
    std::array<std::uint8_t, 14> salt{};

    MasterKey() = default;
    MasterKey(const MasterKey&) = default;
    MasterKey& operator=(const MasterKey&) = default;
    ~MasterKey();
};

/// What a DTLS handshake yields (RFC 5764, section 4.2).
struct KeyingMaterial {
    Profile profile{};
    MasterKey local;  ///< protects what we send
    MasterKey remote; ///< protects what the peer sends
};

} // namespace parley::srtp
