#include "core/rtp/codec/vp8.hpp"

namespace parley::rtp {

Vp8FrameHeader Vp8FrameHeader::parse(Bytes frame) {
    Vp8FrameHeader header;
    header.keyframe = (frame[0] & 0x01) == 0; // the inverse key frame flag P
    // Dimensions follow the frame tag and the start code of a keyframe.
    if (!header.keyframe || frame.size() < 10) return header;
    if (frame[3] != 0x9D || frame[4] != 0x01 || frame[5] != 0x2A) return header;
    // Little-endian; the two upper bits are the scale.
    header.size.width = static_cast<std::uint16_t>((frame[7] << 8 | frame[6]) & 0x3FFF);
    header.size.height = static_cast<std::uint16_t>((frame[9] << 8 | frame[8]) & 0x3FFF);
    return header;
}

std::optional<Vp8Descriptor> Vp8Descriptor::parse(Bytes payload) {
    ByteReader reader{payload};
    const auto at = [&] { return static_cast<std::uint8_t>(payload.size() - reader.remaining()); };
    Vp8Descriptor descriptor;

    const auto first = reader.u8();
    descriptor.non_reference = first & 0x20;
    descriptor.partition_start = first & 0x10;
    descriptor.partition_id = first & 0x07;
    if (first & 0x80) {
        const auto extension = reader.u8();
        if (extension & 0x80) {
            descriptor.picture_id_at = at();
            descriptor.picture_id = reader.u8();
            if (descriptor.picture_id & 0x80) {
                descriptor.long_picture_id = true;
                descriptor.picture_id =
                    static_cast<std::uint16_t>((descriptor.picture_id & 0x7F) << 8 | reader.u8());
            }
        }
        if (extension & 0x40) {
            descriptor.tl0_pic_idx_at = at();
            descriptor.tl0_pic_idx = reader.u8();
        }
        if (extension & 0x30) {
            descriptor.tid_key_idx_at = at();
            const auto byte = reader.u8();
            descriptor.has_temporal_id = extension & 0x20;
            descriptor.has_key_idx = extension & 0x10;
            if (descriptor.has_temporal_id) {
                descriptor.temporal_id = byte >> 6;
                descriptor.layer_sync = byte & 0x20;
            }
            if (descriptor.has_key_idx) descriptor.key_idx = byte & 0x1F;
        }
    }
    // Offsets fit a byte only while the field was there, which ok() says.
    if (!reader.ok() || reader.remaining() == 0) return {};
    descriptor.size = at();
    descriptor.frame_start = descriptor.partition_start && descriptor.partition_id == 0;
    if (descriptor.frame_start) {
        const auto header = Vp8FrameHeader::parse(reader.rest());
        descriptor.keyframe = header.keyframe;
        descriptor.width = header.size.width;
        descriptor.height = header.size.height;
    }
    return descriptor;
}

void Vp8Descriptor::rewrite(const DescriptorOffsets& offsets, MutBytes head) const {
    if (head.size() < size) return;
    if (picture_id_at != 0) {
        const auto shifted = static_cast<unsigned>(picture_id) + offsets.picture_id;
        if (long_picture_id) {
            store_be16(&head[picture_id_at], static_cast<std::uint16_t>(0x8000 | shifted));
        } else {
            head[picture_id_at] = static_cast<std::uint8_t>(shifted & 0x7F);
        }
    }
    if (tl0_pic_idx_at != 0) {
        head[tl0_pic_idx_at] = static_cast<std::uint8_t>(tl0_pic_idx + offsets.tl0_pic_idx);
    }
    if (has_key_idx) {
        auto& byte = head[tid_key_idx_at];
        byte = static_cast<std::uint8_t>((byte & 0xE0) | ((key_idx + offsets.key_idx) & 0x1F));
    }
}

} // namespace parley::rtp
