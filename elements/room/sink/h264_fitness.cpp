#include "elements/room/sink/h264_fitness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parley::room_elements {

namespace {

constexpr unsigned sps_type = 7;
constexpr std::array<std::uint8_t, 3> start_code{0, 0, 1};

} // namespace

std::optional<rtp::H264Sps> find_h264_sps(Bytes access_unit) {
    auto at = access_unit.begin();
    for (;;) {
        at = std::search(at, access_unit.end(), start_code.begin(), start_code.end());
        if (access_unit.end() - at <= static_cast<std::ptrdiff_t>(start_code.size())) return {};
        at += start_code.size();
        if ((*at & 0x1F) != sps_type) continue;
        const auto end = std::search(at, access_unit.end(), start_code.begin(), start_code.end());
        return rtp::parse_h264_sps(Bytes{&*at, static_cast<std::size_t>(end - at)});
    }
}

std::string h264_unfitness(const rtp::H264Sps& sps) {
    constexpr unsigned baseline = 66;
    constexpr unsigned main = 77;
    constexpr unsigned high = 100;
    const unsigned profile = sps.profile_idc;
    if (profile != baseline && profile != main && profile != high) {
        return fmt::format("is of profile_idc {}", profile);
    }
    if (sps.chroma_format_idc != 1 || sps.luma_bit_depth != 8 || sps.chroma_bit_depth != 8)
        return "is not 4:2:0 of 8 bits";
    if (sps.interlaced) return "may be interlaced";
    if (!sps.reorder_frames) return "does not say that it has no B-frames";
    if (*sps.reorder_frames > 0) return "has B-frames";
    return {};
}

} // namespace parley::room_elements
