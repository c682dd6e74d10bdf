#include "core/media/h264_nal.hpp"

#include "core/rtp/codec/bit_reader.hpp"
#include "core/rtp/codec/h264_sps.hpp"

namespace parley::media {

namespace {

constexpr unsigned max_sps_id = 31;
constexpr unsigned max_pps_id = 255;

// Profiles whose avcC goes on with the sampling.
constexpr bool has_extension(unsigned profile) {
    return profile == 100 || profile == 110 || profile == 122 || profile == 144 || profile == 244 ||
           profile == 44;
}

void append_sets(std::vector<std::uint8_t>& to, std::span<const ParameterSet> sets) {
    for (const auto& set : sets) {
        to.push_back(static_cast<std::uint8_t>(set.nal.size() >> 8));
        to.push_back(static_cast<std::uint8_t>(set.nal.size()));
        to.insert(to.end(), set.nal.begin(), set.nal.end());
    }
}

} // namespace

NalKind H264Nal::kind(Bytes nal) {
    if (nal.empty() || (nal[0] & 0x80) != 0) return NalKind::broken; // forbidden_zero_bit
    switch (nal[0] & 0x1F) {
    case 1:
    case 2:
    case 3:
    case 4:
        return NalKind::slice;
    case 5:
        return NalKind::key_slice;
    case 7:
        return NalKind::sps;
    case 8:
        return NalKind::pps;
    case 9:  // access unit delimiter
    case 10: // end of sequence
    case 11: // end of stream
    case 12: // filler
        return NalKind::left_out;
    case 0:
    case 24:
    case 25:
    case 26:
    case 27:
    case 28:
    case 29:
    case 30:
    case 31:
        return NalKind::broken;
    default:
        return NalKind::other;
    }
}

std::optional<ParameterSet> H264Nal::parse_set(NalKind kind, Bytes nal) {
    ParameterSet set{kind, 0, 0, {nal.begin(), nal.end()}};
    if (kind == NalKind::sps) {
        if (!rtp::parse_h264_sps(nal)) return {};
        rtp::NalBitReader reader{nal.subspan(header_size)};
        reader.skip(24); // profile, constraints, level
        set.id = reader.ue();
        return set.id <= max_sps_id ? std::optional{std::move(set)} : std::nullopt;
    }
    rtp::NalBitReader reader{nal.subspan(header_size)};
    set.id = reader.ue();
    set.parent = reader.ue();
    if (!reader.ok() || set.id > max_pps_id || set.parent > max_sps_id) return {};
    return set;
}

std::optional<unsigned> H264Nal::pps_of_slice(Bytes nal) {
    rtp::NalBitReader reader{nal.subspan(header_size)};
    reader.ue(); // first_mb_in_slice
    reader.ue(); // slice_type
    const auto id = reader.ue();
    return reader.ok() ? std::optional{unsigned{id}} : std::nullopt;
}

std::optional<StreamFormat> H264Nal::format(const ParameterSets& sets, const ParameterSet& sps) {
    const auto parsed = rtp::parse_h264_sps(sps.nal);
    if (!parsed) return {};
    StreamFormat format;
    format.codec = Codec::h264;
    format.width = parsed->size.width;
    format.height = parsed->size.height;
    const auto all_sps = sets.all(NalKind::sps);
    const auto all_pps = sets.all(NalKind::pps);
    constexpr unsigned length_size_minus_one = 3;
    auto& avcc = format.configuration;
    avcc = {1,
            parsed->profile_idc,
            parsed->constraint_flags,
            parsed->level_idc,
            0xFC | length_size_minus_one,
            static_cast<std::uint8_t>(0xE0 | all_sps.size())};
    append_sets(avcc, all_sps);
    avcc.push_back(static_cast<std::uint8_t>(all_pps.size()));
    append_sets(avcc, all_pps);
    if (has_extension(parsed->profile_idc)) {
        avcc.push_back(0xFC | parsed->chroma_format_idc);
        avcc.push_back(0xF8 | (parsed->luma_bit_depth - 8));
        avcc.push_back(0xF8 | (parsed->chroma_bit_depth - 8));
        avcc.push_back(0); // SPS extensions
    }
    return format;
}

} // namespace parley::media
