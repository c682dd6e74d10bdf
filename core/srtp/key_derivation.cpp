#include "core/srtp/key_derivation.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace parley::srtp {

Result<void> derive_key(Profile profile, const MasterKey& master, KeyLabel label, MutBytes out) {
    // x * 2^16 with x = (label << 48) XOR master salt: the counter block starts at it. The 96-bit
    // salt of GCM stands on the left, with zeroes behind it (RFC 7714, section 11).
    std::array<std::uint8_t, 16> iv{};
    std::copy_n(master.salt.begin(), salt_size(profile), iv.begin());
    iv[7] ^= static_cast<std::uint8_t>(label);

    const std::array<std::uint8_t, 64> zeroes{};
    if (out.size() > zeroes.size()) return fail("srtp: derived key too long");
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{
        EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    const auto* cipher = key_size(profile) == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
    int written = 0;
    if (!context ||
        EVP_EncryptInit_ex(context.get(), cipher, nullptr, master.key.data(), iv.data()) != 1 ||
        EVP_EncryptUpdate(context.get(), out.data(), &written, zeroes.data(),
                          static_cast<int>(out.size())) != 1) {
        return fail("srtp: OpenSSL cannot derive a session key");
    }
    return {};
}

} // namespace parley::srtp
