#include "core/media/h265_payload.hpp"

#include "core/media/sprop_sets.hpp"
#include "core/rtp/codec/h265.hpp"

#include <array>

namespace parley::media {

namespace {
constexpr unsigned nal_vcl_last = 31;
constexpr unsigned nal_aggregation = 48;
constexpr unsigned nal_fragmentation = 49;
constexpr std::size_t header_size = 2;
constexpr std::size_t fu_header_size = 3;
} // namespace

H265Payload::H265Payload(std::string_view fmtp) {
    for (const auto* name : {"sprop-vps", "sprop-sps", "sprop-pps"}) {
        for (const auto& nal : sprop_sets(fmtp, name))
            builder_.learn(nal);
    }
}

UnitStart H265Payload::start(Bytes payload) const {
    const auto packet = rtp::H265Packet::parse(payload);
    if (!packet || !packet->frame_start) return UnitStart::none;
    if (packet->keyframe_start) return UnitStart::keyframe;
    const unsigned type = payload[0] >> 1 & 0x3F;
    const unsigned nal = type == nal_fragmentation ? payload[2] & 0x3F : type;
    return nal <= nal_vcl_last ? UnitStart::delta : UnitStart::unknown;
}

bool H265Payload::add(Bytes payload) {
    if (payload.size() <= header_size) return false;
    const unsigned type = payload[0] >> 1 & 0x3F;
    if (type < nal_aggregation) return builder_.add(payload);
    if (type == nal_fragmentation) return add_fragment(payload);
    // PACI is of no use without the extensions that nobody negotiates.
    return type == nal_aggregation && add_aggregated(payload.subspan(header_size));
}

bool H265Payload::add_aggregated(Bytes payload) {
    ByteReader reader{payload};
    // sprop-max-don-diff is never negotiated above 0, so there are no DONL fields.
    while (reader.remaining() != 0) {
        const auto nal = reader.bytes(reader.u16());
        if (!reader.ok() || !builder_.add(nal)) return false;
    }
    return true;
}

bool H265Payload::add_fragment(Bytes payload) {
    if (payload.size() <= fu_header_size) return false;
    const unsigned type = payload[2] & 0x3F;
    const bool start = payload[2] & 0x80;
    const bool end = payload[2] & 0x40;
    if (start) {
        fragment_type_ = type;
        const std::array header{static_cast<std::uint8_t>((payload[0] & 0x81) | type << 1),
                                payload[1]};
        if (!builder_.begin_fragmented(header)) return false;
    }
    if (type != fragment_type_ || !builder_.add_fragment(payload.subspan(fu_header_size))) {
        return false;
    }
    return !end || builder_.end_fragmented();
}

} // namespace parley::media
