// The SHA1_* functions are marked as deprecated since OpenSSL 3.0 in favour of EVP_MAC. They stay
// in use here because a copy of their state is a plain copy of 96 bytes: EVP_MAC, started again
// with its key kept, allocates and costs a tenth more a packet and five times the memory.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/srtp/hmac_sha1.hpp"

#include <openssl/crypto.h>

#include <cassert>

namespace parley::srtp {

namespace {

constexpr std::size_t block_size = SHA_CBLOCK;

void absorb_key(SHA_CTX& state, Bytes key, std::uint8_t pad) {
    std::array<std::uint8_t, block_size> block{};
    for (std::size_t i = 0; i < key.size(); ++i)
        block[i] = key[i];
    for (auto& byte : block)
        byte ^= pad;
    SHA1_Init(&state);
    SHA1_Update(&state, block.data(), block.size());
    OPENSSL_cleanse(block.data(), block.size());
}

} // namespace

HmacSha1::HmacSha1(Bytes key) {
    assert(key.size() <= block_size);
    absorb_key(inner_, key, 0x36);
    absorb_key(outer_, key, 0x5C);
}

HmacSha1::~HmacSha1() {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
}

HmacSha1::Digest HmacSha1::sign(Bytes first, Bytes second) const {
    Digest digest;
    SHA_CTX state = inner_;
    SHA1_Update(&state, first.data(), first.size());
    SHA1_Update(&state, second.data(), second.size());
    SHA1_Final(digest.data(), &state);
    state = outer_;
    SHA1_Update(&state, digest.data(), digest.size());
    SHA1_Final(digest.data(), &state);
    return digest;
}

} // namespace parley::srtp
