// A received packet in the canonical form that the router keeps: what every subscription reads.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/extension.hpp"

#include <cstdint>

namespace parley {

/// Position of a layer in its track, 0 to 7, in the order the publisher announced them.
using LayerIndex = std::uint8_t;
inline constexpr LayerIndex no_layer = 0xFF;

/// Lives in a PacketRing, which owns the bytes that it points to. Pointers to packets stay valid
/// until the next turn of the event loop, not longer.
struct MediaPacket {
    std::uint64_t index = 0; ///< extended sequence number; its low 16 bits are the wire's
    Instant arrival{};       ///< of the first copy, by itself or as a retransmission
    NtpTime capture{};       ///< abs-capture-time on our own timeline
    const std::uint8_t* payload_data = nullptr;
    std::uint32_t timestamp = 0;
    std::uint16_t payload_size = 0;
    std::uint16_t frame_number = 0; ///< of the dependency descriptor
    rtp::FrameInfo frame;
    std::uint8_t values = 0; ///< bits of Value
    bool marker = false;
    /// Nothing to forward: padding, or a payload type that is not routed. Takes a sequence number
    /// at the source and none at the subscribers.
    bool discard = false;
    rtp::AudioLevel audio_level;
    std::uint8_t video_orientation = 0;
    std::uint8_t playout_delay[3] = {};
    std::uint8_t descriptor_size = 0; ///< dependency descriptor, stored behind the payload
    /// Counts the SSRCs that the layer has had: continuity ends where it changes.
    std::uint8_t epoch = 0;

    enum Value : std::uint8_t {
        has_audio_level = 1,
        has_video_orientation = 2,
        has_playout_delay = 4,
        has_capture_time = 8,
        has_descriptor = 16,
    };

    [[nodiscard]] Bytes payload() const { return {payload_data, payload_size}; }
    [[nodiscard]] Bytes descriptor() const {
        return {payload_data + payload_size, descriptor_size};
    }
};

} // namespace parley
