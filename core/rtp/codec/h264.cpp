#include "core/rtp/codec/h264.hpp"

#include "core/rtp/codec/h264_sps.hpp"

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
        if (const auto sps = parse_h264_sps(whole)) {
            packet.width = sps->size.width;
            packet.height = sps->size.height;
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

} // namespace parley::rtp
