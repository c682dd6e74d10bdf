// Encoded media outside of RTP: what a decoder has to know first, and one picture or packet of
// sound after the other, in the form in which MP4, Matroska and WebM store them.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <vector>

namespace parley::media {

struct StreamFormat {
    Codec codec{};
    std::uint16_t width = 0; ///< of video, in pixels
    std::uint16_t height = 0;
    std::uint32_t sample_rate = 0; ///< of audio, in Hz
    std::uint8_t channels = 0;
    /// What the container's box or CodecPrivate holds, without a box header: avcC (H264), hvcC
    /// (H265), av1C (AV1), vpcC (VP9; its version and flags belong to the header), OpusHead as in
    /// Ogg (opus). Empty for VP8 and G.711.
    std::vector<std::uint8_t> configuration;

    bool operator==(const StreamFormat&) const = default;
};

/// H264 and H265: NAL units with a length of four bytes before each, parameter sets left out. AV1:
/// the temporal unit without its delimiter. Others: the frame or packet as it is.
struct AccessUnit {
    std::vector<std::uint8_t> data;
    bool keyframe = false; ///< decoding can start here; always of audio
};

} // namespace parley::media
