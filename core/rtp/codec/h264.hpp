// H.264 over RTP (RFC 6184): single NAL units, STAP-A and FU-A.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley::rtp {

struct H264Packet {
    bool keyframe_start = false; ///< has an SPS, or the first slice of an IDR picture
    bool has_sps = false;
    bool has_idr = false;     ///< the start of a slice of an IDR picture
    bool frame_start = false; ///< first_mb_in_slice is 0, or parameter sets, SEI or AUD lead
    bool discardable = false; ///< nal_ref_idc is 0 throughout
    std::uint16_t width = 0;  ///< from the SPS, cropped; 0 without one
    std::uint16_t height = 0;

    static std::optional<H264Packet> parse(Bytes payload);
};

} // namespace parley::rtp
