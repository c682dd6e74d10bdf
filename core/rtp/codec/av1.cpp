#include "core/rtp/codec/av1.hpp"

#include "core/rtp/codec/av1_obu.hpp"
#include "core/rtp/codec/av1_sequence.hpp"

namespace parley::rtp {

std::optional<Av1Packet> Av1Packet::parse(Bytes payload) {
    ByteReader reader{payload};
    const auto header = reader.u8();
    Av1Packet packet;
    packet.continues_previous = header & 0x80;
    packet.continued = header & 0x40;
    packet.obu_count = header >> 4 & 0x03;
    packet.new_sequence = header & 0x08;
    if (!reader.ok() || reader.remaining() == 0) return {};
    // "Z must be set to 0 if N is set" (section 4.4).
    if (packet.new_sequence && packet.continues_previous) return {};

    auto first = reader.rest();
    if (packet.obu_count != 1) {
        const auto size = read_leb128(reader);
        if (!size || *size > reader.remaining()) return {};
        first = reader.bytes(*size);
    }
    if (packet.continues_previous || first.empty()) return packet;

    // The OBU may be cut off here, whatever size it has.
    const auto type = static_cast<ObuType>(first[0] >> 3 & 0x0F);
    packet.frame_start = type != ObuType::tile_group && type != ObuType::redundant_frame_header &&
                         type != ObuType::tile_list && type != ObuType::padding;
    const bool has_extension = first[0] & 0x04;
    if (has_extension) {
        if (first.size() < 2) return {};
        packet.temporal_id = first[1] >> 5;
        packet.spatial_id = first[1] >> 3 & 0x03;
    }
    if (type != ObuType::sequence_header) return packet;
    ByteReader obu{first.subspan(has_extension ? 2 : 1)};
    const bool has_size = first[0] & 0x02; // needless in RTP, but allowed
    if (has_size && !read_leb128(obu)) return {};
    if (const auto sequence = Av1Sequence::parse(obu.rest())) {
        packet.width = sequence->width;
        packet.height = sequence->height;
    }
    return packet;
}

std::optional<DependencyDescriptor> DependencyDescriptor::parse(Bytes extension) {
    ByteReader reader{extension};
    const auto first = reader.u8();
    DependencyDescriptor descriptor;
    descriptor.frame_start = first & 0x80;
    descriptor.frame_end = first & 0x40;
    descriptor.template_id = first & 0x3F;
    descriptor.frame_number = reader.u16();
    if (!reader.ok()) return {};
    if (reader.remaining() != 0) descriptor.has_structure = reader.u8() & 0x80;
    return descriptor;
}

void DependencyDescriptor::shift_frame_number(MutBytes extension, std::uint16_t offset) {
    if (extension.size() < 3) return;
    auto* const p = &extension[1];
    store_be16(p, static_cast<std::uint16_t>(load_be16(p) + offset));
}

} // namespace parley::rtp
