// The beginning of a VP9 frame's uncompressed header (VP9 bitstream specification, section 6.2),
// and what MP4 says of a stream ("VP Codec ISO Media File Format Binding").
#pragma once

#include "core/base/bytes.hpp"
#include "core/media/stream_format.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley::media {

struct Vp9FrameHeader {
    std::uint8_t profile = 0;
    bool keyframe = false;
    // Of a keyframe:
    std::uint8_t bit_depth = 8;
    std::uint8_t color_space = 0;
    bool full_range = false;
    bool subsampling_x = true;
    bool subsampling_y = true;
    /// Nothing where it is that of a reference, or the frame is one that was shown before.
    std::optional<rtp::PictureSize> size;

    /// Nothing when it is broken.
    static std::optional<Vp9FrameHeader> parse(Bytes frame);
};

/// With a vpcC; `size` is that of the pictures shown, which a keyframe of several layers exceeds.
StreamFormat vp9_format(const Vp9FrameHeader& keyframe, rtp::PictureSize size);

} // namespace parley::media
