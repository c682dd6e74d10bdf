// A token bucket: so many a second, with bursts up to the bucket's size.
#pragma once

#include "core/base/time.hpp"

#include <algorithm>

namespace parley::signaling {

class TokenBucket {
  public:
    TokenBucket(double per_second, double burst, Instant now)
        : rate_{per_second}, burst_{burst}, tokens_{burst}, at_{now} {}

    /// False: too many.
    bool take(Instant now) {
        const std::chrono::duration<double> passed = now - at_;
        at_ = now;
        tokens_ = std::min(burst_, tokens_ + passed.count() * rate_);
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

  private:
    double rate_;
    double burst_;
    double tokens_;
    Instant at_;
};

} // namespace parley::signaling
