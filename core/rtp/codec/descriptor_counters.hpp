// The arithmetic that the VP8 and VP9 mungers share.
#pragma once

#include "core/rtp/codec/codec.hpp"

#include <cstdint>

namespace parley::rtp {

/// Follows the counters of one subscriber's output. The offsets depend on the packets given and on
/// their order alone.
class DescriptorCounters {
  public:
    /// What a packet carries; a counter that is absent keeps its last output.
    struct Packet {
        bool has_picture_id = false;
        bool long_picture_id = false;
        std::uint16_t picture_id = 0;
        bool has_tl0_pic_idx = false;
        std::uint8_t tl0_pic_idx = 0;
        bool has_key_idx = false;
        std::uint8_t key_idx = 0;
    };

    void switch_source() { switched_ = started_; }
    DescriptorOffsets keep(const Packet& packet);
    /// Closes the gap in picture ids that leaving out this frame would make.
    void skip(const Packet& packet);

    [[nodiscard]] const DescriptorOffsets& offsets() const { return offsets_; }

  private:
    [[nodiscard]] bool newer(const Packet& packet) const;

    DescriptorOffsets offsets_;
    DescriptorOffsets out_;    ///< the newest counters sent
    std::uint16_t newest_ = 0; ///< source picture id of the newest frame kept or skipped
    bool started_ = false;
    bool switched_ = false;
};

} // namespace parley::rtp
