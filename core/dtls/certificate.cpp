#include "core/dtls/certificate.hpp"

#include "core/base/random.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace parley::dtls {

void Certificate::X509Free::operator()(x509_st* x509) const {
    X509_free(x509);
}
void Certificate::KeyFree::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

Result<Certificate> Certificate::generate(std::string_view common_name) {
    constexpr long day = 24L * 60 * 60;
    Certificate certificate;
    certificate.key_.reset(EVP_EC_gen("P-256"));
    certificate.x509_.reset(X509_new());
    auto* key = certificate.key_.get();
    auto* x509 = certificate.x509_.get();
    if (key == nullptr || x509 == nullptr) return fail("dtls: OpenSSL cannot make an ECDSA key");

    // 64 random bits, the highest cleared: a serial number is positive.
    const auto serial = random_u64() >> 1;
    auto* name = X509_get_subject_name(x509); // owned by x509
    const bool ok =
        X509_set_version(x509, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(x509), -day) != nullptr &&
        X509_gmtime_adj(X509_getm_notAfter(x509), 365 * day) != nullptr &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) == 1 &&
        X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1 &&
        X509_sign(x509, key, EVP_sha256()) > 0;
    if (!ok) return fail("dtls: OpenSSL cannot make a certificate");

    const int size = i2d_X509(x509, nullptr);
    if (size <= 0) return fail("dtls: OpenSSL cannot encode the certificate");
    certificate.der_.resize(static_cast<std::size_t>(size));
    auto* out = certificate.der_.data();
    i2d_X509(x509, &out);
    certificate.fingerprint_ = Fingerprint::of(certificate.der_, HashAlgorithm::sha256);
    return certificate;
}

} // namespace parley::dtls
