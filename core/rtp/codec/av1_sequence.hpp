// The sequence header of AV1 (AV1 specification, section 5.5).
#pragma once

#include "core/base/bytes.hpp"

#include <cstdint>
#include <optional>

namespace parley::rtp {

struct Av1Sequence {
    std::uint8_t profile = 0;   ///< 0 main, 1 high, 2 professional
    std::uint8_t level_idx = 0; ///< of the first operating point, as its tier
    std::uint8_t tier = 0;
    std::uint8_t top_spatial_id = 0; ///< of the first operating point, which has all layers
    bool still_only = false;         ///< reduced_still_picture_header: every frame is a keyframe
    std::uint16_t width = 0;
    std::uint16_t height = 0;
    std::uint8_t bit_depth = 8;
    bool monochrome = false;
    bool subsampling_x = true;
    bool subsampling_y = true;
    std::uint8_t chroma_sample_position = 0; ///< 0 unknown, 1 vertical, 2 colocated

    bool operator==(const Av1Sequence&) const = default;

    /// `payload` of the OBU. Nothing when it is cut off.
    static std::optional<Av1Sequence> parse(Bytes payload);
};

} // namespace parley::rtp
