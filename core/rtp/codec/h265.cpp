#include "core/rtp/codec/h265.hpp"

#include "core/rtp/codec/h265_sps.hpp"

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
        if (const auto sps = parse_h265_sps(whole)) {
            packet.width = sps->size.width;
            packet.height = sps->size.height;
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

} // namespace parley::rtp
