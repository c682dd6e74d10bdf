// One key of SRTP or SRTCP with its cipher context kept: per packet only the IV is set.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/srtp/hmac_sha1.hpp"
#include "core/srtp/profile.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

struct evp_cipher_ctx_st;

namespace parley::srtp {

enum class Direction : std::uint8_t { encrypt, decrypt };
enum class Stream : std::uint8_t { rtp, rtcp };

class PacketCipher {
  public:
    PacketCipher() = default;

    static Result<PacketCipher> create(Profile profile, const MasterKey& master, Stream stream,
                                       Direction direction);

    /// RTP: `index` is the 48-bit packet index; RTCP: the 31-bit SRTCP index.
    /// Encrypts head[clear_size..] in place and `rest` to behind it, then writes the tag.
    /// `trailer` is authenticated and not encrypted: for AES-CM the caller's ROC or E-and-index
    /// word, for GCM the latter as further associated data. False when OpenSSL failed.
    bool seal(std::uint32_t ssrc, std::uint64_t index, std::uint8_t* packet, std::size_t clear_size,
              std::size_t head_size, Bytes rest, Bytes trailer);

    /// Checks the tag that follows the `size` bytes of `packet`, and decrypts
    /// packet[clear_size..size] in place. False when the packet is not authentic.
    bool open(std::uint32_t ssrc, std::uint64_t index, std::uint8_t* packet, std::size_t clear_size,
              std::size_t size, Bytes tag, Bytes trailer);

  private:
    struct ContextFree {
        void operator()(evp_cipher_ctx_st* context) const;
    };

    void make_iv(std::uint32_t ssrc, std::uint64_t index, std::uint8_t* iv) const;

    std::unique_ptr<evp_cipher_ctx_st, ContextFree> context_;
    std::unique_ptr<HmacSha1> hmac_; ///< AES-CM only
    std::array<std::uint8_t, 14> salt_{};
    Stream stream_ = Stream::rtp;
    bool aead_ = false;
};

} // namespace parley::srtp
