#include "core/dtls/alert_channel.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace parley::dtls {

namespace {

constexpr std::size_t nonce_size = 8; ///< the explicit part (RFC 5288, section 3)
constexpr std::size_t tag_size = 16;
constexpr std::size_t alert_size = 2;
constexpr std::size_t sealed_size = nonce_size + alert_size + tag_size;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

/// A context made ready for one record: alerts are too rare to keep one.
CipherContext prepare(const RecordKey& key, std::size_t key_size, const std::uint8_t* nonce,
                      std::uint64_t sequence, bool encrypt) {
    std::array<std::uint8_t, 12> iv;
    std::ranges::copy(key.salt, iv.begin());
    std::copy_n(nonce, nonce_size, iv.begin() + 4);
    // seq_num | type | version | length (RFC 5246, section 6.2.3.3)
    std::array<std::uint8_t, record_header_size> aad;
    store_be64(aad.data(), sequence);
    aad[8] = content::alert;
    store_be16(&aad[9], dtls_1_2);
    store_be16(&aad[11], alert_size);

    CipherContext context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
    const auto* cipher = key_size == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    int written = 0;
    if (!context ||
        EVP_CipherInit_ex(context.get(), cipher, nullptr, key.key.data(), iv.data(),
                          encrypt ? 1 : 0) != 1 ||
        EVP_CipherUpdate(context.get(), nullptr, &written, aad.data(), aad.size()) != 1) {
        context.reset();
    }
    return context;
}

} // namespace

RecordKey::~RecordKey() {
    OPENSSL_cleanse(key.data(), key.size());
    OPENSSL_cleanse(salt.data(), salt.size());
}

std::optional<Alert> AlertChannel::open(const Record& record) const {
    if (record.type != content::alert || record.epoch() != 1 || record.version != dtls_1_2 ||
        record.payload.size() != sealed_size) {
        return {};
    }
    const auto* nonce = record.payload.data();
    const auto context = prepare(keys_.remote, keys_.key_size, nonce, record.sequence, false);
    std::array<std::uint8_t, tag_size> tag;
    std::copy_n(record.payload.end() - tag_size, tag_size, tag.begin());
    std::array<std::uint8_t, alert_size> plain;
    std::array<std::uint8_t, tag_size> unused;
    int written = 0;
    if (!context ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) != 1 ||
        EVP_CipherUpdate(context.get(), plain.data(), &written, nonce + nonce_size, alert_size) !=
            1 ||
        EVP_CipherFinal_ex(context.get(), unused.data(), &written) != 1) {
        return {};
    }
    return Alert{plain[0], plain[1]};
}

std::vector<std::uint8_t> AlertChannel::seal(Alert alert) {
    ++keys_.last_sequence;
    ++keys_.last_nonce;
    std::vector<std::uint8_t> record(record_header_size + sealed_size);
    record[0] = content::alert;
    store_be16(&record[1], dtls_1_2);
    store_be64(&record[3], keys_.last_sequence);
    store_be16(&record[11], sealed_size);
    auto* nonce = &record[record_header_size];
    store_be64(nonce, keys_.last_nonce);

    const auto context = prepare(keys_.local, keys_.key_size, nonce, keys_.last_sequence, true);
    const std::array<std::uint8_t, alert_size> plain = {alert.level, alert.description};
    auto* out = nonce + nonce_size;
    int written = 0;
    if (!context || EVP_CipherUpdate(context.get(), out, &written, plain.data(), alert_size) != 1 ||
        EVP_CipherFinal_ex(context.get(), out + alert_size, &written) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, out + alert_size) !=
            1) {
        return {};
    }
    return record;
}

} // namespace parley::dtls
