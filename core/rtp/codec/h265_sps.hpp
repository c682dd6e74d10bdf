// What an H.265 sequence parameter set tells (ITU-T H.265, section 7.3.2.2.1).
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace parley::rtp {

struct H265Sps {
    unsigned id = 0;
    unsigned vps_id = 0;
    std::uint8_t temporal_layers = 1;
    bool temporal_id_nested = false;
    /// As they are written (section 7.3.3): profile space, tier and profile; 32 flags of
    /// compatible profiles; 48 bits of constraints; the level.
    std::array<std::uint8_t, 12> profile_tier_level{};
    std::uint8_t chroma_format_idc = 1;
    std::uint8_t luma_bit_depth = 8;
    std::uint8_t chroma_bit_depth = 8;
    PictureSize size; ///< cropped
};

/// `nal` with its two header bytes and emulation prevention bytes. Nothing when it is broken or
/// absurd.
std::optional<H265Sps> parse_h265_sps(Bytes nal);

} // namespace parley::rtp
