#include "core/rtp/codec/h264.hpp"

#include "core/rtp/codec/bit_reader.hpp"

namespace parley::rtp {

namespace {

// NAL unit types (ITU-T H.264, table 7-1, and RFC 6184, table 1).
constexpr unsigned nal_slice = 1;
constexpr unsigned nal_partition_a = 2;
constexpr unsigned nal_idr = 5;
constexpr unsigned nal_sei = 6;
constexpr unsigned nal_sps = 7;
constexpr unsigned nal_pps = 8;
constexpr unsigned nal_delimiter = 9;
constexpr unsigned nal_single_last = 23;
constexpr unsigned nal_stap_a = 24;
constexpr unsigned nal_fu_a = 28;

// `first` follows the NAL header: first_mb_in_slice is ue(v), and 0 is a single set bit.
constexpr bool first_slice(std::uint8_t first) {
    return first & 0x80;
}

// A NAL unit that starts in this packet; `content` follows its header byte.
void note_nal(std::uint8_t header, Bytes content, Bytes whole, H264Packet& packet) {
    const unsigned type = header & 0x1F;
    if (header & 0x60) packet.discardable = false;
    switch (type) {
    case nal_slice:
    case nal_partition_a:
    case nal_idr: {
        const bool first = !content.empty() && first_slice(content[0]);
        packet.frame_start = packet.frame_start || first;
        if (type == nal_idr) {
            packet.has_idr = true;
            packet.keyframe_start = packet.keyframe_start || first;
        }
        break;
    }
    case nal_sps:
        packet.has_sps = true;
        packet.keyframe_start = true;
        packet.frame_start = true;
        if (const auto size = h264_sps_size(whole)) {
            packet.width = size->width;
            packet.height = size->height;
        }
        break;
    case nal_sei:
    case nal_pps:
    case nal_delimiter:
        packet.frame_start = true;
        break;
    default:
        break;
    }
}

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

} // namespace

std::optional<H264Packet> H264Packet::parse(Bytes payload) {
    if (payload.empty()) return {};
    const unsigned type = payload[0] & 0x1F;
    H264Packet packet;
    packet.discardable = true;

    if (type >= 1 && type <= nal_single_last) {
        note_nal(payload[0], payload.subspan(1), payload, packet);
        return packet;
    }
    if (type == nal_stap_a) {
        ByteReader reader{payload.subspan(1)};
        while (reader.remaining() != 0) {
            const auto nal = reader.bytes(reader.u16());
            if (!reader.ok() || nal.empty()) return {};
            note_nal(nal[0], nal.subspan(1), nal, packet);
        }
        return payload.size() > 1 ? std::optional{packet} : std::nullopt;
    }
    if (type == nal_fu_a) {
        if (payload.size() < 3) return {};
        const bool start = payload[1] & 0x80;
        const auto header = static_cast<std::uint8_t>((payload[0] & 0xE0) | (payload[1] & 0x1F));
        if (header & 0x60) packet.discardable = false;
        // A fragmented SPS is not whole here, so its size is not told.
        if (start) note_nal(header, payload.subspan(2), {}, packet);
        return packet;
    }
    return {}; // STAP-B, MTAP and FU-B belong to the interleaved mode, which is never negotiated
}

std::optional<PictureSize> h264_sps_size(Bytes nal) {
    if (nal.size() < 4) return {};
    NalBitReader reader{nal.subspan(1)};
    const auto profile = reader.bits(8);
    reader.bits(16); // constraint flags, level
    reader.ue();     // seq_parameter_set_id
    std::uint32_t chroma_format = 1;
    bool separate_planes = false;
    if (has_chroma_format(profile)) {
        chroma_format = reader.ue();
        if (chroma_format > 3) return {};
        if (chroma_format == 3) separate_planes = reader.bit();
        reader.ue(); // bit depths
        reader.ue();
        reader.bit(); // qpprime_y_zero_transform_bypass_flag
        if (reader.bit()) {
            const unsigned lists = chroma_format == 3 ? 12 : 8;
            for (unsigned i = 0; i < lists; ++i) {
                if (reader.bit()) skip_scaling_list(reader, i < 6 ? 16 : 64);
            }
        }
    }
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
    const auto frame_mbs_only = reader.bit();
    if (!frame_mbs_only) reader.bit();
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

    const std::uint64_t fields = frame_mbs_only ? 1 : 2;
    // Crop units (section 7.4.2.1.1, equations 7-19 to 7-22).
    const bool planar = chroma_format == 0 || separate_planes;
    crop_x *= !planar && (chroma_format == 1 || chroma_format == 2) ? 2 : 1;
    crop_y *= (!planar && chroma_format == 1 ? 2 : 1) * fields;
    const auto width = width_in_mbs * 16;
    const auto height = height_in_units * 16 * fields;
    constexpr std::uint64_t largest = 16384;
    if (width > largest || height > largest || crop_x >= width || crop_y >= height) return {};
    return PictureSize{static_cast<std::uint16_t>(width - crop_x),
                       static_cast<std::uint16_t>(height - crop_y)};
}

} // namespace parley::rtp
