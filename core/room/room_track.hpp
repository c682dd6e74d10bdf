// A track of a room: what is known of it, its media, and who receives it.
#pragma once

#include "core/room/messages.hpp"
#include "core/router/incoming_track.hpp"
#include "core/router/subscription.hpp"
#include "core/sdp/negotiation/codecs.hpp"

#include <array>
#include <string>
#include <vector>

namespace parley::room {

class Publisher;

inline constexpr std::size_t max_layers = 8;

struct RoomTrack {
    RoomTrack(Publisher& publisher, TrackInfo info, const sdp::RoutedFormat& format,
              const IncomingTrack::Config& config, const PublisherClock& clock)
        : publisher{publisher}, info{std::move(info)}, format{format}, media{config, clock} {}

    /// Somebody may have asked for a keyframe: the publisher looks after it.
    void wake_publisher(Instant now);

    Publisher& publisher;
    TrackInfo info;
    const sdp::RoutedFormat& format;
    IncomingTrack media;
    std::vector<Subscription*> subscriptions;

    /// Packets of this turn, by layer, waiting for the fan-out.
    std::array<std::vector<const MediaPacket*>, max_layers> pending;
    bool touched = false;
    /// Whose turn it is to be served first, so that nobody is always last.
    std::size_t rotation = 0;
};

} // namespace parley::room
