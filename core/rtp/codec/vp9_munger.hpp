// Offsets that keep VP9 picture id and TL0PICIDX continuous for one subscriber.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/codec/vp9.hpp"

#include <cstdint>

namespace parley::rtp {

/// Offsets change at a switch only. Skipped pictures leave gaps: references are picture id
/// differences (P_DIFF, or the structure's pattern, RFC 9628, section 4.2), and closing a gap would
/// make them point at the wrong picture.
class Vp9Munger {
  public:
    void switch_source() { switched_ = started_; }
    DescriptorOffsets keep(const Vp9Descriptor& packet);

    [[nodiscard]] const DescriptorOffsets& offsets() const { return offsets_; }

  private:
    DescriptorOffsets offsets_;
    DescriptorOffsets out_; ///< the newest counters sent
    std::uint16_t newest_ = 0;
    bool started_ = false;
    bool switched_ = false;
};

} // namespace parley::rtp
