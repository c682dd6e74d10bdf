#include "core/router/keyframe_arbiter.hpp"

#include <algorithm>

namespace parley {

std::string_view to_string(KeyframeReason reason) {
    switch (reason) {
    case KeyframeReason::new_subscription:
        return "new-subscription";
    case KeyframeReason::layer_switch:
        return "layer-switch";
    case KeyframeReason::recorder:
        return "recorder";
    case KeyframeReason::segment:
        return "segment";
    case KeyframeReason::decoder_refresh:
        return "decoder-refresh";
    case KeyframeReason::loss:
        return "loss";
    }
    return "";
}

std::optional<KeyframeReason> parse_keyframe_reason(std::string_view text) {
    for (std::uint8_t i = 0; i < keyframe_reason_count; ++i) {
        const auto reason = static_cast<KeyframeReason>(i);
        if (text == to_string(reason)) return reason;
    }
    return std::nullopt;
}

KeyframeArbiter::KeyframeArbiter() : KeyframeArbiter(Config{}) {}

KeyframeArbiter::KeyframeArbiter(const Config& config)
    : config_{config}, retry_{config.min_interval} {}

void KeyframeArbiter::request(KeyframeReason reason, Instant now) {
    ++counters_.requests[static_cast<std::size_t>(reason)];
    if (pending_) {
        ++counters_.merged;
        return;
    }
    pending_ = true;
    reason_ = reason;
    retry_ = config_.min_interval;
    due_ = last_sent_ ? std::max(now, *last_sent_ + config_.min_interval) : now;
}

void KeyframeArbiter::on_keyframe(Instant) {
    ++counters_.keyframes;
    pending_ = false;
}

void KeyframeArbiter::hurry(Instant now) {
    if (!pending_) return;
    retry_ = config_.min_interval;
    due_ = std::min(due_, last_sent_ ? std::max(now, *last_sent_ + config_.min_interval) : now);
}

bool KeyframeArbiter::poll(Instant now) {
    if (!pending_ || now < due_) return false;
    ++counters_.sent;
    last_sent_ = now;
    due_ = now + retry_;
    retry_ = std::min(retry_ * 2, config_.max_interval);
    return true;
}

std::optional<Instant> KeyframeArbiter::next_deadline() const {
    if (!pending_) return std::nullopt;
    return due_;
}

} // namespace parley
