// Whether browsers play an H.264 stream in a room.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/h264_sps.hpp"

#include <optional>
#include <string>

namespace parley::room_elements {

/// The sequence parameter set of an access unit in a byte stream (ITU-T H.264, annex B).
std::optional<rtp::H264Sps> find_h264_sps(Bytes access_unit);

/// Why not, as it ends "this H264 ..."; empty where they do.
std::string h264_unfitness(const rtp::H264Sps& sps);

} // namespace parley::room_elements
