#include "core/rtp/codec/av1.hpp"

#include "core/rtp/codec/bit_reader.hpp"

namespace parley::rtp {

namespace {

// OBU types (AV1 specification, section 6.2.2).
constexpr unsigned obu_sequence_header = 1;
constexpr unsigned obu_tile_group = 4;
constexpr unsigned obu_redundant_frame_header = 7;
constexpr unsigned obu_tile_list = 8;
constexpr unsigned obu_padding = 15;

// Section 4.10.5 of the AV1 specification; of a size, so at most 32 bits.
std::optional<std::size_t> read_leb128(ByteReader& reader) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) {
        const auto byte = reader.u8();
        value |= std::uint64_t{byte & 0x7FU} << (7 * i);
        if (!(byte & 0x80)) {
            return reader.ok() && value <= 0xFFFFFFFF ? std::optional<std::size_t>{value}
                                                      : std::nullopt;
        }
    }
    return {};
}

} // namespace

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

    const unsigned type = first[0] >> 3 & 0x0F;
    packet.frame_start = type != obu_tile_group && type != obu_redundant_frame_header &&
                         type != obu_tile_list && type != obu_padding;
    const bool has_extension = first[0] & 0x04;
    if (has_extension) {
        if (first.size() < 2) return {};
        packet.temporal_id = first[1] >> 5;
        packet.spatial_id = first[1] >> 3 & 0x03;
    }
    if (type == obu_sequence_header) {
        ByteReader obu{first.subspan(has_extension ? 2 : 1)};
        const bool has_size = first[0] & 0x02; // needless in RTP, but allowed
        if (has_size && !read_leb128(obu)) return {};
        if (const auto size = av1_sequence_size(obu.rest())) {
            packet.width = size->width;
            packet.height = size->height;
        }
    }
    return packet;
}

std::optional<PictureSize> av1_sequence_size(Bytes payload) {
    BitReader reader{payload};
    reader.skip(4); // seq_profile, still_picture
    const bool reduced = reader.bit();
    if (reduced) {
        reader.skip(5); // seq_level_idx
    } else {
        bool decoder_model = false;
        unsigned delay_bits = 0;
        if (reader.bit()) { // timing_info
            reader.skip(64);
            if (reader.bit()) reader.ue(); // num_ticks_per_picture_minus_1
            decoder_model = reader.bit();
            if (decoder_model) {
                delay_bits = reader.bits(5) + 1;
                reader.skip(42);
            }
        }
        const bool display_delay = reader.bit();
        const auto operating_points = reader.bits(5) + 1;
        for (unsigned i = 0; i < operating_points; ++i) {
            reader.skip(12); // operating_point_idc
            const auto level = reader.bits(5);
            if (level > 7) reader.skip(1); // seq_tier
            if (decoder_model && reader.bit()) reader.skip(2 * delay_bits + 1);
            if (display_delay && reader.bit()) reader.skip(4);
        }
    }
    const auto width_bits = reader.bits(4) + 1;
    const auto height_bits = reader.bits(4) + 1;
    const auto width = reader.bits(width_bits) + 1;
    const auto height = reader.bits(height_bits) + 1;
    if (!reader.ok() || width > 0xFFFF || height > 0xFFFF) return {};
    return PictureSize{static_cast<std::uint16_t>(width), static_cast<std::uint16_t>(height)};
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
