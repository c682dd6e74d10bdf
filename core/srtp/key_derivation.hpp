// Session keys from master keys (RFC 3711, section 4.3; RFC 7714, section 11), derivation rate 0.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/srtp/profile.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::srtp {

enum class Stream : std::uint8_t { rtp, rtcp };

/// What protects one stream kind in one direction. The first key_size() and salt_size() bytes
/// count; `auth` is for AES-CM only. Wiped on destruction.
struct SessionKeys {
    std::array<std::uint8_t, 32> key{};
    std::array<std::uint8_t, 14> salt{};
    std::array<std::uint8_t, 20> auth{};

    SessionKeys() = default;
    SessionKeys(const SessionKeys&) = default;
    SessionKeys& operator=(const SessionKeys&) = default;
    ~SessionKeys();
};

/// Fails only when OpenSSL does.
Result<SessionKeys> derive_keys(Profile profile, const MasterKey& master, Stream stream);

} // namespace parley::srtp
