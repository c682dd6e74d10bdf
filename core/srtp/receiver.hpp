// Authenticates and decrypts the RTP and RTCP packets of one direction of a session, and refuses
// replays (RFC 3711, sections 3.3.1 and 3.3.2).
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/srtp/packet_cipher.hpp"
#include "core/srtp/profile.hpp"
#include "core/srtp/replay_window.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::srtp {

class Receiver {
  public:
    struct Counters {
        std::uint64_t malformed = 0; ///< too short, or not RTP (RTCP) at all
        std::uint64_t auth_failed = 0;
        std::uint64_t replayed = 0; ///< seen before, or too old to tell
    };

    /// A peer that was authenticated may use this many SSRCs at a time; after that the one that was
    /// silent for the longest is forgotten.
    static constexpr std::size_t max_streams = 1024;

    struct RtpPacket {
        MutBytes plaintext;      ///< header and decrypted payload, in the packet's own buffer
        std::uint64_t index = 0; ///< 48 bits: ROC << 16 | SEQ
    };

    static Result<Receiver> create(Profile profile, const MasterKey& master);

    /// In place. Nothing when the packet is not authentic or was seen before; then no state
    /// changes, though the bytes may have been overwritten.
    std::optional<RtpPacket> unprotect_rtp(MutBytes packet);
    std::optional<MutBytes> unprotect_rtcp(MutBytes packet);

    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] Profile profile() const { return profile_; }

  private:
    explicit Receiver(Profile profile) : profile_{profile} {}

    PacketCipher rtp_;
    PacketCipher rtcp_;
    Profile profile_;
    StreamTable<ReplayWindow<1024>> rtp_streams_{max_streams};
    StreamTable<ReplayWindow<128>> rtcp_streams_{max_streams};
    Counters counters_;
};

} // namespace parley::srtp
