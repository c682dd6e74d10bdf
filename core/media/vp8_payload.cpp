#include "core/media/vp8_payload.hpp"

#include "core/media/depacketizer.hpp"
#include "core/rtp/codec/vp8.hpp"

namespace parley::media {

std::optional<StreamFormat> vp8_key_format(Bytes frame) {
    const auto header = rtp::Vp8FrameHeader::parse(frame);
    if (!header.keyframe || header.size.width == 0 || header.size.height == 0) return {};
    StreamFormat format;
    format.codec = Codec::vp8;
    format.width = header.size.width;
    format.height = header.size.height;
    return format;
}

UnitStart Vp8Payload::start(Bytes payload) const {
    const auto packet = rtp::Vp8Descriptor::parse(payload);
    if (!packet || !packet->frame_start) return UnitStart::none;
    return packet->keyframe ? UnitStart::keyframe : UnitStart::delta;
}

void Vp8Payload::begin(bool) {
    frame_.clear();
    frame_.reserve(room_for_next(last_size_));
}

bool Vp8Payload::add(Bytes payload) {
    const auto packet = rtp::Vp8Descriptor::parse(payload);
    if (!packet || packet->frame_start != frame_.empty()) return false;
    const auto data = payload.subspan(packet->size);
    if (frame_.size() + data.size() > max_unit_size) return false;
    frame_.insert(frame_.end(), data.begin(), data.end());
    return true;
}

Assembled Vp8Payload::end() {
    if (frame_.empty()) return {Assembled::Kind::nothing};
    Assembled ended{Assembled::Kind::whole};
    ended.unit.keyframe = rtp::Vp8FrameHeader::parse(frame_).keyframe;
    if (ended.unit.keyframe) {
        ended.format = vp8_key_format(frame_);
        if (!ended.format) return {Assembled::Kind::unusable};
    }
    last_size_ = frame_.size();
    ended.unit.data = std::exchange(frame_, {});
    return ended;
}

} // namespace parley::media
