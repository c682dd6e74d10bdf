// The codecs that are routed, and what a single packet tells of its frame.
#pragma once

#include "core/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parley {

enum class MediaKind : std::uint8_t { audio, video };

enum class Codec : std::uint8_t { opus, vp8, vp9, h264, h265, av1, pcmu, pcma };
inline constexpr std::size_t codec_count = 8;

/// The encoding name as SDP writes it: "opus", "VP8", "H264", "PCMU".
constexpr std::string_view codec_name(Codec codec) {
    switch (codec) {
    case Codec::opus:
        return "opus";
    case Codec::vp8:
        return "VP8";
    case Codec::vp9:
        return "VP9";
    case Codec::h264:
        return "H264";
    case Codec::h265:
        return "H265";
    case Codec::av1:
        return "AV1";
    case Codec::pcmu:
        return "PCMU";
    case Codec::pcma:
        return "PCMA";
    }
    return "";
}

/// By encoding name, in any case (RFC 4855, section 3); "AV1X" and others are unknown.
std::optional<Codec> codec_from_name(std::string_view name);

/// RTP clock rate in Hz.
constexpr std::uint32_t clock_rate(Codec codec) {
    switch (codec) {
    case Codec::opus:
        return 48000;
    case Codec::pcmu:
    case Codec::pcma:
        return 8000;
    default:
        return 90000;
    }
}

constexpr MediaKind media_kind(Codec codec) {
    switch (codec) {
    case Codec::opus:
    case Codec::pcmu:
    case Codec::pcma:
        return MediaKind::audio;
    default:
        return MediaKind::video;
    }
}

namespace rtp {

struct PictureSize {
    std::uint16_t width = 0;
    std::uint16_t height = 0;
};

/// What one packet says of its frame. Audio packets each start a frame that can be joined at.
struct FrameInfo {
    bool valid = false;          ///< the descriptor parsed; everything else is default when not
    bool frame_start = false;    ///< first packet of a frame (of a spatial layer's frame in SVC)
    bool keyframe_start = false; ///< first packet that a decoder can start at
    bool discardable = false;    ///< no other frame needs this one
    bool switch_up = false;      ///< a receiver of lower temporal layers may move up here
    std::uint8_t temporal_id = 0;
    std::uint8_t spatial_id = 0;
    std::uint16_t width = 0; ///< 0 when the packet does not tell
    std::uint16_t height = 0;
};

/// Cheap enough for each packet; an empty or broken payload gives valid = false.
/// AV1 layers are in the dependency descriptor, a header extension: see av1.hpp.
FrameInfo inspect(Codec codec, Bytes payload);

/// What is added to the counters of a VP8 or VP9 payload descriptor to keep them continuous for a
/// subscriber (each modulo its width). A pure function of source packet and offsets: keep the
/// offsets with the sequence number offset of the same stretch, and a retransmission is identical.
struct DescriptorOffsets {
    std::uint16_t picture_id = 0;
    std::uint8_t tl0_pic_idx = 0;
    std::uint8_t key_idx = 0;

    bool operator==(const DescriptorOffsets&) const = default;
};

} // namespace rtp
} // namespace parley
