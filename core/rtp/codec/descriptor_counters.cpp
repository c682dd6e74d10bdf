#include "core/rtp/codec/descriptor_counters.hpp"

namespace parley::rtp {

namespace {

constexpr std::uint16_t picture_id_mask = 0x7FFF;
constexpr std::uint8_t key_idx_mask = 0x1F;

constexpr std::uint16_t picture_id_sum(unsigned a, unsigned b) {
    return static_cast<std::uint16_t>((a + b) & picture_id_mask);
}

} // namespace

bool DescriptorCounters::newer(const Packet& packet) const {
    const unsigned mask = packet.long_picture_id ? picture_id_mask : 0x7F;
    const auto ahead = (unsigned{packet.picture_id} - newest_) & mask;
    return ahead != 0 && ahead <= mask / 2;
}

DescriptorOffsets DescriptorCounters::keep(const Packet& packet) {
    if (switched_) {
        switched_ = false;
        offsets_.picture_id = picture_id_sum(out_.picture_id + 1U, 0U - packet.picture_id);
        offsets_.tl0_pic_idx = static_cast<std::uint8_t>(out_.tl0_pic_idx + 1 - packet.tl0_pic_idx);
        offsets_.key_idx = (out_.key_idx + 1 - packet.key_idx) & key_idx_mask;
    } else if (started_ && packet.has_picture_id && !newer(packet)) {
        return offsets_; // more of the newest frame, or late: no counter moves on
    }
    started_ = true;
    if (packet.has_picture_id) {
        newest_ = packet.picture_id;
        out_.picture_id = picture_id_sum(packet.picture_id, offsets_.picture_id);
    }
    if (packet.has_tl0_pic_idx) {
        out_.tl0_pic_idx = static_cast<std::uint8_t>(packet.tl0_pic_idx + offsets_.tl0_pic_idx);
    }
    if (packet.has_key_idx) {
        out_.key_idx = (packet.key_idx + offsets_.key_idx) & key_idx_mask;
    }
    return offsets_;
}

void DescriptorCounters::skip(const Packet& packet) {
    // Before the first packet and at a switch the next packet kept fixes the offsets anyway.
    if (!started_ || switched_ || !packet.has_picture_id || !newer(packet)) return;
    newest_ = packet.picture_id;
    offsets_.picture_id = picture_id_sum(offsets_.picture_id, picture_id_mask);
}

} // namespace parley::rtp
