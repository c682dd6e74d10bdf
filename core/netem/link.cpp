#include "core/netem/link.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace parley::netem {

Random::Random(std::uint64_t seed) {
    // SplitMix64 spreads any seed, 0 too, over the state.
    for (auto& word : state_) {
        seed += 0x9E3779B97F4A7C15ULL;
        auto mixed = seed;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
        word = mixed ^ (mixed >> 31);
    }
}

std::uint64_t Random::next() {
    const auto result = std::rotl(state_[1] * 5, 7) * 9;
    const auto shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

double Random::unit() {
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

bool Random::chance(double probability) {
    if (probability <= 0) return false;
    if (probability >= 1) return true;
    return unit() < probability;
}

double Random::normal() {
    // Box-Muller; 1 - unit() is never 0.
    const auto radius = std::sqrt(-2.0 * std::log(1.0 - unit()));
    return radius * std::cos(2.0 * std::numbers::pi * unit());
}

Link::Link(const LinkConfig& config, std::uint64_t seed) : config_{config}, random_{seed} {}

void Link::push(Bytes bytes, Instant now, std::uint64_t tag) {
    admit({{bytes.begin(), bytes.end()}, bytes.size(), tag, {}}, now);
}

void Link::push(std::size_t size, Instant now, std::uint64_t tag) {
    admit({{}, size, tag, {}}, now);
}

bool Link::lose() {
    if (config_.blocked) return true;
    bool lost = random_.chance(config_.loss);
    if (config_.bursts) {
        const auto& bursts = *config_.bursts;
        if (random_.chance(bad_ ? bursts.to_good : bursts.to_bad)) bad_ = !bad_;
        if (random_.chance(bad_ ? bursts.loss_bad : bursts.loss_good)) lost = true;
    }
    return lost;
}

void Link::admit(const Packet& packet, Instant now) {
    ++counters_.pushed;
    if (lose()) {
        ++counters_.lost;
        return;
    }
    const int copies = random_.chance(config_.duplicate) ? 2 : 1;
    counters_.duplicated += static_cast<std::uint64_t>(copies - 1);
    for (int copy = 0; copy < copies; ++copy) {
        auto due = now;
        if (config_.rate != 0) {
            const auto start = std::max(now, free_at_);
            const auto waiting = static_cast<double>((start - now).count()) * 1e-9 *
                                 static_cast<double>(config_.rate) / 8;
            if (config_.queue != 0 &&
                waiting + static_cast<double>(packet.size) > static_cast<double>(config_.queue)) {
                ++counters_.overflow;
                continue;
            }
            free_at_ =
                start + Duration{static_cast<std::int64_t>(static_cast<double>(packet.size) * 8e9 /
                                                           static_cast<double>(config_.rate))};
            due = free_at_;
        }
        due += config_.latency;
        if (config_.jitter > Duration{}) {
            const auto extra = random_.normal() * static_cast<double>(config_.jitter.count());
            due += std::max(Duration{static_cast<std::int64_t>(extra)}, -config_.latency);
        }
        if (random_.chance(config_.reorder)) {
            // Held back beside the others, which overtake it.
            ++counters_.reordered;
            fly(packet, std::max(due, last_due_) + config_.reorder_by);
            continue;
        }
        due = last_due_ = std::max(due, last_due_);
        fly(packet, due);
    }
}

void Link::fly(Packet packet, Instant due) {
    packet.due = due;
    flying_.push_back({order_++, std::move(packet)});
    std::push_heap(flying_.begin(), flying_.end(), later);
}

std::optional<Link::Packet> Link::pop(Instant now) {
    if (flying_.empty() || flying_.front().packet.due > now) return {};
    std::pop_heap(flying_.begin(), flying_.end(), later);
    auto packet = std::move(flying_.back().packet);
    flying_.pop_back();
    ++counters_.delivered;
    return packet;
}

std::optional<Instant> Link::next_deadline() const {
    if (flying_.empty()) return {};
    return flying_.front().packet.due;
}

bool Link::later(const Flying& a, const Flying& b) {
    return a.packet.due != b.packet.due ? a.packet.due > b.packet.due : a.order > b.order;
}

} // namespace parley::netem
