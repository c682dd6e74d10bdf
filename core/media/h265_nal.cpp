#include "core/media/h265_nal.hpp"

#include "core/rtp/codec/bit_reader.hpp"
#include "core/rtp/codec/h265_sps.hpp"

namespace parley::media {

namespace {

constexpr unsigned max_sps_id = 15;
constexpr unsigned max_pps_id = 63;

constexpr unsigned type_of(Bytes nal) {
    return nal[0] >> 1 & 0x3F;
}

constexpr std::uint8_t nal_type(NalKind kind) {
    return kind == NalKind::vps ? 32 : kind == NalKind::sps ? 33 : 34;
}

void append_sets(std::vector<std::uint8_t>& to, const ParameterSets& sets, NalKind kind) {
    constexpr unsigned array_completeness = 0x80;
    const auto all = sets.all(kind);
    to.push_back(array_completeness | nal_type(kind));
    to.push_back(0);
    to.push_back(static_cast<std::uint8_t>(all.size()));
    for (const auto& set : all) {
        to.push_back(static_cast<std::uint8_t>(set.nal.size() >> 8));
        to.push_back(static_cast<std::uint8_t>(set.nal.size()));
        to.insert(to.end(), set.nal.begin(), set.nal.end());
    }
}

} // namespace

NalKind H265Nal::kind(Bytes nal) {
    if (nal.size() < header_size || (nal[0] & 0x80) != 0) return NalKind::broken;
    const auto type = type_of(nal);
    switch (type) {
    case 8: // RASL_N, RASL_R
    case 9:
        return NalKind::leading_slice;
    case 32:
        return NalKind::vps;
    case 33:
        return NalKind::sps;
    case 34:
        return NalKind::pps;
    case 35: // access unit delimiter
    case 36: // end of sequence
    case 37: // end of bitstream
    case 38: // filler
        return NalKind::left_out;
    default:
        break;
    }
    if (type >= 16 && type <= 21) return NalKind::key_slice; // BLA, IDR, CRA
    if (type < 32) return NalKind::slice;
    return type < 48 ? NalKind::other : NalKind::broken; // of RTP alone
}

std::optional<ParameterSet> H265Nal::parse_set(NalKind kind, Bytes nal) {
    ParameterSet set{kind, 0, 0, {nal.begin(), nal.end()}};
    if (kind == NalKind::sps) {
        const auto sps = rtp::parse_h265_sps(nal);
        if (!sps) return {};
        set.id = sps->id;
        set.parent = sps->vps_id;
        return set;
    }
    rtp::NalBitReader reader{nal.subspan(header_size)};
    if (kind == NalKind::vps) {
        set.id = reader.bits(4);
    } else {
        set.id = reader.ue();
        set.parent = reader.ue();
    }
    if (!reader.ok() || set.id > max_pps_id || set.parent > max_sps_id) return {};
    return set;
}

std::optional<unsigned> H265Nal::pps_of_slice(Bytes nal) {
    if (nal.size() <= header_size) return {};
    rtp::NalBitReader reader{nal.subspan(header_size)};
    reader.bit(); // first_slice_segment_in_pic_flag
    const auto type = type_of(nal);
    if (type >= 16 && type <= 23) reader.bit(); // no_output_of_prior_pics_flag
    const auto id = reader.ue();
    return reader.ok() ? std::optional{unsigned{id}} : std::nullopt;
}

bool H265Nal::complete(const ParameterSets& sets, const ParameterSet& sps) {
    return sets.find(NalKind::vps, sps.parent) != nullptr;
}

bool H265Nal::broken_link(Bytes nal) {
    return type_of(nal) >= 16 && type_of(nal) <= 18;
}

std::optional<StreamFormat> H265Nal::format(const ParameterSets& sets, const ParameterSet& sps) {
    const auto parsed = rtp::parse_h265_sps(sps.nal);
    if (!parsed || !complete(sets, sps)) return {};
    StreamFormat format;
    format.codec = Codec::h265;
    format.width = parsed->size.width;
    format.height = parsed->size.height;
    auto& hvcc = format.configuration;
    constexpr unsigned length_size_minus_one = 3;
    hvcc.push_back(1);
    hvcc.insert(hvcc.end(), parsed->profile_tier_level.begin(), parsed->profile_tier_level.end());
    hvcc.push_back(0xF0); // min_spatial_segmentation_idc: not told
    hvcc.push_back(0x00);
    hvcc.push_back(0xFC); // parallelismType: not told
    hvcc.push_back(0xFC | parsed->chroma_format_idc);
    hvcc.push_back(0xF8 | (parsed->luma_bit_depth - 8));
    hvcc.push_back(0xF8 | (parsed->chroma_bit_depth - 8));
    hvcc.push_back(0); // avgFrameRate: not told
    hvcc.push_back(0);
    hvcc.push_back(static_cast<std::uint8_t>(parsed->temporal_layers << 3 |
                                             unsigned{parsed->temporal_id_nested} << 2 |
                                             length_size_minus_one));
    hvcc.push_back(3); // arrays
    append_sets(hvcc, sets, NalKind::vps);
    append_sets(hvcc, sets, NalKind::sps);
    append_sets(hvcc, sets, NalKind::pps);
    return format;
}

} // namespace parley::media
