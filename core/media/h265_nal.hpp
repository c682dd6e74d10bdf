// What NAL units of H.265 are to whoever stores them, and their decoder configuration.
#pragma once

#include "core/media/parameter_sets.hpp"
#include "core/media/stream_format.hpp"

#include <cstddef>
#include <optional>

namespace parley::media {

struct H265Nal {
    static constexpr std::size_t header_size = 2;

    /// By the header alone (ITU-T H.265, table 7-1).
    static NalKind kind(Bytes nal);
    /// Of a whole parameter set. Nothing when it is broken.
    static std::optional<ParameterSet> parse_set(NalKind kind, Bytes nal);
    /// The id of the PPS that a slice refers to; of the first slice of a picture.
    static std::optional<unsigned> pps_of_slice(Bytes nal);
    /// Do the sets have all that `sps` depends on?
    static bool complete(const ParameterSets& sets, const ParameterSet& sps);
    /// A keyframe whose leading pictures lost what they refer to (BLA).
    static bool broken_link(Bytes nal);
    /// The format of pictures by `sps`, with an hvcC of all sets (ISO/IEC 14496-15, section 8.3.3).
    static std::optional<StreamFormat> format(const ParameterSets& sets, const ParameterSet& sps);
};

} // namespace parley::media
