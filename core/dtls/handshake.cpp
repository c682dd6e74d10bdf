#include "core/dtls/handshake.hpp"

#include "core/dtls/session.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace parley::dtls {

namespace {

constexpr std::string_view exporter_label = "EXTRACTOR-dtls_srtp"; // RFC 5764, section 4.2

/// OpenSSL's timer reads the clock; ours retransmits instead. So OpenSSL's never fires.
unsigned int never(SSL*, unsigned int) {
    return 3'600'000'000; // microseconds
}

std::string openssl_names(std::span<const srtp::Profile> profiles) {
    std::string names;
    for (const auto profile : profiles) {
        if (!names.empty()) names += ':';
        names += srtp::openssl_name(profile);
    }
    return names;
}

/// TLS 1.2's PRF (RFC 5246, section 5) over `seed`, whose first part is the label.
bool tls_prf(const char* digest, Bytes secret, MutBytes seed, MutBytes out) {
    static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context{EVP_KDF_CTX_new(kdf),
                                                                            &EVP_KDF_CTX_free};
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(digest), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET,
                                          const_cast<std::uint8_t*>(secret.data()), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
        OSSL_PARAM_construct_end()};
    return context && EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1;
}

} // namespace

void Handshake::Free::operator()(ssl_st* ssl) const {
    SSL_free(ssl);
}

Handshake::Handshake(const Context& context, bool active, std::span<const srtp::Profile> profiles,
                     const std::optional<Fingerprint>& fingerprint)
    : ssl_{SSL_new(context.get())}, fingerprint_{fingerprint}, active_{active} {
    ERR_clear_error();
    auto* bio = make_datagram_bio(queue_);
    auto* ssl = ssl_.get();
    if (ssl == nullptr || bio == nullptr) {
        BIO_free(bio);
        ssl_.reset();
        failure_ = "out of memory";
        return;
    }
    SSL_set_bio(ssl, bio, bio);
    SSL_set_app_data(ssl, this);
    SSL_set_mtu(ssl, Session::mtu);
    DTLS_set_timer_cb(ssl, never);
    if (SSL_set_tlsext_use_srtp(ssl, openssl_names(profiles).c_str()) != 0) {
        ssl_.reset();
        failure_ = "SRTP profile unknown to OpenSSL";
        return;
    }
    if (active) {
        SSL_set_connect_state(ssl);
    } else {
        // No HelloVerifyRequest: its cookie proves that the peer can be reached at its address
        // (RFC 6347, section 4.2.1), which an authenticated ICE check has proved already.
        SSL_set_accept_state(ssl);
    }
}

Handshake::~Handshake() = default;

Handshake::Progress Handshake::run(std::optional<Bytes> datagram) {
    auto* ssl = ssl_.get();
    if (ssl == nullptr) return Progress::failed;
    queue_.incoming = datagram;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl);
    const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
    queue_.incoming.reset();
    for (const auto& sent : queue_.outgoing)
        note_sent(sent);
    if (result == 1) return Progress::done;
    if (error == SSL_ERROR_WANT_READ) return Progress::waiting;
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    failure_ = reason != nullptr ? reason : "handshake failed";
    ERR_clear_error();
    return Progress::failed;
}

void Handshake::note_sent(Bytes datagram) {
    while (const auto record = take_record(datagram)) {
        if (record->epoch() != 1 || record->payload.size() < 8) continue;
        last_sequence_ = std::max(last_sequence_, record->sequence);
        last_nonce_ = load_be64(record->payload.data());
    }
}

int Handshake::check_certificate(x509_store_ctx_st* store, void*) {
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    const auto* self = static_cast<const Handshake*>(SSL_get_app_data(ssl));
    // Not known yet: the session asks again before it lets anything through.
    if (!self->fingerprint_) return 1;
    std::uint8_t* der = nullptr;
    const int size = i2d_X509(X509_STORE_CTX_get0_cert(store), &der);
    const bool same =
        size > 0 && self->fingerprint_->matches({der, static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    if (!same) X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return same ? 1 : 0;
}

std::vector<std::uint8_t> Handshake::peer_certificate() const {
    const auto* x509 = SSL_get0_peer_certificate(ssl_.get());
    const int size = x509 != nullptr ? i2d_X509(x509, nullptr) : 0;
    if (size <= 0) return {};
    std::vector<std::uint8_t> der(static_cast<std::size_t>(size));
    auto* out = der.data();
    i2d_X509(x509, &out);
    return der;
}

std::unique_ptr<srtp::KeyingMaterial> Handshake::export_keys() const {
    const auto* chosen = SSL_get_selected_srtp_profile(ssl_.get());
    const auto profile = chosen != nullptr
                             ? srtp::profile_from_id(static_cast<std::uint16_t>(chosen->id))
                             : std::nullopt;
    if (!profile) return {};
    const auto key_size = srtp::key_size(*profile);
    const auto salt_size = srtp::salt_size(*profile);
    std::array<std::uint8_t, std::size_t{2} * (32 + 14)> block{};
    if (SSL_export_keying_material(ssl_.get(), block.data(), 2 * (key_size + salt_size),
                                   exporter_label.data(), exporter_label.size(), nullptr, 0,
                                   0) != 1) {
        return {};
    }
    auto keys = std::make_unique<srtp::KeyingMaterial>();
    keys->profile = *profile;
    auto& client = active_ ? keys->local : keys->remote;
    auto& server = active_ ? keys->remote : keys->local;
    const auto* at = block.data();
    std::copy_n(at, key_size, client.key.begin());
    std::copy_n(at += key_size, key_size, server.key.begin());
    std::copy_n(at += key_size, salt_size, client.salt.begin());
    std::copy_n(at + salt_size, salt_size, server.salt.begin());
    OPENSSL_cleanse(block.data(), block.size());
    return keys;
}

std::optional<RecordKeys> Handshake::record_keys() const {
    constexpr std::string_view label = "key expansion"; // RFC 5246, section 6.3
    constexpr std::size_t random_size = 32;
    auto* ssl = ssl_.get();
    const auto* cipher = SSL_get_current_cipher(ssl);
    const auto* digest = cipher != nullptr ? SSL_CIPHER_get_handshake_digest(cipher) : nullptr;
    if (digest == nullptr) return {};
    const int nid = SSL_CIPHER_get_cipher_nid(cipher);
    if (nid != NID_aes_128_gcm && nid != NID_aes_256_gcm) return {};

    std::array<std::uint8_t, label.size() + 2 * random_size> seed;
    std::ranges::copy(label, seed.begin());
    SSL_get_server_random(ssl, &seed[label.size()], random_size);
    SSL_get_client_random(ssl, &seed[label.size() + random_size], random_size);
    std::array<std::uint8_t, SSL_MAX_MASTER_KEY_LENGTH> master;
    const auto master_size =
        SSL_SESSION_get_master_key(SSL_get_session(ssl), master.data(), master.size());

    RecordKeys keys;
    keys.key_size = nid == NID_aes_256_gcm ? 32 : 16;
    keys.last_sequence = last_sequence_;
    keys.last_nonce = last_nonce_;
    std::array<std::uint8_t, std::size_t{2} * (32 + 4)> block{};
    const bool ok = tls_prf(EVP_MD_get0_name(digest), {master.data(), master_size}, seed,
                            MutBytes{block}.first(2 * (keys.key_size + keys.local.salt.size())));
    auto& client = active_ ? keys.local : keys.remote;
    auto& server = active_ ? keys.remote : keys.local;
    const auto* at = block.data();
    std::copy_n(at, keys.key_size, client.key.begin());
    std::copy_n(at += keys.key_size, keys.key_size, server.key.begin());
    std::copy_n(at += keys.key_size, client.salt.size(), client.salt.begin());
    std::copy_n(at + client.salt.size(), server.salt.size(), server.salt.begin());
    OPENSSL_cleanse(block.data(), block.size());
    OPENSSL_cleanse(master.data(), master.size());
    if (!ok) return {};
    return keys;
}

} // namespace parley::dtls
