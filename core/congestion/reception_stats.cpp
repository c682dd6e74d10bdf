#include "core/congestion/reception_stats.hpp"

#include <algorithm>

namespace parley::congestion {

namespace {

// A delay beyond this is no jitter but a sender that moved its timestamps.
constexpr std::uint32_t jump_seconds = 5;
// A leap beyond this is no loss but a sender that started over (MAX_DROPOUT of appendix A.1).
constexpr std::uint64_t max_dropout = 3000;

// Modulo 2^32, as RTP timestamps are.
constexpr std::uint32_t in_clock_units(Duration time, std::uint32_t rate) {
    const auto seconds = time / 1s;
    const auto rest = (time % 1s).count();
    return static_cast<std::uint32_t>(seconds * rate + rest * rate / 1'000'000'000);
}

} // namespace

void ReceptionStats::start(std::uint64_t sequence, std::uint32_t timestamp, Instant now) {
    base_ = highest_ = sequence;
    cycles_ = sequence & ~std::uint64_t{0xFFFF};
    received_ = 1;
    expected_prior_ = received_prior_ = 0;
    first_at_ = now;
    timestamp_ = timestamp;
    transit_ = 0U - timestamp;
}

void ReceptionStats::on_packet(std::uint64_t sequence, std::uint32_t timestamp, Instant now) {
    if (received_ == 0 || sequence > highest_ + max_dropout) {
        start(sequence, timestamp, now);
        return;
    }
    ++received_;
    base_ = std::min(base_, sequence);
    if (sequence <= highest_) return;
    highest_ = sequence;
    // Appendix A.8 takes each packet for a moment of its own. Packets of one video frame are sent
    // over some time under one timestamp, so only the first of each is looked at.
    if (timestamp == timestamp_) return;
    timestamp_ = timestamp;
    const auto arrival = in_clock_units(now - first_at_, clock_rate_);
    const auto transit = arrival - timestamp;
    const std::int64_t difference = static_cast<std::int32_t>(transit - transit_);
    transit_ = transit;
    const auto distance = static_cast<std::uint32_t>(difference < 0 ? -difference : difference);
    if (distance < jump_seconds * clock_rate_) jitter_ += distance - ((jitter_ + 8) >> 4);
}

void ReceptionStats::on_sender_report(NtpTime ntp, Instant now) {
    last_sender_report_ = ntp.middle();
    sender_report_at_ = now;
}

std::uint64_t ReceptionStats::expected() const {
    return started() ? highest_ - base_ + 1 : 0;
}

std::int64_t ReceptionStats::cumulative_lost() const {
    return static_cast<std::int64_t>(expected()) - static_cast<std::int64_t>(received_);
}

Duration ReceptionStats::jitter_time() const {
    return Duration{std::int64_t{jitter()} * 1'000'000'000 / clock_rate_};
}

rtcp::ReportBlock ReceptionStats::report(std::uint32_t ssrc, Instant now) {
    rtcp::ReportBlock block;
    block.ssrc = ssrc;
    const auto expected_interval = static_cast<std::int64_t>(expected() - expected_prior_);
    const auto lost_interval =
        expected_interval - static_cast<std::int64_t>(received_ - received_prior_);
    expected_prior_ = expected();
    received_prior_ = received_;
    if (expected_interval > 0 && lost_interval > 0) {
        block.fraction_lost = static_cast<std::uint8_t>(
            std::min<std::int64_t>(255, (lost_interval << 8) / expected_interval));
    }
    block.cumulative_lost =
        static_cast<std::int32_t>(std::clamp<std::int64_t>(cumulative_lost(), -0x800000, 0x7FFFFF));
    // The peer counts cycles from 0, wherever the extended numbers here began.
    block.highest_sequence = static_cast<std::uint32_t>(highest_ - cycles_);
    block.jitter = jitter();
    if (last_sender_report_ != 0) {
        block.last_sender_report = last_sender_report_;
        block.delay_since_last_sender_report =
            in_clock_units(std::clamp<Duration>(now - sender_report_at_, 0s, 65535s), 65536);
    }
    return block;
}

} // namespace parley::congestion
