// What all subscriptions of one subscriber share: the transport's counters, its round-trip time and
// the budget for retransmissions.
#pragma once

#include "core/base/time.hpp"
#include "core/congestion/rtt_tracker.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace parley {

/// A token bucket in bytes.
class ByteBudget {
  public:
    ByteBudget(std::uint64_t bytes_per_second, std::uint64_t burst)
        : rate_{bytes_per_second}, burst_{burst}, level_{burst} {}

    bool take(std::size_t bytes, Instant now) {
        if (now > at_) {
            const Duration elapsed = std::min<Duration>(now - at_, 10s);
            const auto gained = static_cast<std::uint64_t>(elapsed / 1us) * rate_ / 1'000'000;
            if (gained != 0) {
                level_ = std::min(burst_, level_ + gained);
                at_ = now;
            }
        }
        if (level_ < bytes) return false;
        level_ -= bytes;
        return true;
    }

  private:
    std::uint64_t rate_;
    std::uint64_t burst_;
    std::uint64_t level_;
    Instant at_{};
};

/// Outlives the subscriptions that it is given to.
struct SendContext {
    explicit SendContext(const WallClock& clock) : wall{clock} {}

    WallClock wall;
    /// 2 Mbit/s with bursts of 256 KiB: a lossy link gets its repair, and a peer that NACKs
    /// everything gets little.
    ByteBudget retransmissions{250'000, std::uint64_t{256} << 10};
    congestion::RttTracker rtt;
    std::uint16_t transport_sequence = 0; ///< transport-cc, over all SSRCs of the transport
};

} // namespace parley
