// H.265 over RTP (RFC 7798): random access points in single NAL units, APs and FUs.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley::rtp {

struct H265Packet {
    bool keyframe_start = false; ///< has parameter sets, or the first slice of an IRAP picture
    bool has_irap = false;       ///< the start of a slice of an IRAP picture (types 16 to 23)
    bool frame_start = false;    ///< first_slice_segment_in_pic_flag, or parameter sets lead
    std::uint8_t temporal_id = 0;
    std::uint16_t width = 0; ///< from the SPS, cropped; 0 without one
    std::uint16_t height = 0;

    static std::optional<H265Packet> parse(Bytes payload);
};

} // namespace parley::rtp
