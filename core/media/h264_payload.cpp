#include "core/media/h264_payload.hpp"

#include "core/media/sprop_sets.hpp"
#include "core/rtp/codec/h264.hpp"

#include <array>

namespace parley::media {

namespace {
constexpr unsigned nal_slice = 1;
constexpr unsigned nal_single_last = 23;
constexpr unsigned nal_stap_a = 24;
constexpr unsigned nal_fu_a = 28;
constexpr std::size_t fu_header_size = 2;
} // namespace

H264Payload::H264Payload(std::string_view fmtp) {
    for (const auto& nal : sprop_sets(fmtp, "sprop-parameter-sets"))
        builder_.learn(nal);
}

UnitStart H264Payload::start(Bytes payload) const {
    const auto packet = rtp::H264Packet::parse(payload);
    if (!packet || !packet->frame_start) return UnitStart::none;
    if (packet->keyframe_start) return UnitStart::keyframe;
    const unsigned type = payload[0] & 0x1F;
    const unsigned nal = type == nal_fu_a ? payload[1] & 0x1F : type;
    return nal == nal_slice ? UnitStart::delta : UnitStart::unknown;
}

bool H264Payload::add(Bytes payload) {
    const unsigned type = payload[0] & 0x1F;
    if (type == nal_fu_a) return add_fragment(payload);
    if (type >= 1 && type <= nal_single_last) return builder_.add(payload);
    // Others belong to the interleaved mode, which is never negotiated.
    return type == nal_stap_a && add_aggregated(payload.subspan(1));
}

bool H264Payload::add_aggregated(Bytes payload) {
    ByteReader reader{payload};
    if (reader.remaining() == 0) return false;
    while (reader.remaining() != 0) {
        const auto nal = reader.bytes(reader.u16());
        if (!reader.ok() || !builder_.add(nal)) return false;
    }
    return true;
}

bool H264Payload::add_fragment(Bytes payload) {
    if (payload.size() <= fu_header_size) return false;
    const unsigned type = payload[1] & 0x1F;
    const bool start = payload[1] & 0x80;
    const bool end = payload[1] & 0x40;
    if (start) {
        fragment_type_ = type;
        const std::array header{static_cast<std::uint8_t>((payload[0] & 0xE0) | type)};
        if (!builder_.begin_fragmented(header)) return false;
    }
    if (type != fragment_type_ || !builder_.add_fragment(payload.subspan(fu_header_size))) {
        return false;
    }
    return !end || builder_.end_fragmented();
}

} // namespace parley::media
