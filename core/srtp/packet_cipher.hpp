// One key of SRTP or SRTCP with its cipher context kept: per packet only the IV is set.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/srtp/hmac_sha1.hpp"
#include "core/srtp/key_derivation.hpp"
#include "core/srtp/profile.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

struct evp_cipher_ctx_st;

namespace parley::srtp {

enum class Direction : std::uint8_t { encrypt, decrypt };

class PacketCipher {
  public:
    PacketCipher() = default;

    /// Both fail only when OpenSSL does.
    static Result<PacketCipher> create(Profile profile, const MasterKey& master, Stream stream,
                                       Direction direction);
    static Result<PacketCipher> create(Profile profile, const SessionKeys& keys, Stream stream,
                                       Direction direction);

    /// Encrypts packet[clear_size..head_size] in place and `rest` to behind it, and writes the tag
    /// (tag_size() bytes) to `tag`. `index` is the 48-bit packet index, or the 31-bit SRTCP index.
    /// False when OpenSSL failed.
    bool seal(std::uint32_t ssrc, std::uint64_t index, std::uint8_t* packet, std::size_t clear_size,
              std::size_t head_size, Bytes rest, std::uint8_t* tag);

    /// Checks the tag and decrypts packet[clear_size..size] in place. False when the packet is not
    /// authentic; its bytes may have been overwritten then.
    bool open(std::uint32_t ssrc, std::uint64_t index, std::uint8_t* packet, std::size_t clear_size,
              std::size_t size, const std::uint8_t* tag);

  private:
    struct ContextFree {
        void operator()(evp_cipher_ctx_st* context) const;
    };

    using Iv = std::array<std::uint8_t, 16>;

    [[nodiscard]] Iv make_iv(std::uint32_t ssrc, std::uint64_t index) const;
    /// What is authenticated behind the packet: the ROC for RTP, the E-and-index word for RTCP.
    [[nodiscard]] std::array<std::uint8_t, 4> trailer(std::uint64_t index) const;
    bool add_associated_data(Bytes header, std::uint64_t index);

    std::unique_ptr<evp_cipher_ctx_st, ContextFree> context_;
    std::unique_ptr<HmacSha1> hmac_; ///< AES-CM only
    std::array<std::uint8_t, 14> salt_{};
    Stream stream_ = Stream::rtp;
    bool aead_ = false;
};

} // namespace parley::srtp
