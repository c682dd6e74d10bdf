#include "core/congestion/nack_generator.hpp"

#include <algorithm>
#include <utility>

namespace parley::congestion {

NackGenerator::NackGenerator() : NackGenerator{Config{}} {}

NackGenerator::NackGenerator(const Config& config) : config_{config} {
    missing_.reserve(config_.max_missing);
}

NackGenerator::Event NackGenerator::on_packet(std::uint64_t sequence, Instant now) {
    if (!started_) {
        started_ = true;
        newest_ = sequence;
        return Event::in_order;
    }
    if (sequence <= newest_) {
        const auto at = find(sequence);
        if (at == missing_.end() || at->sequence != sequence) return Event::duplicate;
        missing_.erase(at);
        ++counters_.recovered;
        return Event::recovered;
    }
    const auto gap = sequence - newest_ - 1;
    const auto first = newest_ + 1;
    newest_ = sequence;
    if (gap == 0) return Event::in_order;
    if (gap > config_.max_gap) {
        counters_.given_up += missing_.size();
        missing_.clear();
        return Event::reset;
    }
    const auto fresh = std::min<std::uint64_t>(gap, config_.max_missing);
    const auto room = config_.max_missing - static_cast<std::size_t>(fresh);
    if (missing_.size() > room) give_up(missing_.size() - room);
    given_up_ += static_cast<std::size_t>(gap - fresh);
    counters_.given_up += gap - fresh;
    for (auto lost = first + (gap - fresh); lost < sequence; ++lost) {
        missing_.push_back({lost, now, now + config_.reorder_tolerance, 0});
    }
    return Event::gap;
}

std::vector<NackGenerator::Missing>::iterator NackGenerator::find(std::uint64_t sequence) {
    return std::lower_bound(
        missing_.begin(), missing_.end(), sequence,
        [](const Missing& entry, std::uint64_t value) { return entry.sequence < value; });
}

bool NackGenerator::is_missing(std::uint64_t sequence) const {
    return std::binary_search(
        missing_.begin(), missing_.end(), Missing{sequence, {}, {}, 0},
        [](const Missing& a, const Missing& b) { return a.sequence < b.sequence; });
}

void NackGenerator::give_up(std::size_t count) {
    missing_.erase(missing_.begin(), missing_.begin() + static_cast<std::ptrdiff_t>(count));
    given_up_ += count;
    counters_.given_up += count;
}

void NackGenerator::forget_before(std::uint64_t sequence) {
    missing_.erase(missing_.begin(), find(sequence));
    given_up_ = 0; // the keyframe that would be asked for is here
}

Duration NackGenerator::retry_interval(unsigned tries) const {
    // Half as much again as the round trip, so that an answer on its way is not asked for twice;
    // then backing off by a quarter with each try.
    auto interval = rtt_ + rtt_ / 2;
    for (unsigned i = 1; i < tries && interval < config_.max_interval; ++i) {
        interval += interval / 4;
    }
    return std::clamp(interval, config_.min_interval, config_.max_interval);
}

std::size_t NackGenerator::take(Instant now, std::vector<std::uint16_t>& out) {
    const auto hopeless = [&](const Missing& entry) {
        return entry.due <= now &&
               (entry.tries >= config_.max_tries || now - entry.since >= config_.max_age);
    };
    const auto kept = std::remove_if(missing_.begin(), missing_.end(), hopeless);
    const auto lost = static_cast<std::size_t>(missing_.end() - kept);
    missing_.erase(kept, missing_.end());
    given_up_ += lost;
    counters_.given_up += lost;

    for (auto& entry : missing_) {
        if (entry.due > now) continue;
        out.push_back(static_cast<std::uint16_t>(entry.sequence));
        ++entry.tries;
        ++counters_.requested;
        entry.due = now + retry_interval(entry.tries);
    }
    return std::exchange(given_up_, 0);
}

std::optional<Instant> NackGenerator::next_deadline() const {
    if (given_up_ != 0) return Instant{}; // at once: a keyframe is wanted
    std::optional<Instant> earliest;
    for (const auto& entry : missing_) {
        if (!earliest || entry.due < *earliest) earliest = entry.due;
    }
    return earliest;
}

} // namespace parley::congestion
