// Session keys from master keys (RFC 3711, section 4.3; RFC 7714, section 11), derivation rate 0.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/srtp/profile.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::srtp {

/// Labels of RFC 3711, section 4.3.1.
enum class KeyLabel : std::uint8_t {
    rtp_encryption = 0,
    rtp_authentication = 1,
    rtp_salt = 2,
    rtcp_encryption = 3,
    rtcp_authentication = 4,
    rtcp_salt = 5,
};

/// Fills `out` (at most 64 bytes) with the session key for `label`.
Result<void> derive_key(Profile profile, const MasterKey& master, KeyLabel label, MutBytes out);

} // namespace parley::srtp
