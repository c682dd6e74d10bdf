// Ed25519 (RFC 8032) keys as PEM files hold them. Signatures are text: base64 of the 64 bytes.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>

extern "C" {
struct evp_pkey_st;
}

namespace parley::recording {

namespace detail {
struct FreeKey {
    void operator()(evp_pkey_st* key) const;
};
using KeyPtr = std::unique_ptr<evp_pkey_st, FreeKey>;
} // namespace detail

class PublicKey {
  public:
    static Result<PublicKey> parse(std::string_view pem);
    /// An error names the file.
    static Result<PublicKey> load(const std::string& path);

    [[nodiscard]] bool verify(Bytes message, std::string_view signature) const;
    /// As `openssl pkey -pubout` prints it.
    [[nodiscard]] const std::string& pem() const { return pem_; }
    /// The first 16 hexadecimal digits of the SHA-256 of the key's 32 bytes, for people.
    [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

  private:
    friend class SigningKey;
    static Result<PublicKey> of(evp_pkey_st* key);
    detail::KeyPtr key_;
    std::string pem_;
    std::string fingerprint_;
};

class SigningKey {
  public:
    /// `name` is what errors call it. A PEM that is encrypted is an error: nobody is there to ask.
    static Result<SigningKey> parse(std::string_view pem, std::string_view name = "the key");
    static Result<SigningKey> load(const std::string& path);

    [[nodiscard]] Result<std::string> sign(Bytes message) const;
    [[nodiscard]] const PublicKey& public_key() const { return public_; }
    [[nodiscard]] const std::string& public_pem() const { return public_.pem(); }

  private:
    detail::KeyPtr key_;
    PublicKey public_;
};

} // namespace parley::recording
