#include "core/rtp/codec/vp9.hpp"

namespace parley::rtp {

namespace {

// Scalability structure (section 4.2.1).
void parse_structure(ByteReader& reader, Vp9Descriptor& descriptor) {
    const auto first = reader.u8();
    descriptor.has_structure = true;
    descriptor.spatial_layers = static_cast<std::uint8_t>((first >> 5) + 1);
    if (first & 0x10) {
        descriptor.has_resolution = true;
        for (unsigned layer = 0; layer < descriptor.spatial_layers; ++layer) {
            const auto width = reader.u16();
            const auto height = reader.u16();
            // The last is normally the largest, but nothing says so.
            if (std::uint32_t{width} * height >=
                std::uint32_t{descriptor.width} * descriptor.height) {
                descriptor.width = width;
                descriptor.height = height;
            }
        }
    }
    if (first & 0x08) {
        const auto pictures = reader.u8();
        for (unsigned picture = 0; picture < pictures; ++picture) {
            reader.skip(reader.u8() >> 2 & 0x03); // its P_DIFFs
        }
    }
}

} // namespace

std::optional<Vp9Descriptor> Vp9Descriptor::parse(Bytes payload) {
    ByteReader reader{payload};
    const auto at = [&] { return payload.size() - reader.remaining(); };
    Vp9Descriptor descriptor;

    const auto first = reader.u8();
    const bool has_picture_id = first & 0x80;
    descriptor.inter_predicted = first & 0x40;
    descriptor.has_layer_ids = first & 0x20;
    descriptor.flexible = first & 0x10;
    descriptor.frame_start = first & 0x08;
    descriptor.frame_end = first & 0x04;
    const bool has_structure = first & 0x02;
    descriptor.not_a_reference = first & 0x01;
    if (has_picture_id) {
        descriptor.picture_id_at = static_cast<std::uint8_t>(at());
        descriptor.picture_id = reader.u8();
        if (descriptor.picture_id & 0x80) {
            descriptor.long_picture_id = true;
            descriptor.picture_id =
                static_cast<std::uint16_t>((descriptor.picture_id & 0x7F) << 8 | reader.u8());
        }
    }
    if (descriptor.has_layer_ids) {
        const auto layers = reader.u8();
        descriptor.temporal_id = layers >> 5;
        descriptor.switching_up = layers & 0x10;
        descriptor.spatial_id = layers >> 1 & 0x07;
        descriptor.inter_layer = layers & 0x01;
        if (!descriptor.flexible) {
            descriptor.tl0_pic_idx_at = static_cast<std::uint8_t>(at());
            descriptor.tl0_pic_idx = reader.u8();
        }
    }
    if (descriptor.flexible) {
        // Flexible mode refers to pictures by id (section 4.2).
        if (!has_picture_id) return {};
        if (descriptor.inter_predicted) {
            constexpr unsigned most = 3;
            for (unsigned i = 0; i < most; ++i) {
                const bool more = reader.u8() & 0x01;
                if (!more) break;
                if (i == most - 1) return {};
            }
        }
    }
    if (has_structure) parse_structure(reader, descriptor);
    if (!reader.ok() || reader.remaining() == 0) return {};
    descriptor.size = static_cast<std::uint16_t>(at());
    return descriptor;
}

std::size_t Vp9Descriptor::rewrite_size() const {
    if (tl0_pic_idx_at != 0) return tl0_pic_idx_at + std::size_t{1};
    if (picture_id_at != 0) return picture_id_at + (long_picture_id ? std::size_t{2} : 1);
    return 0;
}

void Vp9Descriptor::rewrite(const DescriptorOffsets& offsets, MutBytes head) const {
    if (head.size() < rewrite_size()) return;
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
}

} // namespace parley::rtp
