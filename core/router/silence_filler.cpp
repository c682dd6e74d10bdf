#include "core/router/silence_filler.hpp"

#include "core/router/subscription.hpp"

#include <algorithm>
#include <array>

namespace parley {

namespace {
template <std::uint8_t value>
constexpr auto filled() {
    std::array<std::uint8_t, 160> samples{};
    for (auto& sample : samples)
        sample = value;
    return samples;
}
constexpr std::array<std::uint8_t, 3> opus_silence{0xF8, 0xFF, 0xFE};
constexpr auto mu_law_silence = filled<0xFF>();
constexpr auto a_law_silence = filled<0xD5>();
} // namespace

Bytes SilenceFiller::payload(Codec codec) {
    switch (codec) {
    case Codec::pcmu:
        return mu_law_silence;
    case Codec::pcma:
        return a_law_silence;
    default:
        return opus_silence;
    }
}

void SilenceFiller::start(Instant now) {
    if (!due_) due_ = now;
}

void SilenceFiller::poll(Subscription& subscription, Instant now) {
    if (!due_) return;
    // After a stall there is no point in sending what should have been heard meanwhile.
    if (now - *due_ > 10 * frame) due_ = now;
    const auto ticks = static_cast<std::uint32_t>(frame * clock_rate(codec_) / 1s);
    while (*due_ <= now) {
        subscription.send_generated(payload(codec_), ticks, *due_);
        *due_ += frame;
    }
}

} // namespace parley
