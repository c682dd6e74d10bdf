#include "core/rtp/codec/h264_sps.hpp"

#include "core/rtp/codec/bit_reader.hpp"

namespace parley::rtp {

namespace {

constexpr std::uint64_t largest_dimension = 16384;
constexpr unsigned extended_sar = 255;

void skip_scaling_list(NalBitReader& reader, unsigned size) {
    std::int32_t last = 8;
    std::int32_t next = 8;
    for (unsigned i = 0; i < size && reader.ok(); ++i) {
        // Modulo 256; the range of delta_scale is -128 to 127, hostile input has any.
        if (next != 0) {
            next = static_cast<std::int32_t>(
                (static_cast<std::uint32_t>(last) + static_cast<std::uint32_t>(reader.se())) &
                0xFF);
        }
        last = next == 0 ? last : next;
    }
}

constexpr bool has_chroma_format(unsigned profile) {
    switch (profile) {
    case 100:
    case 110:
    case 122:
    case 244:
    case 44:
    case 83:
    case 86:
    case 118:
    case 128:
    case 138:
    case 139:
    case 134:
    case 135:
        return true;
    default:
        return false;
    }
}

void skip_hrd_parameters(NalBitReader& reader) {
    const auto count = reader.ue();
    reader.bits(8); // bit_rate_scale, cpb_size_scale
    for (std::uint32_t i = 0; i <= count && reader.ok(); ++i) {
        reader.ue();
        reader.ue();
        reader.bit();
    }
    reader.bits(20); // lengths of what SEI carries
}

/// max_num_reorder_frames, where there is a bitstream restriction.
std::optional<unsigned> read_reorder_frames(NalBitReader& reader) {
    if (reader.bit() && reader.bits(8) == extended_sar) reader.bits(32);
    if (reader.bit()) reader.bit(); // overscan
    if (reader.bit()) {
        reader.bits(4); // video_format, video_full_range_flag
        if (reader.bit()) reader.bits(24);
    }
    if (reader.bit()) {
        reader.ue(); // chroma sample location
        reader.ue();
    }
    if (reader.bit()) { // timing
        reader.bits(32);
        reader.bits(32);
        reader.bit();
    }
    const bool nal_hrd = reader.bit();
    if (nal_hrd) skip_hrd_parameters(reader);
    const bool vcl_hrd = reader.bit();
    if (vcl_hrd) skip_hrd_parameters(reader);
    if (nal_hrd || vcl_hrd) reader.bit();
    reader.bit(); // pic_struct_present_flag
    if (!reader.bit()) return std::nullopt;
    reader.bit(); // motion_vectors_over_pic_boundaries_flag
    reader.ue();
    reader.ue();
    reader.ue();
    reader.ue();
    const auto frames = reader.ue();
    return reader.ok() ? std::optional{unsigned{frames}} : std::nullopt;
}

} // namespace

std::optional<H264Sps> parse_h264_sps(Bytes nal) {
    if (nal.size() < 4) return {};
    NalBitReader reader{nal.subspan(1)};
    H264Sps sps;
    sps.profile_idc = static_cast<std::uint8_t>(reader.bits(8));
    sps.constraint_flags = static_cast<std::uint8_t>(reader.bits(8));
    sps.level_idc = static_cast<std::uint8_t>(reader.bits(8));
    reader.ue(); // seq_parameter_set_id
    std::uint32_t chroma_format = 1;
    bool separate_planes = false;
    if (has_chroma_format(sps.profile_idc)) {
        chroma_format = reader.ue();
        if (chroma_format > 3) return {};
        if (chroma_format == 3) separate_planes = reader.bit();
        const auto luma = reader.ue();
        const auto chroma = reader.ue();
        if (luma > 6 || chroma > 6) return {};
        sps.luma_bit_depth = static_cast<std::uint8_t>(8 + luma);
        sps.chroma_bit_depth = static_cast<std::uint8_t>(8 + chroma);
        reader.bit(); // qpprime_y_zero_transform_bypass_flag
        if (reader.bit()) {
            const unsigned lists = chroma_format == 3 ? 12 : 8;
            for (unsigned i = 0; i < lists; ++i) {
                if (reader.bit()) skip_scaling_list(reader, i < 6 ? 16 : 64);
            }
        }
    }
    sps.chroma_format_idc = static_cast<std::uint8_t>(chroma_format);
    reader.ue(); // log2_max_frame_num_minus4
    const auto order_type = reader.ue();
    if (order_type == 0) {
        reader.ue();
    } else if (order_type == 1) {
        reader.bit();
        reader.se();
        reader.se();
        const auto cycle = reader.ue();
        if (cycle > 255) return {};
        for (std::uint32_t i = 0; i < cycle; ++i)
            reader.se();
    } else if (order_type > 2) {
        return {};
    }
    reader.ue();  // max_num_ref_frames
    reader.bit(); // gaps_in_frame_num_value_allowed_flag
    const auto width_in_mbs = std::uint64_t{reader.ue()} + 1;
    const auto height_in_units = std::uint64_t{reader.ue()} + 1;
    sps.interlaced = !reader.bit();
    if (sps.interlaced) reader.bit();
    reader.bit(); // direct_8x8_inference_flag
    std::uint64_t crop_x = 0;
    std::uint64_t crop_y = 0;
    if (reader.bit()) {
        const auto left = reader.ue();
        const auto right = reader.ue();
        const auto top = reader.ue();
        const auto bottom = reader.ue();
        crop_x = std::uint64_t{left} + right;
        crop_y = std::uint64_t{top} + bottom;
    }
    if (!reader.ok()) return {};

    const std::uint64_t fields = sps.interlaced ? 2 : 1;
    // Crop units (section 7.4.2.1.1, equations 7-19 to 7-22).
    const bool planar = chroma_format == 0 || separate_planes;
    crop_x *= !planar && (chroma_format == 1 || chroma_format == 2) ? 2 : 1;
    crop_y *= (!planar && chroma_format == 1 ? 2 : 1) * fields;
    const auto width = width_in_mbs * 16;
    const auto height = height_in_units * 16 * fields;
    if (width > largest_dimension || height > largest_dimension) return {};
    if (crop_x >= width || crop_y >= height) return {};
    sps.size = {static_cast<std::uint16_t>(width - crop_x),
                static_cast<std::uint16_t>(height - crop_y)};

    // Baseline has no B slices; order type 2 has output in decoding order.
    constexpr unsigned baseline = 66;
    if (sps.profile_idc == baseline || order_type == 2) sps.reorder_frames = 0;
    if (reader.bit()) {
        if (const auto frames = read_reorder_frames(reader)) sps.reorder_frames = frames;
    }
    return sps;
}

} // namespace parley::rtp
