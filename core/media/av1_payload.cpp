#include "core/media/av1_payload.hpp"

#include "core/rtp/codec/av1.hpp"

#include <array>
#include <utility>

namespace parley::media {

void append_obu(std::vector<std::uint8_t>& to, const rtp::Av1Obu& obu) {
    constexpr unsigned has_size = 0x02;
    to.push_back(static_cast<std::uint8_t>(obu.header[0] | has_size));
    if (obu.has_extension) to.push_back(obu.header[1]);
    std::array<std::uint8_t, rtp::max_leb128_size> size{};
    const auto length = rtp::write_leb128(size.data(), obu.payload.size());
    to.insert(to.end(), size.begin(), size.begin() + static_cast<std::ptrdiff_t>(length));
    to.insert(to.end(), obu.payload.begin(), obu.payload.end());
}

std::optional<StreamFormat> av1_format(const rtp::Av1Sequence& sequence, Bytes unit) {
    StreamFormat format;
    format.codec = Codec::av1;
    format.width = sequence.width;
    format.height = sequence.height;
    constexpr std::uint8_t marker_and_version = 0x81;
    format.configuration = {
        marker_and_version, static_cast<std::uint8_t>(sequence.profile << 5 | sequence.level_idx),
        static_cast<std::uint8_t>(
            sequence.tier << 7 | unsigned{sequence.bit_depth > 8} << 6 |
            unsigned{sequence.bit_depth == 12} << 5 | unsigned{sequence.monochrome} << 4 |
            unsigned{sequence.subsampling_x} << 3 | unsigned{sequence.subsampling_y} << 2 |
            sequence.chroma_sample_position),
        0}; // no initial presentation delay is told
    rtp::Av1ObuReader reader{unit};
    while (const auto obu = reader.next()) {
        if (obu->type != rtp::ObuType::sequence_header) continue;
        append_obu(format.configuration, *obu);
        return format;
    }
    return {};
}

UnitStart Av1Payload::start(Bytes payload) const {
    const auto packet = rtp::Av1Packet::parse(payload);
    if (!packet || packet->continues_previous) return UnitStart::none;
    if (packet->new_sequence || packet->width != 0) return UnitStart::keyframe;
    return packet->frame_start && packet->spatial_id == 0 ? UnitStart::delta : UnitStart::none;
}

void Av1Payload::begin(bool behind_gap) {
    end_unit(); // one that was given up
    behind_gap_ = behind_gap;
}

bool Av1Payload::add(Bytes payload) {
    const bool gap = std::exchange(behind_gap_, false);
    // Never marked: end() ends a unit.
    static_cast<void>(units_.push({payload, number_, false, gap}));
    return units_.unit_open();
}

std::optional<rtp::Av1TemporalUnit> Av1Payload::end_unit() {
    return units_.ended_before({{}, ++number_, false, false});
}

Assembled Av1Payload::end() {
    const bool opened = units_.unit_open();
    auto unit = end_unit();
    if (!unit) {
        // One that cannot be decoded yet is whole, but no keyframe.
        const bool early = opened && units_.needs_keyframe();
        return {early ? Assembled::Kind::whole : Assembled::Kind::unusable};
    }
    Assembled ended{Assembled::Kind::whole};
    ended.unit.keyframe = unit->keyframe;
    if (unit->keyframe) {
        ended.format = av1_format(unit->sequence, unit->bytes);
        if (!ended.format) return {Assembled::Kind::unusable};
    }
    ended.unit.data = std::move(unit->bytes);
    return ended;
}

} // namespace parley::media
