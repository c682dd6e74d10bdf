#include "core/rtp/codec/h265_sps.hpp"

#include "core/rtp/codec/bit_reader.hpp"

namespace parley::rtp {

namespace {

// What is told of temporal layers below the highest (section 7.3.3).
void skip_sub_layers(NalBitReader& reader, unsigned sub_layers) {
    unsigned bits = 0;
    for (unsigned i = 0; i < sub_layers; ++i) {
        if (reader.bit()) bits += 88; // profile
        if (reader.bit()) bits += 8;  // level
    }
    if (sub_layers != 0) reader.skip(2 * (8 - sub_layers));
    reader.skip(bits);
}

} // namespace

std::optional<H265Sps> parse_h265_sps(Bytes nal) {
    if (nal.size() < 3) return {};
    NalBitReader reader{nal.subspan(2)};
    H265Sps sps;
    sps.vps_id = reader.bits(4);
    const auto sub_layers = reader.bits(3);
    if (sub_layers > 6) return {};
    sps.temporal_layers = static_cast<std::uint8_t>(sub_layers + 1);
    sps.temporal_id_nested = reader.bit() != 0;
    for (auto& byte : sps.profile_tier_level)
        byte = static_cast<std::uint8_t>(reader.bits(8));
    skip_sub_layers(reader, sub_layers);
    sps.id = reader.ue();
    if (sps.id > 15) return {};
    const auto chroma_format = reader.ue();
    if (chroma_format > 3) return {};
    sps.chroma_format_idc = static_cast<std::uint8_t>(chroma_format);
    const bool separate_planes = chroma_format == 3 && reader.bit();
    const std::uint64_t width = reader.ue();
    const std::uint64_t height = reader.ue();
    std::uint64_t crop_x = 0;
    std::uint64_t crop_y = 0;
    if (reader.bit()) {
        const std::uint64_t left = reader.ue();
        crop_x = left + reader.ue();
        const std::uint64_t top = reader.ue();
        crop_y = top + reader.ue();
    }
    const auto luma = reader.ue();
    const auto chroma = reader.ue();
    if (!reader.ok() || luma > 8 || chroma > 8) return {};
    sps.luma_bit_depth = static_cast<std::uint8_t>(8 + luma);
    sps.chroma_bit_depth = static_cast<std::uint8_t>(8 + chroma);
    // SubWidthC and SubHeightC (table 6-1).
    if (!separate_planes && (chroma_format == 1 || chroma_format == 2)) crop_x *= 2;
    if (!separate_planes && chroma_format == 1) crop_y *= 2;
    constexpr std::uint64_t largest = 16384;
    if (width > largest || height > largest || crop_x >= width || crop_y >= height) return {};
    sps.size = {static_cast<std::uint16_t>(width - crop_x),
                static_cast<std::uint16_t>(height - crop_y)};
    return sps;
}

} // namespace parley::rtp
