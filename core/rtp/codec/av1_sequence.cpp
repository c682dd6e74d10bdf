#include "core/rtp/codec/av1_sequence.hpp"

#include "core/rtp/codec/bit_reader.hpp"

#include <bit>

namespace parley::rtp {

namespace {

constexpr unsigned select = 2; // SELECT_SCREEN_CONTENT_TOOLS, SELECT_INTEGER_MV

void read_operating_points(BitReader& reader, Av1Sequence& sequence) {
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
        const auto layers = reader.bits(12); // operating_point_idc
        const auto level = reader.bits(5);
        const auto tier = level > 7 ? reader.bit() : 0;
        if (decoder_model && reader.bit()) reader.skip(2 * delay_bits + 1);
        if (display_delay && reader.bit()) reader.skip(4);
        if (i != 0) continue;
        sequence.level_idx = static_cast<std::uint8_t>(level);
        sequence.tier = static_cast<std::uint8_t>(tier);
        const auto spatial_layers = std::bit_width(layers >> 8);
        if (spatial_layers > 1)
            sequence.top_spatial_id = static_cast<std::uint8_t>(spatial_layers - 1);
    }
}

// Section 5.5.1 from use_128x128_superblock to enable_restoration.
void skip_features(BitReader& reader, const Av1Sequence& sequence) {
    reader.skip(3); // use_128x128_superblock, filter_intra, intra_edge_filter
    if (!sequence.still_only) {
        reader.skip(4);
        const bool order_hint = reader.bit();
        if (order_hint) reader.skip(2);
        const auto screen_content = reader.bit() ? select : reader.bit();
        if (screen_content > 0 && !reader.bit()) reader.skip(1); // force_integer_mv
        if (order_hint) reader.skip(3);
    }
    reader.skip(3); // superres, cdef, restoration
}

// Section 5.5.2, as far as the sampling.
void read_color(BitReader& reader, Av1Sequence& sequence) {
    const bool high_bit_depth = reader.bit();
    sequence.bit_depth = high_bit_depth ? 10 : 8;
    if (sequence.profile == 2 && high_bit_depth && reader.bit()) sequence.bit_depth = 12;
    if (sequence.profile != 1) sequence.monochrome = reader.bit();
    unsigned primaries = 2;
    unsigned transfer = 2;
    unsigned matrix = 2;
    if (reader.bit()) {
        primaries = reader.bits(8);
        transfer = reader.bits(8);
        matrix = reader.bits(8);
    }
    if (sequence.monochrome) return;
    const bool srgb = primaries == 1 && transfer == 13 && matrix == 0;
    if (!srgb) reader.skip(1); // color_range
    if (srgb || sequence.profile == 1) {
        sequence.subsampling_x = false;
        sequence.subsampling_y = false;
    } else if (sequence.profile == 2) {
        const bool twelve = sequence.bit_depth == 12;
        sequence.subsampling_x = !twelve || reader.bit();
        sequence.subsampling_y = twelve && sequence.subsampling_x && reader.bit();
    }
    if (sequence.subsampling_x && sequence.subsampling_y) {
        sequence.chroma_sample_position = static_cast<std::uint8_t>(reader.bits(2));
    }
}

} // namespace

std::optional<Av1Sequence> Av1Sequence::parse(Bytes payload) {
    BitReader reader{payload};
    Av1Sequence sequence;
    sequence.profile = static_cast<std::uint8_t>(reader.bits(3));
    reader.skip(1); // still_picture
    sequence.still_only = reader.bit();
    if (sequence.still_only) {
        sequence.level_idx = static_cast<std::uint8_t>(reader.bits(5));
    } else {
        read_operating_points(reader, sequence);
    }
    const auto width_bits = reader.bits(4) + 1;
    const auto height_bits = reader.bits(4) + 1;
    const auto width = reader.bits(width_bits) + 1;
    const auto height = reader.bits(height_bits) + 1;
    if (width > 0xFFFF || height > 0xFFFF) return {};
    sequence.width = static_cast<std::uint16_t>(width);
    sequence.height = static_cast<std::uint16_t>(height);
    if (!sequence.still_only && reader.bit()) reader.skip(7); // frame ids
    skip_features(reader, sequence);
    read_color(reader, sequence);
    return reader.ok() ? std::optional{sequence} : std::nullopt;
}

} // namespace parley::rtp
