// What all DTLS sessions share: certificate, ciphers, groups. One a server.
#pragma once

#include "core/base/result.hpp"
#include "core/dtls/certificate.hpp"

#include <memory>

struct ssl_ctx_st;

namespace parley::dtls {

class Context {
  public:
    static Result<std::shared_ptr<const Context>> create(Certificate certificate);
    /// With a certificate made now.
    static Result<std::shared_ptr<const Context>> create();

    [[nodiscard]] const Fingerprint& fingerprint() const { return certificate_.fingerprint(); }
    [[nodiscard]] ssl_ctx_st* get() const { return context_.get(); }

  private:
    struct Free {
        void operator()(ssl_ctx_st* context) const;
    };

    explicit Context(Certificate certificate) : certificate_{std::move(certificate)} {}

    Certificate certificate_;
    std::unique_ptr<ssl_ctx_st, Free> context_;
};

} // namespace parley::dtls
