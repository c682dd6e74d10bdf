#include "core/room/publisher.hpp"

#include "core/room/fan_out.hpp"
#include "core/room/room.hpp"

#include <algorithm>

namespace parley::room {

std::string Publisher::free_track_id(const TrackInfo& info) const {
    const std::string base = info.participant + "/" + std::string{to_string(info.source)};
    auto id = base;
    for (unsigned n = 2; room_.find_track(id) != nullptr; ++n) {
        id = base + "-" + std::to_string(n);
    }
    return id;
}

void Publisher::destroy(RoomTrack& track, FanOut& fan_out, Instant now) {
    fan_out.forget(track);
    const auto at = std::find_if(tracks_.begin(), tracks_.end(),
                                 [&](const auto& owned) { return owned.get() == &track; });
    const auto owned = std::move(*at);
    tracks_.erase(at);
    room_.on_unpublished(track, now);
}

void Publisher::append_track_stats(RoomStats& stats, Instant now) const {
    for (const auto& track : tracks_) {
        TrackStats out;
        out.info = track->info;
        out.subscriptions = static_cast<unsigned>(track->subscriptions.size());
        for (LayerIndex i = 0; i < track->media.layer_count(); ++i) {
            const auto& layer = track->media.layer(i);
            const auto& counters = layer.counters();
            LayerStats l;
            l.rid = layer.rid();
            l.ssrc = layer.ssrc() ? rtp::value(*layer.ssrc()) : 0;
            l.active = track->media.layer_active(i);
            l.frame_width = layer.width();
            l.frame_height = layer.height();
            l.packets_received = counters.packets_received;
            l.bytes_received = counters.bytes_received;
            l.packets_lost = layer.reception().cumulative_lost();
            l.packets_discarded = counters.packets_discarded;
            l.retransmitted_packets_received = counters.retransmitted_packets_received;
            l.nack_count = counters.nack_count;
            l.pli_count = layer.keyframes().counters().sent;
            l.key_frames = counters.key_frames;
            l.jitter = layer.reception().jitter() / double(track->media.clock_rate());
            l.bitrate = layer.bits_per_second(now);
            out.layers.push_back(std::move(l));
        }
        stats.tracks.push_back(std::move(out));
    }
}

} // namespace parley::room
