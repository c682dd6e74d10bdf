// Our own self-signed certificate: ECDSA on P-256, made at start and kept in memory only.
#pragma once

#include "core/base/result.hpp"
#include "core/dtls/fingerprint.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace parley::dtls {

class Certificate {
  public:
    /// Valid from a day before the system's clock for a year; peers go by the fingerprint alone.
    static Result<Certificate> generate(std::string_view common_name = "parley");

    /// SHA-256, for a=fingerprint.
    [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }
    [[nodiscard]] Bytes der() const { return der_; }
    [[nodiscard]] x509_st* x509() const { return x509_.get(); }
    [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }

  private:
    struct X509Free {
        void operator()(x509_st* x509) const;
    };
    struct KeyFree {
        void operator()(evp_pkey_st* key) const;
    };

    Certificate() = default;

    std::unique_ptr<x509_st, X509Free> x509_;
    std::unique_ptr<evp_pkey_st, KeyFree> key_;
    std::vector<std::uint8_t> der_;
    Fingerprint fingerprint_;
};

} // namespace parley::dtls
