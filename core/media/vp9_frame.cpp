#include "core/media/vp9_frame.hpp"

#include "core/rtp/codec/bit_reader.hpp"

#include <algorithm>
#include <array>

namespace parley::media {

namespace {

constexpr unsigned sync_code = 0x498342;
constexpr unsigned color_space_rgb = 7;

bool read_color(rtp::BitReader& reader, Vp9FrameHeader& header) {
    const bool has_sampling = header.profile == 1 || header.profile == 3;
    if (header.profile >= 2) header.bit_depth = reader.bit() ? 12 : 10;
    header.color_space = static_cast<std::uint8_t>(reader.bits(3));
    if (header.color_space == color_space_rgb) {
        header.full_range = true;
        header.subsampling_x = false;
        header.subsampling_y = false;
        if (has_sampling) reader.bit();
        return has_sampling; // RGB is of these profiles only
    }
    header.full_range = reader.bit() != 0;
    if (has_sampling) {
        header.subsampling_x = reader.bit() != 0;
        header.subsampling_y = reader.bit() != 0;
        reader.bit();
    }
    return true;
}

std::optional<rtp::PictureSize> read_size(rtp::BitReader& reader) {
    const auto width = reader.bits(16) + 1;
    const auto height = reader.bits(16) + 1;
    if (!reader.ok() || width > 0xFFFF || height > 0xFFFF) return {};
    return rtp::PictureSize{static_cast<std::uint16_t>(width), static_cast<std::uint16_t>(height)};
}

// Of a frame that predicts from others, or is intra-only.
void read_delta(rtp::BitReader& reader, bool shown, bool resilient, Vp9FrameHeader& header) {
    const bool intra_only = !shown && reader.bit();
    if (!resilient) reader.bits(2); // reset_frame_context
    if (intra_only) {
        if (reader.bits(24) != sync_code) return;
        Vp9FrameHeader unused{header.profile};
        if (header.profile > 0 && !read_color(reader, unused)) return;
        reader.bits(8); // refresh_frame_flags
        header.size = read_size(reader);
        return;
    }
    reader.bits(8 + 3 * 4); // refresh_frame_flags; three references with their sign bias
    for (int i = 0; i < 3; ++i) {
        if (reader.bit()) return; // found_ref
    }
    header.size = read_size(reader);
}

struct Level {
    std::uint8_t number; ///< ten times the level
    std::uint64_t sample_rate;
    std::uint32_t picture_size;
    std::uint16_t dimension;
};
// Annex A of the bitstream specification.
constexpr std::array<Level, 14> levels{{{10, 829'440, 36'864, 512},
                                        {11, 2'764'800, 73'728, 768},
                                        {20, 4'608'000, 122'880, 960},
                                        {21, 9'216'000, 245'760, 1344},
                                        {30, 20'736'000, 552'960, 2048},
                                        {31, 36'864'000, 983'040, 2752},
                                        {40, 83'558'400, 2'228'224, 4160},
                                        {41, 160'432'128, 2'228'224, 4160},
                                        {50, 311'951'360, 8'912'896, 8384},
                                        {51, 588'251'136, 8'912'896, 8384},
                                        {52, 1'176'502'272, 8'912'896, 8384},
                                        {60, 1'176'502'272, 35'651'584, 16832},
                                        {61, 2'353'004'544, 35'651'584, 16832},
                                        {62, 4'706'009'088, 35'651'584, 16832}}};

// The bitstream does not say it. No sender of a room has more pictures a second than this.
std::uint8_t level_of(rtp::PictureSize size) {
    constexpr unsigned pictures_a_second = 60;
    const std::uint32_t samples = std::uint32_t{size.width} * size.height;
    const auto found = std::ranges::find_if(levels, [&](const Level& level) {
        return samples <= level.picture_size &&
               std::uint64_t{samples} * pictures_a_second <= level.sample_rate &&
               std::max(size.width, size.height) <= level.dimension;
    });
    return found != levels.end() ? found->number : levels.back().number;
}

std::uint8_t sampling_of(const Vp9FrameHeader& header) {
    if (!header.subsampling_x) return 3; // 4:4:4 (or 4:4:0, which has no number)
    return header.subsampling_y ? 1 : 2; // 4:2:0, chroma where the first luma is; 4:2:2
}

// MatrixCoefficients of ISO/IEC 23091-2 by color_space.
constexpr std::array<std::uint8_t, 8> matrix{2, 5, 1, 6, 7, 9, 2, 0};

} // namespace

std::optional<Vp9FrameHeader> Vp9FrameHeader::parse(Bytes frame) {
    rtp::BitReader reader{frame};
    if (reader.bits(2) != 2) return {}; // frame_marker
    Vp9FrameHeader header;
    const auto low = reader.bit();
    header.profile = static_cast<std::uint8_t>(reader.bit() << 1 | low);
    if (header.profile == 3 && reader.bit()) return {};
    if (reader.bit()) return reader.ok() ? std::optional{header} : std::nullopt; // shown before
    header.keyframe = reader.bit() == 0;
    const bool shown = reader.bit() != 0;
    const bool resilient = reader.bit() != 0;
    if (!header.keyframe) {
        read_delta(reader, shown, resilient, header);
        return reader.ok() ? std::optional{header} : std::nullopt;
    }
    if (reader.bits(24) != sync_code || !read_color(reader, header)) return {};
    header.size = read_size(reader);
    return header.size ? std::optional{header} : std::nullopt;
}

StreamFormat vp9_format(const Vp9FrameHeader& keyframe, rtp::PictureSize size) {
    constexpr std::uint8_t unspecified = 2;
    StreamFormat format;
    format.codec = Codec::vp9;
    format.width = size.width;
    format.height = size.height;
    const bool rgb = keyframe.color_space == color_space_rgb;
    format.configuration = {keyframe.profile,
                            level_of(size),
                            static_cast<std::uint8_t>(keyframe.bit_depth << 4 |
                                                      sampling_of(keyframe) << 1 |
                                                      unsigned{keyframe.full_range}),
                            rgb ? std::uint8_t{1} : unspecified,  // primaries
                            rgb ? std::uint8_t{13} : unspecified, // transfer
                            matrix[keyframe.color_space],
                            0, // no codec initialization data
                            0};
    return format;
}

} // namespace parley::media
