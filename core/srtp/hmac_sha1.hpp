// HMAC-SHA1 (RFC 2104) with its key absorbed once.
#pragma once

#include "core/base/bytes.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::srtp {

class HmacSha1 {
  public:
    static constexpr std::size_t digest_size = SHA_DIGEST_LENGTH;
    using Digest = std::array<std::uint8_t, digest_size>;

    /// `key` of at most 64 bytes.
    explicit HmacSha1(Bytes key);
    ~HmacSha1();
    HmacSha1(const HmacSha1&) = delete;
    HmacSha1& operator=(const HmacSha1&) = delete;

    /// Over the two parts, one after the other.
    [[nodiscard]] Digest sign(Bytes first, Bytes second) const;

  private:
    SHA_CTX inner_; ///< the state after the padded key
    SHA_CTX outer_;
};

} // namespace parley::srtp
