#include "core/dtls/context.hpp"

#include "core/dtls/handshake.hpp"

#include <openssl/ssl.h>

#include <utility>

namespace parley::dtls {

namespace {

/// AES-GCM only: every WebRTC stack has it (RFC 8827, section 6.5), it is the fastest, and
/// AlertChannel speaks nothing else. The RSA suites are for peers that are passive with an RSA key.
constexpr auto cipher_list = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                             "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr auto groups = "X25519:P-256:P-384";

} // namespace

void Context::Free::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

Result<std::shared_ptr<const Context>> Context::create(Certificate certificate) {
    std::shared_ptr<Context> context{new Context{std::move(certificate)}};
    context->context_.reset(SSL_CTX_new(DTLS_method()));
    auto* ctx = context->context_.get();
    if (ctx == nullptr) return fail("dtls: OpenSSL cannot make a DTLS context");

    // The peer's certificate is self-signed, so that there is no chain to verify: its fingerprint
    // is compared instead, here as soon as it is known, and in any case by the session.
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(ctx, Handshake::check_certificate, nullptr);
    // One association a transport: nothing is ever resumed.
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    // One datagram is one read, whatever is in it.
    SSL_CTX_set_read_ahead(ctx, 1);
    const bool ok = SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_cipher_list(ctx, cipher_list) == 1 &&
                    SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
                    SSL_CTX_use_certificate(ctx, context->certificate_.x509()) == 1 &&
                    SSL_CTX_use_PrivateKey(ctx, context->certificate_.key()) == 1;
    if (!ok) return fail("dtls: OpenSSL refuses the DTLS settings");
    return std::shared_ptr<const Context>{std::move(context)};
}

Result<std::shared_ptr<const Context>> Context::create() {
    auto certificate = Certificate::generate();
    if (!certificate) return tl::make_unexpected(certificate.error());
    return create(std::move(*certificate));
}

} // namespace parley::dtls
