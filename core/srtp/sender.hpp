// Protects the RTP and RTCP packets of one direction of a session (RFC 3711, RFC 7714).
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/srtp/packet_cipher.hpp"
#include "core/srtp/profile.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace parley::srtp {

class Sender {
  public:
    /// Fails only when OpenSSL lacks memory or the algorithm.
    static Result<Sender> create(Profile profile, const MasterKey& master);

    /// Protects one RTP packet in `buffer` and gives its size, or 0 when the buffer is too small or
    /// the cipher failed.
    ///
    /// `buffer` begins with the RTP header (`header_size` bytes, CSRCs and extension included) and
    /// the plaintext start of the payload up to `head_size`; `rest` is the remaining payload,
    /// read from where it is. The buffer needs head_size + rest.size() + rtp_overhead() bytes.
    /// `index` is the 48-bit packet index, ROC << 16 | SEQ (RFC 3711, section 3.3.1). The caller
    /// owns the sequence space of each SSRC and must never use one index twice with different
    /// contents: for GCM that would give the key away.
    std::size_t protect_rtp(MutBytes buffer, std::uint64_t index, std::size_t header_size,
                            std::size_t head_size, Bytes rest);

    /// Protects the compound RTCP packet in the first `size` bytes of `buffer`, which needs
    /// rtcp_overhead() more. Gives the new size, or 0. The SRTCP index is kept here.
    std::size_t protect_rtcp(MutBytes buffer, std::size_t size);

    [[nodiscard]] Profile profile() const { return profile_; }

  private:
    explicit Sender(Profile profile) : profile_{profile} {}

    PacketCipher rtp_;
    PacketCipher rtcp_;
    Profile profile_;
    std::uint32_t rtcp_index_ = 0; ///< one counter for all SSRCs: unique for each all the more
};

} // namespace parley::srtp
