#include "core/router/clock_mapping.hpp"

#include "core/rtp/sequence.hpp"

#include <algorithm>

namespace parley {

namespace {
/// A timestamp so far from the anchor that the anchor must follow: 2^28 ticks are 50 minutes of
/// video, far from where 32 bits wrap.
constexpr std::int32_t anchor_reach = 1 << 28;
/// An error that no clock drifts into: the source started over, and there is nothing to keep
/// smooth.
constexpr Duration not_a_drift = 10s;
} // namespace

Duration Slew::remaining(Instant now) const {
    const Duration corrected = std::max<Duration>(now - at_, Duration{}) / parts;
    if (error_ >= Duration{}) return std::max(error_ - corrected, Duration{});
    return std::min(error_ + corrected, Duration{});
}

bool PublisherClock::on_sender_report(NtpTime publisher, Instant arrival) {
    if (publisher.value == 0) return false;
    if (trusted_) return true;
    const Duration sample = wall_.ntp_at(arrival) - publisher;
    if (!known_) {
        restart(sample, arrival);
        return true;
    }
    late_ = sample - offset_ > step ? late_ + 1 : 0;
    if (late_ >= step_reports || offset_ - sample > step) {
        // The publisher's clock was set. Its next reports carry the jump, which this one undoes.
        restart(sample, arrival);
        return true;
    }
    if (arrival - bucket_started_ >= bucket_length) {
        bucket_ = (bucket_ + 1) % buckets;
        used_ = std::min(used_ + 1, buckets);
        least_[bucket_] = sample;
        bucket_started_ = arrival;
    } else {
        least_[bucket_] = std::min(least_[bucket_], sample);
    }
    const Duration least =
        *std::min_element(least_.begin(), least_.begin() + static_cast<std::ptrdiff_t>(used_));
    if (least != offset_) {
        const Duration error = offset_ + slew_.remaining(arrival) - least;
        offset_ = least;
        slew_.start(error, arrival);
    }
    return true;
}

void PublisherClock::restart(Duration sample, Instant now) {
    known_ = true;
    late_ = 0;
    bucket_ = 0;
    used_ = 1;
    least_[0] = sample;
    bucket_started_ = now;
    offset_ = sample;
    slew_ = Slew{};
}

ClockMapping::ClockMapping(std::uint32_t clock_rate, const PublisherClock& publisher)
    : clock_rate_{clock_rate}, publisher_{publisher} {}

void ClockMapping::on_packet(std::uint32_t timestamp, Instant arrival) {
    if (reported_) return;
    const NtpTime here = publisher_.wall().ntp_at(arrival);
    if (!started_) {
        started_ = true;
        anchor_ = here;
        anchor_timestamp_ = timestamp;
        return;
    }
    const std::int32_t ticks = rtp::distance(anchor_timestamp_, timestamp);
    const NtpTime expected = anchor_ + to_duration(ticks);
    const Duration early = expected - here;
    if (early > not_a_drift || early < -not_a_drift) {
        anchor_ = here;
        anchor_timestamp_ = timestamp;
        slew_ = Slew{};
    } else if (early > Duration{}) {
        slew_.start(slew_.remaining(arrival) + early, arrival);
        anchor_ = here;
        anchor_timestamp_ = timestamp;
    } else if (ticks > anchor_reach) {
        anchor_ = expected;
        anchor_timestamp_ = timestamp;
    }
}

void ClockMapping::on_sender_report(NtpTime publisher, std::uint32_t timestamp, Instant arrival) {
    if (publisher.value == 0 || !publisher_.known()) return;
    const bool was_started = started_;
    const NtpTime before = ntp(timestamp, arrival);
    started_ = true;
    reported_ = true;
    anchor_ = publisher;
    anchor_timestamp_ = timestamp;
    slew_ = Slew{};
    if (!was_started) return;
    const Duration error = before - ntp(timestamp, arrival);
    if (error < not_a_drift && error > -not_a_drift) slew_.start(error, arrival);
}

void ClockMapping::reset() {
    started_ = false;
    reported_ = false;
    slew_ = Slew{};
}

NtpTime ClockMapping::anchor(Instant now) const {
    return reported_ ? publisher_.to_ours(anchor_, now) : anchor_;
}

NtpTime ClockMapping::ntp(std::uint32_t timestamp, Instant now) const {
    if (!started_) return publisher_.wall().ntp_at(now);
    return anchor(now) +
           (to_duration(rtp::distance(anchor_timestamp_, timestamp)) + slew_.remaining(now));
}

std::uint32_t ClockMapping::timestamp(NtpTime ntp, Instant now) const {
    if (!started_) return 0;
    const Duration elapsed = ntp - anchor(now) - slew_.remaining(now);
    return anchor_timestamp_ + static_cast<std::uint32_t>(to_ticks(elapsed));
}

Duration ClockMapping::to_duration(std::int32_t ticks) const {
    return Duration{std::int64_t{ticks} * 1'000'000'000 / clock_rate_};
}

std::int64_t ClockMapping::to_ticks(Duration duration) const {
    const auto wide = static_cast<detail::Wide>(duration.count()) * clock_rate_;
    const detail::Wide half = wide >= 0 ? 500'000'000 : -500'000'000;
    return static_cast<std::int64_t>((wide + half) / 1'000'000'000);
}

} // namespace parley
