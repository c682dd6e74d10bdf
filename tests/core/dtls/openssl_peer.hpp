// A DTLS peer that is plain OpenSSL, kept whole: what other implementations are to our session.
#pragma once

#include "core/dtls/datagram_bio.hpp"
#include "core/dtls/fingerprint.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace parley::dtls {

class OpensslPeer {
  public:
    struct Options {
        bool active = true;
        bool rsa = false;
        bool with_certificate = true;
        std::string ciphers = "ALL";
        std::string profiles = "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80";
        std::size_t padding = 0; ///< an extension of this size makes the ClientHello as large
    };

    explicit OpensslPeer(const Options& options) : padding_(options.padding, 0x5A) {
        ctx_.reset(SSL_CTX_new(DTLS_method()));
        auto* ctx = ctx_.get();
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        SSL_CTX_set_cert_verify_callback(
            ctx, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
        SSL_CTX_set_options(ctx, SSL_OP_NO_QUERY_MTU);
        EXPECT_EQ(SSL_CTX_set_cipher_list(ctx, options.ciphers.c_str()), 1);
        if (options.with_certificate) make_certificate(options.rsa);
        if (!padding_.empty()) {
            EXPECT_EQ(SSL_CTX_add_custom_ext(ctx, 0xFE00, SSL_EXT_CLIENT_HELLO, add_padding,
                                             nullptr, &padding_, nullptr, nullptr),
                      1);
        }
        ssl_.reset(SSL_new(ctx));
        auto* bio = make_datagram_bio(queue_);
        SSL_set_bio(ssl_.get(), bio, bio);
        SSL_set_mtu(ssl_.get(), 1200);
        SSL_set_app_data(ssl_.get(), this);
        DTLS_set_timer_cb(ssl_.get(), [](SSL* ssl, unsigned) {
            auto* self = static_cast<OpensslPeer*>(SSL_get_app_data(ssl));
            return std::exchange(self->timer_us_, hour_us);
        });
        if (!options.profiles.empty()) {
            EXPECT_EQ(SSL_set_tlsext_use_srtp(ssl_.get(), options.profiles.c_str()), 0);
        }
        options.active ? SSL_set_connect_state(ssl_.get()) : SSL_set_accept_state(ssl_.get());
    }

    void run() {
        ERR_clear_error();
        if (!done()) SSL_do_handshake(ssl_.get());
    }
    void handle(Bytes datagram) {
        ERR_clear_error();
        queue_.incoming = datagram;
        if (!done()) {
            SSL_do_handshake(ssl_.get());
        } else {
            char byte = 0;
            SSL_read(ssl_.get(), &byte, 1);
        }
        queue_.incoming.reset();
    }
    /// Lets OpenSSL's own timer run out at once behind the flight that it sends next, which it then
    /// sends again.
    void send_next_flight_twice() { timer_us_ = 1; }
    std::vector<std::vector<std::uint8_t>> take() { return std::exchange(queue_.outgoing, {}); }
    void close() { SSL_shutdown(ssl_.get()); }

    [[nodiscard]] bool done() const { return SSL_is_init_finished(ssl_.get()) == 1; }
    [[nodiscard]] bool closed_by_us() const {
        return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }
    [[nodiscard]] std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }
    [[nodiscard]] Fingerprint fingerprint(HashAlgorithm algorithm = HashAlgorithm::sha256) const {
        return Fingerprint::of(certificate_, algorithm);
    }
    /// As DTLS-SRTP lays it out: client key, server key, client salt, server salt.
    [[nodiscard]] std::vector<std::uint8_t> exported(std::size_t size) const {
        constexpr std::string_view label = "EXTRACTOR-dtls_srtp";
        std::vector<std::uint8_t> out(size);
        SSL_export_keying_material(ssl_.get(), out.data(), size, label.data(), label.size(),
                                   nullptr, 0, 0);
        return out;
    }

  private:
    static constexpr unsigned hour_us = 3'600'000'000;

    static int add_padding(SSL*, unsigned, unsigned, const unsigned char** out, std::size_t* size,
                           X509*, std::size_t, int*, void* argument) {
        const auto* padding = static_cast<const std::vector<std::uint8_t>*>(argument);
        *out = padding->data();
        *size = padding->size();
        return 1;
    }

    void make_certificate(bool rsa) {
        static EVP_PKEY* const rsa_key = EVP_RSA_gen(2048); // slow to make
        EVP_PKEY* key = rsa ? rsa_key : EVP_EC_gen("P-256");
        X509* x509 = X509_new();
        X509_set_version(x509, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509), 0);
        X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
        X509_set_pubkey(x509, key);
        X509_sign(x509, key, EVP_sha256());
        unsigned char* der = nullptr;
        const int size = i2d_X509(x509, &der);
        certificate_.assign(der, der + size);
        OPENSSL_free(der);
        SSL_CTX_use_certificate(ctx_.get(), x509);
        SSL_CTX_use_PrivateKey(ctx_.get(), key);
        X509_free(x509);
        if (!rsa) EVP_PKEY_free(key);
    }

    struct Free {
        void operator()(SSL_CTX* ctx) const { SSL_CTX_free(ctx); }
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    unsigned timer_us_ = hour_us;
    std::vector<std::uint8_t> padding_;
    std::vector<std::uint8_t> certificate_;
    DatagramQueue queue_;
    std::unique_ptr<SSL_CTX, Free> ctx_;
    std::unique_ptr<SSL, Free> ssl_;
};

} // namespace parley::dtls
