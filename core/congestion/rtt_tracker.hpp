// Round-trip time from LSR and DLSR of report blocks, or from DLRR (RFC 3550, section 6.4.1).
#pragma once

#include "core/base/time.hpp"
#include "core/rtcp/packet.hpp"

#include <cstdint>
#include <optional>

namespace parley::congestion {

class RttTracker {
  public:
    /// A report on a stream of ours. Returns the sample; nothing when the peer has seen no sender
    /// report yet, or when the figures make no sense.
    std::optional<Duration> on_report(const rtcp::ReportBlock& block, NtpTime now);
    std::optional<Duration> on_dlrr(const rtcp::DlrrEntry& entry, NtpTime now);

    [[nodiscard]] std::optional<Duration> latest() const { return latest_; }
    /// Moving average, 1/8 of each sample.
    [[nodiscard]] std::optional<Duration> smoothed() const { return smoothed_; }
    [[nodiscard]] Duration smoothed_or(Duration otherwise) const {
        return smoothed_.value_or(otherwise);
    }

  private:
    std::optional<Duration> sample(std::uint32_t last, std::uint32_t delay, NtpTime now);

    std::optional<Duration> latest_;
    std::optional<Duration> smoothed_;
};

} // namespace parley::congestion
