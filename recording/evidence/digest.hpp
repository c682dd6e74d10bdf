// SHA-256 (FIPS 180-4), a piece at a time.
#pragma once

#include "core/base/bytes.hpp"
#include "recording/evidence/events.hpp"

#include <memory>

extern "C" {
struct evp_md_ctx_st;
}

namespace parley::recording {

class Sha256 {
  public:
    Sha256();
    Sha256& update(Bytes bytes);
    /// Of everything since the start or the finish() before; starts anew.
    Digest finish();

    static Digest of(Bytes bytes) { return Sha256{}.update(bytes).finish(); }

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

} // namespace parley::recording
