// The parameter sets of H.264 and H.265 that are in force.
#pragma once

#include "core/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parley::media {

/// What a NAL unit is to whoever stores it.
enum class NalKind : std::uint8_t {
    vps,
    sps,
    pps,
    slice,
    key_slice,     ///< of a picture that decoding can start at
    leading_slice, ///< of one that refers to pictures before a keyframe it follows (RASL)
    other,         ///< kept: SEI and such
    left_out,      ///< delimiters, filler
    broken,
};

constexpr bool is_parameter_set(NalKind kind) {
    return kind <= NalKind::pps;
}
constexpr bool is_slice(NalKind kind) {
    return kind == NalKind::slice || kind == NalKind::key_slice || kind == NalKind::leading_slice;
}

struct ParameterSet {
    NalKind kind = NalKind::sps;
    unsigned id = 0;
    unsigned parent = 0; ///< of a PPS its SPS, of an SPS of H265 its VPS
    std::vector<std::uint8_t> nal;

    bool operator==(const ParameterSet&) const = default;
};

class ParameterSets {
  public:
    /// More than any encoder makes, and fewer than avcC has room for.
    static constexpr std::size_t max_sets = 30;
    static constexpr std::size_t max_set_size = 4096;

    /// In the place of one of the same kind and id. False: there is no room.
    [[nodiscard]] bool put(ParameterSet set);
    [[nodiscard]] const ParameterSet* find(NalKind kind, unsigned id) const;
    [[nodiscard]] bool has(NalKind kind) const { return !all(kind).empty(); }
    [[nodiscard]] bool empty() const { return sets_.empty(); }

    /// By kind, and by id within.
    [[nodiscard]] std::span<const ParameterSet> all() const { return sets_; }
    [[nodiscard]] std::span<const ParameterSet> all(NalKind kind) const;

  private:
    std::vector<ParameterSet> sets_;
};

} // namespace parley::media
