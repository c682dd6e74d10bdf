#include "core/srtp/key_derivation.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace parley::srtp {

namespace {

/// Labels of RFC 3711, section 4.3.1; those of SRTCP are three higher.
enum Label : std::uint8_t { encryption = 0, authentication = 1, salting = 2 };

bool derive(Profile profile, const MasterKey& master, std::uint8_t label, MutBytes out) {
    // x * 2^16 with x = (label << 48) XOR master salt: the counter block starts at it. The 96-bit
    // salt of GCM stands on the left, with zeroes behind it (RFC 7714, section 11).
    std::array<std::uint8_t, 16> iv{};
    std::copy_n(master.salt.begin(), salt_size(profile), iv.begin());
    iv[7] ^= label;

    const std::array<std::uint8_t, 32> zeroes{};
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{
        EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    const auto* cipher = key_size(profile) == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
    int written = 0;
    return context &&
           EVP_EncryptInit_ex(context.get(), cipher, nullptr, master.key.data(), iv.data()) == 1 &&
           EVP_EncryptUpdate(context.get(), out.data(), &written, zeroes.data(),
                             static_cast<int>(out.size())) == 1;
}

} // namespace

SessionKeys::~SessionKeys() {
    OPENSSL_cleanse(key.data(), key.size());
    OPENSSL_cleanse(salt.data(), salt.size());
    OPENSSL_cleanse(auth.data(), auth.size());
}

Result<SessionKeys> derive_keys(Profile profile, const MasterKey& master, Stream stream) {
    const std::uint8_t first = stream == Stream::rtp ? 0 : 3;
    const auto label = [first](Label which) { return static_cast<std::uint8_t>(first + which); };
    SessionKeys keys;
    const bool done =
        derive(profile, master, label(encryption), MutBytes{keys.key}.first(key_size(profile))) &&
        derive(profile, master, label(salting), MutBytes{keys.salt}.first(salt_size(profile))) &&
        (is_aead(profile) || derive(profile, master, label(authentication), keys.auth));
    if (!done) return fail("srtp: OpenSSL cannot derive a session key");
    return keys;
}

} // namespace parley::srtp
