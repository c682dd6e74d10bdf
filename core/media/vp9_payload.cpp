#include "core/media/vp9_payload.hpp"

#include "core/media/depacketizer.hpp"
#include "core/media/vp9_frame.hpp"
#include "core/rtp/codec/vp9.hpp"

namespace parley::media {

namespace {
constexpr std::size_t max_frames = 8; ///< of a superframe
}

std::optional<Vp9Picture> Vp9Picture::parse(Bytes data, const std::vector<std::size_t>& starts) {
    const auto first = Vp9FrameHeader::parse(data);
    if (!first) return {};
    Vp9Picture picture;
    picture.keyframe = first->keyframe;
    if (!picture.keyframe) return picture;
    auto size = *first->size;
    for (const auto start : starts) {
        const auto frame = Vp9FrameHeader::parse(data.subspan(start));
        if (!frame) return {};
        if (frame->size) size = *frame->size; // the last layer is the one shown
    }
    picture.format = vp9_format(*first, size);
    return picture;
}

UnitStart Vp9Payload::start(Bytes payload) const {
    const auto packet = rtp::Vp9Descriptor::parse(payload);
    if (!packet || !packet->frame_start || packet->spatial_id != 0) return UnitStart::none;
    return packet->keyframe() ? UnitStart::keyframe : UnitStart::delta;
}

void Vp9Payload::begin(bool) {
    starts_.clear();
    data_.clear();
    data_.reserve(room_for_next(last_size_));
}

bool Vp9Payload::add(Bytes payload) {
    const auto packet = rtp::Vp9Descriptor::parse(payload);
    if (!packet) return false;
    if (packet->frame_start) {
        if (starts_.size() == max_frames) return false;
        starts_.push_back(data_.size());
    }
    if (starts_.empty()) return false;
    const auto frame = payload.subspan(packet->size);
    if (data_.size() + frame.size() > max_unit_size) return false;
    data_.insert(data_.end(), frame.begin(), frame.end());
    return true;
}

Assembled Vp9Payload::end() {
    const auto picture = Vp9Picture::parse(data_, starts_);
    if (!picture) return {Assembled::Kind::unusable};
    if (starts_.size() > 1) append_index();
    Assembled ended{Assembled::Kind::whole};
    ended.unit.keyframe = picture->keyframe;
    ended.format = picture->format;
    last_size_ = data_.size();
    ended.unit.data = std::exchange(data_, {});
    return ended;
}

// Superframe index (VP9 bitstream specification, annex B): without it a decoder takes several
// frames for one.
void Vp9Payload::append_index() {
    constexpr unsigned size_bytes = 4;
    const auto marker =
        static_cast<std::uint8_t>(0xC0 | (size_bytes - 1) << 3 | (starts_.size() - 1));
    const auto end = data_.size();
    data_.push_back(marker);
    for (std::size_t i = 0; i < starts_.size(); ++i) {
        const auto size = (i + 1 < starts_.size() ? starts_[i + 1] : end) - starts_[i];
        for (unsigned byte = 0; byte < size_bytes; ++byte)
            data_.push_back(static_cast<std::uint8_t>(size >> (8 * byte)));
    }
    data_.push_back(marker);
}

} // namespace parley::media
