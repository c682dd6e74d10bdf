#include "recording/evidence/digest.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace parley::recording {
namespace {

// SHA-256 fails for want of memory only; a wrong digest would be worse than an end.
void require(int ok) {
    if (ok != 1) std::abort();
}

} // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_{EVP_MD_CTX_new()} {
    require(context_ ? 1 : 0);
    require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

Sha256& Sha256::update(Bytes bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
    return *this;
}

Digest Sha256::finish() {
    Digest digest{};
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
    require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
    return digest;
}

} // namespace parley::recording
