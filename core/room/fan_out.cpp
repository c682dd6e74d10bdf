#include "core/room/fan_out.hpp"

namespace parley::room {

namespace {
/// A frame for one or two subscribers: what has been encrypted leaves while the rest is being
/// encrypted, and is still in the core's cache when the kernel copies it.
constexpr std::size_t flush_at = std::size_t{8} << 10;
} // namespace

void FanOut::add(RoomTrack& track, LayerIndex layer, const MediaPacket& packet) {
    if (!track.touched) {
        track.touched = true;
        touched_.push_back(&track);
    }
    track.pending[layer].push_back(&packet);
}

void FanOut::run(Instant now) {
    for (auto* const track : touched_)
        run(*track, now);
    touched_.clear();
}

void FanOut::run(RoomTrack& track, Instant now) {
    const auto count = track.subscriptions.size();
    for (std::size_t i = 0; i < count; ++i) {
        auto& subscription = *track.subscriptions[(track.rotation + i) % count];
        for (LayerIndex layer = 0; layer < track.media.layer_count(); ++layer) {
            const auto& packets = track.pending[layer];
            if (!packets.empty()) subscription.forward(track.media, layer, packets, now);
        }
        if (batch_.used() >= flush_at) flush_();
    }
    track.wake_publisher(now);
    if (count != 0) track.rotation = (track.rotation + 1) % count;
    for (auto& packets : track.pending)
        packets.clear();
    track.touched = false;
}

} // namespace parley::room
