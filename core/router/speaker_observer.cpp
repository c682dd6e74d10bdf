#include "core/router/speaker_observer.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace parley {

namespace {
/// How fast a level rises and falls: syllables are to count, the gaps between them not.
constexpr double attack = 0.4;
constexpr double decay = 0.08;

/// Linear energy of 0 to 127 -dBov.
const std::array<double, 128>& energies() {
    static const auto table = [] {
        std::array<double, 128> values{};
        for (std::size_t i = 0; i < 127; ++i) {
            values[i] = std::pow(10.0, -static_cast<double>(i) / 10.0);
        }
        return values;
    }();
    return table;
}

std::uint8_t level_of(double energy) {
    if (energy <= 0) return 127;
    return static_cast<std::uint8_t>(std::clamp(std::lround(-10 * std::log10(energy)), 0L, 127L));
}
} // namespace

SpeakerObserver::SpeakerObserver() : SpeakerObserver(Config{}) {}

SpeakerObserver::SpeakerObserver(const Config& config) : config_{config} {}

void SpeakerObserver::on_level(Id id, rtp::AudioLevel level, Instant now) {
    auto at = std::find_if(states_.begin(), states_.end(),
                           [&](const State& state) { return state.id == id; });
    if (at == states_.end()) {
        states_.push_back({});
        at = std::prev(states_.end());
        at->id = id;
    }
    State& state = *at;
    const double energy = energies()[level.level & 0x7F];
    state.energy += (energy - state.energy) * (energy > state.energy ? attack : decay);
    state.last = now;
    if (level.level <= config_.threshold) {
        if (!state.loud_since) state.loud_since = now;
        state.last_loud = now;
    } else if (state.loud_since && now - state.last_loud > config_.release) {
        state.loud_since.reset();
    }
    if (!due_) due_ = now + config_.interval;
}

void SpeakerObserver::remove(Id id, Instant now) {
    const auto erased = std::erase_if(states_, [&](const State& state) { return state.id == id; });
    if (erased == 0) return;
    if (loudest_ == id) loudest_.reset();
    if (challenger_ == id) challenger_.reset();
    due_ = now;
}

bool SpeakerObserver::poll(Instant now) {
    if (!due_ || now < *due_) return false;
    std::vector<Speaker> speakers;
    bool waiting = false;
    for (State& state : states_) {
        const bool sounding = state.loud_since && now - state.last_loud <= config_.release;
        if (!sounding) {
            // Also who has stopped sending at all (discontinuous transmission).
            state.loud_since.reset();
            state.energy = 0;
        }
        state.speaking = sounding && state.last_loud - *state.loud_since >=
                                         (state.speaking ? Duration{} : config_.onset);
        waiting = waiting || sounding;
        if (state.speaking) speakers.push_back({state.id, level_of(state.energy)});
    }
    std::stable_sort(speakers.begin(), speakers.end(),
                     [](const Speaker& a, const Speaker& b) { return a.level < b.level; });
    decide_loudest(speakers, now);
    waiting = waiting || challenger_;
    due_ = waiting ? std::optional{now + config_.interval} : std::nullopt;

    const bool same =
        std::equal(speakers.begin(), speakers.end(), speakers_.begin(), speakers_.end(),
                   [](const Speaker& a, const Speaker& b) {
                       // A level that wavers by a few dB is no news.
                       return a.id == b.id && std::abs(int{a.level} - int{b.level}) < 6;
                   });
    if (same) return false;
    speakers_ = std::move(speakers);
    return true;
}

void SpeakerObserver::decide_loudest(const std::vector<Speaker>& speakers, Instant now) {
    if (speakers.empty() || speakers.front().id == loudest_) {
        challenger_.reset();
        return;
    }
    const Id first = speakers.front().id;
    if (!loudest_) {
        loudest_ = first;
        challenger_.reset();
        return;
    }
    if (challenger_ != first) {
        challenger_ = first;
        challenger_since_ = now;
    }
    if (now - challenger_since_ >= config_.hysteresis) {
        loudest_ = first;
        challenger_.reset();
    }
}

} // namespace parley
