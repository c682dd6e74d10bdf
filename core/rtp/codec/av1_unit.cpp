#include "core/rtp/codec/av1_unit.hpp"

#include "core/rtp/codec/bit_reader.hpp"

namespace parley::rtp {

bool Av1UnitInspector::add(const Av1Obu& obu) {
    if (obu.type == ObuType::sequence_header) {
        const auto sequence = Av1Sequence::parse(obu.payload);
        if (!sequence) return false;
        sequence_ = sequence;
        has_sequence_ = true;
        return true;
    }
    if (obu.type != ObuType::frame && obu.type != ObuType::frame_header) return true;

    // The beginning of uncompressed_header() (AV1 specification, section 5.9.2).
    bool keyframe = true;
    bool shown = true;
    if (!sequence_ || !sequence_->still_only) {
        BitReader reader{obu.payload};
        const bool repeated = reader.bit(); // show_existing_frame
        const bool key = reader.bits(2) == 0;
        shown = repeated || reader.bit();
        keyframe = !repeated && key && shown;
        if (!reader.ok()) return true;
    }
    if (keyframe) has_keyframe_ = true;
    const unsigned top = sequence_ ? sequence_->top_spatial_id : 0;
    if (shown && obu.spatial_id >= top) complete_ = true;
    return true;
}

} // namespace parley::rtp
