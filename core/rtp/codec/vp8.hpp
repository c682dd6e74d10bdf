// VP8 payload descriptor (RFC 7741, section 4.2) and the frame header of a keyframe.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley::rtp {

/// The beginning of a frame (RFC 6386, section 9.1).
struct Vp8FrameHeader {
    bool keyframe = false;
    PictureSize size; ///< of a keyframe; 0 where it is cut off

    /// `frame` is not empty.
    static Vp8FrameHeader parse(Bytes frame);
};

/// Offsets are into the payload; 0 means that the field is absent.
struct Vp8Descriptor {
    std::uint8_t size = 0; ///< bytes of the descriptor; the VP8 data follows
    bool non_reference = false;
    bool partition_start = false;
    std::uint8_t partition_id = 0;

    std::uint8_t picture_id_at = 0;
    bool long_picture_id = false; ///< 15 bits, not 7
    std::uint16_t picture_id = 0;
    std::uint8_t tl0_pic_idx_at = 0;
    std::uint8_t tl0_pic_idx = 0;
    std::uint8_t tid_key_idx_at = 0; ///< the byte that holds TID, Y and KEYIDX
    bool has_temporal_id = false;
    std::uint8_t temporal_id = 0;
    bool layer_sync = false;
    bool has_key_idx = false;
    std::uint8_t key_idx = 0;

    bool frame_start = false; ///< S set and partition 0
    bool keyframe = false;    ///< frame_start of a keyframe
    std::uint16_t width = 0;  ///< of a keyframe, else 0
    std::uint16_t height = 0;

    /// Nothing when the payload ends within the descriptor or right after it.
    static std::optional<Vp8Descriptor> parse(Bytes payload);

    /// Writes the shifted counters. `head` starts with a copy of at least the first `size` bytes
    /// of the payload that was parsed.
    void rewrite(const DescriptorOffsets& offsets, MutBytes head) const;
};

} // namespace parley::rtp
