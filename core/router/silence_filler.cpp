#include "core/router/silence_filler.hpp"

#include "core/media/silence.hpp"
#include "core/router/subscription.hpp"

namespace parley {

Bytes SilenceFiller::payload(Codec codec) {
    return media::silence_packet(codec, 1);
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
