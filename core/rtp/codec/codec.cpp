#include "core/rtp/codec/codec.hpp"

#include "core/rtp/codec/av1.hpp"
#include "core/rtp/codec/h264.hpp"
#include "core/rtp/codec/h265.hpp"
#include "core/rtp/codec/vp8.hpp"
#include "core/rtp/codec/vp9.hpp"

#include <algorithm>

namespace parley {

std::optional<Codec> codec_from_name(std::string_view name) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    for (std::size_t i = 0; i < codec_count; ++i) {
        const auto codec = static_cast<Codec>(i);
        const auto candidate = codec_name(codec);
        if (std::equal(name.begin(), name.end(), candidate.begin(), candidate.end(),
                       [&](char a, char b) { return lower(a) == lower(b); })) {
            return codec;
        }
    }
    return {};
}

namespace rtp {

namespace {

FrameInfo of(const Vp8Descriptor& packet) {
    FrameInfo info;
    info.valid = true;
    info.frame_start = packet.frame_start;
    info.keyframe_start = packet.keyframe;
    info.discardable = packet.non_reference;
    info.switch_up = packet.layer_sync;
    info.temporal_id = packet.temporal_id;
    info.width = packet.width;
    info.height = packet.height;
    return info;
}

FrameInfo of(const Vp9Descriptor& packet) {
    FrameInfo info;
    info.valid = true;
    info.frame_start = packet.frame_start;
    info.keyframe_start = packet.keyframe();
    info.switch_up = packet.switching_up;
    info.temporal_id = packet.temporal_id;
    info.spatial_id = packet.spatial_id;
    info.width = packet.width;
    info.height = packet.height;
    return info;
}

FrameInfo of(const H264Packet& packet) {
    FrameInfo info;
    info.valid = true;
    info.frame_start = packet.frame_start;
    info.keyframe_start = packet.keyframe_start;
    info.discardable = packet.discardable;
    info.width = packet.width;
    info.height = packet.height;
    return info;
}

FrameInfo of(const H265Packet& packet) {
    FrameInfo info;
    info.valid = true;
    info.frame_start = packet.frame_start;
    info.keyframe_start = packet.keyframe_start;
    info.temporal_id = packet.temporal_id;
    info.width = packet.width;
    info.height = packet.height;
    return info;
}

FrameInfo of(const Av1Packet& packet) {
    FrameInfo info;
    info.valid = true;
    info.frame_start = packet.frame_start;
    info.keyframe_start = packet.new_sequence;
    info.temporal_id = packet.temporal_id;
    info.spatial_id = packet.spatial_id;
    info.width = packet.width;
    info.height = packet.height;
    return info;
}

template <class Packet>
FrameInfo inspect_as(Bytes payload) {
    const auto packet = Packet::parse(payload);
    return packet ? of(*packet) : FrameInfo{};
}

} // namespace

FrameInfo inspect(Codec codec, Bytes payload) {
    switch (codec) {
    case Codec::vp8:
        return inspect_as<Vp8Descriptor>(payload);
    case Codec::vp9:
        return inspect_as<Vp9Descriptor>(payload);
    case Codec::h264:
        return inspect_as<H264Packet>(payload);
    case Codec::h265:
        return inspect_as<H265Packet>(payload);
    case Codec::av1:
        return inspect_as<Av1Packet>(payload);
    case Codec::opus:
    case Codec::pcmu:
    case Codec::pcma:
        break;
    }
    FrameInfo info;
    info.valid = !payload.empty();
    info.frame_start = info.valid;
    info.keyframe_start = info.valid;
    return info;
}

} // namespace rtp
} // namespace parley
