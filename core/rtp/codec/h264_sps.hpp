// What an H.264 sequence parameter set tells (ITU-T H.264, sections 7.3.2.1.1 and E.1.1).
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley::rtp {

struct H264Sps {
    std::uint8_t profile_idc = 0;
    std::uint8_t constraint_flags = 0; ///< constraint_set0_flag is the highest bit
    std::uint8_t level_idc = 0;
    PictureSize size; ///< cropped
    std::uint8_t chroma_format_idc = 1;
    std::uint8_t luma_bit_depth = 8;
    std::uint8_t chroma_bit_depth = 8;
    bool interlaced = false; ///< frame_mbs_only_flag is 0
    /// How many frames may precede one in decoding order and follow it in output order; nothing
    /// where neither the profile nor the VUI tells.
    std::optional<unsigned> reorder_frames;
};

/// `nal` with its header byte and emulation prevention bytes. Nothing when it is broken or absurd.
std::optional<H264Sps> parse_h264_sps(Bytes nal);

} // namespace parley::rtp
