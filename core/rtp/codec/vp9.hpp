// VP9 payload descriptor (RFC 9628, section 4.2), flexible mode and not.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley::rtp {

/// Offsets are into the payload; 0 means that the field is absent.
struct Vp9Descriptor {
    std::uint16_t size = 0; ///< bytes of the descriptor; the VP9 data follows
    bool inter_predicted = false;
    bool flexible = false;
    bool frame_start = false;     ///< B: start of a layer frame
    bool frame_end = false;       ///< E: end of a layer frame
    bool not_a_reference = false; ///< Z: no upper spatial layer depends on it

    std::uint8_t picture_id_at = 0;
    bool long_picture_id = false; ///< 15 bits, not 7
    std::uint16_t picture_id = 0;
    bool has_layer_ids = false;
    std::uint8_t temporal_id = 0;
    bool switching_up = false; ///< U
    std::uint8_t spatial_id = 0;
    bool inter_layer = false;        ///< D
    std::uint8_t tl0_pic_idx_at = 0; ///< only in non-flexible mode
    std::uint8_t tl0_pic_idx = 0;

    bool has_structure = false;
    std::uint8_t spatial_layers = 0; ///< of the structure
    bool has_resolution = false;
    std::uint16_t width = 0; ///< of the structure's highest layer
    std::uint16_t height = 0;

    /// Start of a picture that needs no earlier one: not inter-predicted, lowest spatial layer.
    [[nodiscard]] bool keyframe() const {
        return frame_start && !inter_predicted && spatial_id == 0;
    }

    /// Bytes at the payload's start that rewrite() may change.
    [[nodiscard]] std::size_t rewrite_size() const;

    /// Nothing when the payload ends within the descriptor or right after it.
    static std::optional<Vp9Descriptor> parse(Bytes payload);

    /// Writes the shifted counters. `head` starts with a copy of at least rewrite_size() bytes of
    /// the payload that was parsed.
    void rewrite(const DescriptorOffsets& offsets, MutBytes head) const;
};

} // namespace parley::rtp
