#include "core/srtp/packet_cipher.hpp"

#include "core/srtp/key_derivation.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace parley::srtp {

namespace {

constexpr std::size_t aes_block_size = 16;
constexpr std::size_t gcm_tag_size = 16;
constexpr std::size_t hmac_tag_size = 10;

const EVP_CIPHER* cipher_of(Profile profile) {
    switch (profile) {
    case Profile::aead_aes_128_gcm:
        return EVP_aes_128_gcm();
    case Profile::aead_aes_256_gcm:
        return EVP_aes_256_gcm();
    case Profile::aes128_cm_hmac_sha1_80:
        return EVP_aes_128_ctr();
    }
    return nullptr;
}

/// EVP takes no empty input: for AEAD that would mean "final".
bool update(EVP_CIPHER_CTX* context, std::uint8_t* out, const std::uint8_t* in, std::size_t size) {
    if (size == 0) return true;
    int written = 0;
    return EVP_CipherUpdate(context, out, &written, in, static_cast<int>(size)) == 1;
}

bool add_aad(EVP_CIPHER_CTX* context, Bytes bytes) {
    int written = 0;
    return EVP_CipherUpdate(context, nullptr, &written, bytes.data(),
                            static_cast<int>(bytes.size())) == 1;
}

} // namespace

void PacketCipher::ContextFree::operator()(evp_cipher_ctx_st* context) const {
    EVP_CIPHER_CTX_free(context);
}

Result<PacketCipher> PacketCipher::create(Profile profile, const MasterKey& master, Stream stream,
                                          Direction direction) {
    return derive_keys(profile, master, stream).and_then([&](const SessionKeys& keys) {
        return create(profile, keys, stream, direction);
    });
}

Result<PacketCipher> PacketCipher::create(Profile profile, const SessionKeys& keys, Stream stream,
                                          Direction direction) {
    PacketCipher cipher;
    cipher.stream_ = stream;
    cipher.aead_ = is_aead(profile);
    cipher.salt_ = keys.salt;
    cipher.context_.reset(EVP_CIPHER_CTX_new());
    // Counter mode runs forward both ways.
    const bool encrypt = direction == Direction::encrypt || !cipher.aead_;
    if (cipher.context_ == nullptr ||
        EVP_CipherInit_ex(cipher.context_.get(), cipher_of(profile), nullptr, keys.key.data(),
                          nullptr, encrypt ? 1 : 0) != 1) {
        return fail("srtp: OpenSSL cannot set up the cipher");
    }
    if (!cipher.aead_) cipher.hmac_ = std::make_unique<HmacSha1>(keys.auth);
    return cipher;
}

PacketCipher::Iv PacketCipher::make_iv(std::uint32_t ssrc, std::uint64_t index) const {
    // AES-CM (RFC 3711, section 4.1.1): salt * 2^16 ^ SSRC * 2^64 ^ index * 2^16.
    // GCM (RFC 7714, sections 8.1 and 9.1): 00 00 | SSRC | 48-bit index, ^ salt: the same fields,
    // two bytes to the left.
    Iv iv{};
    std::uint8_t* fields = iv.data() + (aead_ ? 2 : 4);
    store_be32(fields, ssrc);
    store_be16(fields + 4, static_cast<std::uint16_t>(index >> 32));
    store_be32(fields + 6, static_cast<std::uint32_t>(index));
    for (std::size_t i = 0; i < salt_.size(); ++i)
        iv[i] ^= salt_[i];
    return iv;
}

std::array<std::uint8_t, 4> PacketCipher::trailer(std::uint64_t index) const {
    std::array<std::uint8_t, 4> word;
    store_be32(word.data(), stream_ == Stream::rtp
                                ? static_cast<std::uint32_t>(index >> 16)
                                : 0x80000000U | static_cast<std::uint32_t>(index));
    return word;
}

bool PacketCipher::add_associated_data(Bytes header, std::uint64_t index) {
    if (stream_ == Stream::rtp) return add_aad(context_.get(), header);
    return add_aad(context_.get(), header) && add_aad(context_.get(), trailer(index));
}

bool PacketCipher::seal(std::uint32_t ssrc, std::uint64_t index, std::uint8_t* packet,
                        std::size_t clear_size, std::size_t head_size, Bytes rest,
                        std::uint8_t* tag) {
    auto* context = context_.get();
    // A head that ends within a block of the cipher makes the long second part slow: it is filled
    // up from `rest`.
    if (const auto odd = (head_size - clear_size) % aes_block_size; odd != 0 && !rest.empty()) {
        const auto fill = std::min(aes_block_size - odd, rest.size());
        std::copy_n(rest.begin(), fill, packet + head_size);
        head_size += fill;
        rest = rest.subspan(fill);
    }

    const auto iv = make_iv(ssrc, index);
    if (EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1) != 1) return false;
    if (aead_ && !add_associated_data({packet, clear_size}, index)) return false;
    if (!update(context, packet + clear_size, packet + clear_size, head_size - clear_size) ||
        !update(context, packet + head_size, rest.data(), rest.size())) {
        return false;
    }
    if (aead_) {
        int written = 0;
        OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, gcm_tag_size),
            OSSL_PARAM_construct_end()};
        return EVP_CipherFinal_ex(context, tag, &written) == 1 &&
               EVP_CIPHER_CTX_get_params(context, parameters) == 1;
    }
    const auto digest = hmac_->sign({packet, head_size + rest.size()}, trailer(index));
    std::copy_n(digest.begin(), hmac_tag_size, tag);
    return true;
}

bool PacketCipher::open(std::uint32_t ssrc, std::uint64_t index, std::uint8_t* packet,
                        std::size_t clear_size, std::size_t size, const std::uint8_t* tag) {
    auto* context = context_.get();
    if (!aead_) {
        const auto digest = hmac_->sign({packet, size}, trailer(index));
        if (CRYPTO_memcmp(digest.data(), tag, hmac_tag_size) != 0) return false;
    }
    const auto iv = make_iv(ssrc, index);
    if (EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, iv.data(), -1) != 1) return false;
    if (aead_) {
        // OpenSSL's parameter is not const, though it only reads the tag.
        const OSSL_PARAM parameters[] = {
            OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG,
                                              const_cast<std::uint8_t*>(tag), gcm_tag_size),
            OSSL_PARAM_construct_end()};
        if (EVP_CIPHER_CTX_set_params(context, parameters) != 1 ||
            !add_associated_data({packet, clear_size}, index)) {
            return false;
        }
    }
    if (!update(context, packet + clear_size, packet + clear_size, size - clear_size)) return false;
    if (!aead_) return true;
    std::uint8_t unused[aes_block_size];
    int written = 0;
    return EVP_CipherFinal_ex(context, unused, &written) == 1;
}

} // namespace parley::srtp
