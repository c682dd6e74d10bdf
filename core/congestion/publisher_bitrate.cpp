#include "core/congestion/publisher_bitrate.hpp"

#include <algorithm>
#include <utility>

namespace parley::congestion {

PublisherBitrate::PublisherBitrate(const Config& config)
    : config_{config}, bitrate_{std::clamp(config.start, config.minimum, config.cap)} {}

void PublisherBitrate::on_packets(std::uint64_t expected, std::uint64_t received) {
    expected_ += expected;
    received_ += std::min(received, expected); // duplicates are no credit
}

bool PublisherBitrate::update(Instant now) {
    if (!due_) {
        if (expected_ != 0) due_ = now + config_.interval;
        return false;
    }
    if (now < *due_) return false;
    due_ = now + config_.interval;
    const auto expected = std::exchange(expected_, 0);
    const auto received = std::exchange(received_, 0);
    if (expected == 0) return true; // silent, or paused: keep what was said, but say it again
    const auto loss = static_cast<double>(expected - received) / static_cast<double>(expected);
    auto next = static_cast<double>(bitrate_);
    if (loss > 0.10) {
        next *= 1.0 - 0.5 * loss;
    } else if (loss < 0.02) {
        next *= 1.05;
    }
    bitrate_ = std::clamp(static_cast<std::uint64_t>(next), config_.minimum, config_.cap);
    return true;
}

void PublisherBitrate::set_cap(std::uint64_t cap) {
    config_.cap = std::max(cap, config_.minimum);
    bitrate_ = std::min(bitrate_, config_.cap);
}

} // namespace parley::congestion
