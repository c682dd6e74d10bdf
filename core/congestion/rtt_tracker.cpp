#include "core/congestion/rtt_tracker.hpp"

#include <algorithm>

namespace parley::congestion {

namespace {

// Longer is an error of the peer's, not a path.
constexpr Duration longest = 30s;

} // namespace

std::optional<Duration> RttTracker::on_report(const rtcp::ReportBlock& block, NtpTime now) {
    return sample(block.last_sender_report, block.delay_since_last_sender_report, now);
}

std::optional<Duration> RttTracker::on_dlrr(const rtcp::DlrrEntry& entry, NtpTime now) {
    return sample(entry.last_receiver_report, entry.delay_since_last_receiver_report, now);
}

std::optional<Duration> RttTracker::sample(std::uint32_t last, std::uint32_t delay, NtpTime now) {
    if (last == 0) return {};
    // 16.16 seconds, modulo 2^16 seconds.
    const std::int64_t difference = static_cast<std::int32_t>(now.middle() - last - delay);
    auto rtt = Duration{difference * 1'000'000'000 / 65536};
    // The peer rounds its delay: a path shorter than that may come out just below zero.
    if (rtt < -5ms || rtt > longest) return {};
    rtt = std::max<Duration>(rtt, 1us);
    latest_ = rtt;
    smoothed_ = smoothed_ ? *smoothed_ + (rtt - *smoothed_) / 8 : rtt;
    return rtt;
}

} // namespace parley::congestion
