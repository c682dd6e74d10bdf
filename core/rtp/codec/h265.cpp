#include "core/rtp/codec/h265.hpp"

#include "core/rtp/codec/bit_reader.hpp"

namespace parley::rtp {

namespace {

// NAL unit types (ITU-T H.265, table 7-1, and RFC 7798, section 4.4).
constexpr unsigned nal_irap_first = 16;
constexpr unsigned nal_irap_last = 23;
constexpr unsigned nal_vcl_last = 31;
constexpr unsigned nal_vps = 32;
constexpr unsigned nal_sps = 33;
constexpr unsigned nal_pps = 34;
constexpr unsigned nal_delimiter = 35;
constexpr unsigned nal_prefix_sei = 39;
constexpr unsigned nal_aggregation = 48;
constexpr unsigned nal_fragmentation = 49;
constexpr unsigned nal_paci = 50;

// A NAL unit that starts in this packet; `content` follows its two header bytes, `whole` has them
// and is empty for a fragment.
void note_nal(unsigned type, Bytes content, Bytes whole, H265Packet& packet) {
    if (type <= nal_vcl_last) {
        const bool first = !content.empty() && (content[0] & 0x80);
        packet.frame_start = packet.frame_start || first;
        if (type >= nal_irap_first && type <= nal_irap_last) {
            packet.has_irap = true;
            packet.keyframe_start = packet.keyframe_start || first;
        }
        return;
    }
    switch (type) {
    case nal_sps:
        if (const auto size = h265_sps_size(whole)) {
            packet.width = size->width;
            packet.height = size->height;
        }
        [[fallthrough]];
    case nal_vps:
        packet.keyframe_start = true;
        packet.frame_start = true;
        break;
    case nal_pps:
    case nal_delimiter:
    case nal_prefix_sei:
        packet.frame_start = true;
        break;
    default:
        break;
    }
}

} // namespace

std::optional<H265Packet> H265Packet::parse(Bytes payload) {
    if (payload.size() < 3) return {};
    const unsigned type = payload[0] >> 1 & 0x3F;
    const unsigned temporal_id_plus1 = payload[1] & 0x07;
    if (temporal_id_plus1 == 0) return {};
    H265Packet packet;
    packet.temporal_id = static_cast<std::uint8_t>(temporal_id_plus1 - 1);

    if (type < nal_aggregation) {
        note_nal(type, payload.subspan(2), payload, packet);
        return packet;
    }
    if (type == nal_aggregation) {
        // sprop-max-don-diff is never negotiated above 0, so there are no DONL fields.
        ByteReader reader{payload.subspan(2)};
        while (reader.remaining() != 0) {
            const auto nal = reader.bytes(reader.u16());
            if (!reader.ok() || nal.size() < 2) return {};
            note_nal(nal[0] >> 1 & 0x3F, nal.subspan(2), nal, packet);
        }
        return packet;
    }
    if (type == nal_fragmentation) {
        if (payload.size() < 4) return {};
        const bool start = payload[2] & 0x80;
        if (start) note_nal(payload[2] & 0x3F, payload.subspan(3), {}, packet);
        return packet;
    }
    if (type == nal_paci) return packet; // its content is not looked into
    return {};
}

std::optional<PictureSize> h265_sps_size(Bytes nal) {
    if (nal.size() < 3) return {};
    NalBitReader reader{nal.subspan(2)};
    reader.skip(4); // sps_video_parameter_set_id
    const auto sub_layers = reader.bits(3);
    reader.skip(1 + 88 + 8); // nesting flag; general profile, tier and level (section 7.3.3)
    unsigned sub_layer_bits = 0;
    for (unsigned i = 0; i < sub_layers; ++i) {
        if (reader.bit()) sub_layer_bits += 88; // profile
        if (reader.bit()) sub_layer_bits += 8;  // level
    }
    if (sub_layers != 0) reader.skip(2 * (8 - sub_layers));
    reader.skip(sub_layer_bits);
    reader.ue(); // sps_seq_parameter_set_id
    const auto chroma_format = reader.ue();
    if (chroma_format > 3) return {};
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
    if (!reader.ok()) return {};
    // SubWidthC and SubHeightC (table 6-1).
    if (!separate_planes && (chroma_format == 1 || chroma_format == 2)) crop_x *= 2;
    if (!separate_planes && chroma_format == 1) crop_y *= 2;
    constexpr std::uint64_t largest = 16384;
    if (width > largest || height > largest || crop_x >= width || crop_y >= height) return {};
    return PictureSize{static_cast<std::uint16_t>(width - crop_x),
                       static_cast<std::uint16_t>(height - crop_y)};
}

} // namespace parley::rtp
