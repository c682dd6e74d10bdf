// A participant that publishes: where rtcroomsink's tracks go, whichever way leads there.
#pragma once

#include "core/room/messages.hpp"
#include "core/router/keyframe_arbiter.hpp"
#include "elements/tap/client.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace parley::room_elements {

/// Of each layer in the order of the track's rids.
using LayerStreams = std::vector<tap::StreamId>;

class Publication {
  public:
    struct Track {
        room::TrackSource source = room::TrackSource::camera;
        std::string codec; ///< as in SDP
        std::string fmtp;  ///< as in SDP
        std::uint8_t payload_type = 0;
        bool muted = false;
        bool keyframes_on_demand = true;
        std::vector<std::string> rids{""};
        /// The three are called on a thread of the publication's.
        std::function<void(unsigned layer, KeyframeReason)> keyframe_wanted;
        std::function<void(bool)> wanted; ///< whether anybody receives it
        std::function<void(std::string)> refused;
    };
    struct Counters {
        std::uint64_t packets_sent = 0;
        std::uint64_t packets_dropped = 0; ///< the way to the room was too slow
        std::uint64_t frames_dropped = 0;
    };

    Publication() = default;
    Publication(const Publication&) = delete;
    Publication& operator=(const Publication&) = delete;
    virtual ~Publication() = default;

    // From any thread; none of them waits for the room.

    virtual LayerStreams publish(const Track& track) = 0;
    virtual void unpublish(const LayerStreams& streams) = 0;
    virtual void mute(const LayerStreams& streams, bool muted) = 0;
    /// Packets are gathered until flush().
    virtual void send(const tap::Client::Packet& packet) = 0;
    virtual void flush() = 0;
    [[nodiscard]] virtual Counters counters() const = 0;
};

} // namespace parley::room_elements
