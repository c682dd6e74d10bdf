// AV1 over RTP (AOM's RTP payload format for AV1, v1.0): aggregation header and the mandatory part
// of the dependency descriptor header extension.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley::rtp {

/// The aggregation header (section 4.4) and the header of the first OBU.
struct Av1Packet {
    bool continues_previous = false; ///< Z: the first OBU element continues one of the last packet
    bool continued = false;          ///< Y: the last OBU element goes on in the next packet
    std::uint8_t obu_count = 0;      ///< W: 1 to 3 elements, 0 when each has a size
    bool new_sequence = false;       ///< N: first packet of a coded video sequence
    bool frame_start = false;        ///< starts with an OBU that can be a frame's first
    std::uint8_t temporal_id = 0;    ///< of the first OBU, if it starts here and tells
    std::uint8_t spatial_id = 0;
    std::uint16_t width = 0; ///< of a sequence header that leads the packet, else 0
    std::uint16_t height = 0;

    static std::optional<Av1Packet> parse(Bytes payload);
};

/// Appendix A.8.1: what a forwarder needs of every packet's dependency descriptor.
struct DependencyDescriptor {
    bool frame_start = false;
    bool frame_end = false;
    std::uint8_t template_id = 0; ///< 6 bits, counts from the structure's template_id_offset
    std::uint16_t frame_number = 0;
    bool has_structure = false; ///< a template dependency structure: comes with a keyframe

    static std::optional<DependencyDescriptor> parse(Bytes extension);

    /// Adds to the frame number in place: references are differences, so nothing else changes.
    static void shift_frame_number(MutBytes extension, std::uint16_t offset);
};

} // namespace parley::rtp
