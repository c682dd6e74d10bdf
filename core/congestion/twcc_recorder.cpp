#include "core/congestion/twcc_recorder.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace parley::congestion {

TwccRecorder::TwccRecorder() : TwccRecorder{Config{}} {}

TwccRecorder::TwccRecorder(const Config& config) : config_{config} {
    assert(std::has_single_bit(config_.window) && config_.window <= 0x8000);
}

void TwccRecorder::start(Instant now) {
    arrivals_.assign(config_.window, absent);
    scratch_.reserve(config_.window);
    origin_ = now;
    floor_moves_ = now + config_.late_limit;
}

bool TwccRecorder::advance(std::uint64_t sequence) {
    if (sequence < end_) {
        return sequence >= floor_ && sequence + config_.window >= end_ && slot(sequence) == absent;
    }
    if (sequence - end_ >= config_.window) {
        // The sender started anew, or the network was away: nothing in between is worth reporting.
        std::fill(arrivals_.begin(), arrivals_.end(), absent);
        next_ = floor_ = next_floor_ = sequence;
        unreported_ = 0;
    } else {
        for (auto cleared = end_; cleared <= sequence; ++cleared)
            slot(cleared) = absent;
        // What the ring has forgotten cannot be reported any more.
        if (sequence + 1 > next_ + config_.window) next_ = sequence + 1 - config_.window;
    }
    end_ = sequence + 1;
    return true;
}

void TwccRecorder::on_packet(std::uint16_t sequence, std::uint32_t media_ssrc, Instant now) {
    if (arrivals_.empty()) start(now);
    if (!advance(unwrapper_.unwrap(sequence))) return;
    const auto extended = unwrapper_.peek(sequence);
    slot(extended) = std::max<std::int64_t>(0, (now - origin_) / rtcp::feedback_tick);
    next_ = std::min(next_, extended);
    media_ssrc_ = media_ssrc;
    if (unreported_++ == 0) due_ = now + config_.interval;
    if (unreported_ >= config_.packets_early) due_ = std::min(*due_, now);
}

std::optional<Instant> TwccRecorder::next_deadline() const {
    return due_;
}

bool TwccRecorder::feedback(std::uint32_t sender_ssrc, Instant now, rtcp::CompoundBuilder& out) {
    if (!due_ || now < *due_) return false;
    scratch_.clear();
    for (auto sequence = next_; sequence < end_; ++sequence) {
        if (slot(sequence) != absent) scratch_.push_back({sequence, slot(sequence)});
    }
    std::span<const rtcp::PacketArrival> left{scratch_};
    bool wrote = false;
    while (!left.empty()) {
        const auto taken =
            out.transport_feedback(sender_ssrc, media_ssrc_, feedback_count_, next_, left);
        if (taken == 0) return wrote;
        wrote = true;
        ++feedback_count_;
        next_ = left[taken - 1].sequence + 1;
        left = left.subspan(taken);
    }
    unreported_ = 0;
    due_.reset();
    if (now >= floor_moves_) {
        floor_ = next_floor_;
        next_floor_ = next_;
        floor_moves_ = now + config_.late_limit;
    }
    return wrote;
}

} // namespace parley::congestion
