// Offsets that keep VP8 picture id, TL0PICIDX and KEYIDX continuous for one subscriber.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/codec/vp8.hpp"

#include <cstdint>

namespace parley::rtp {

/// Pure bookkeeping: the result depends on the packets given and their order alone. A frame skipped
/// closes the picture id gap it would leave, because receivers hold a frame of an upper temporal
/// layer back until every picture id before it is there; a frame lost leaves its gap.
class Vp8Munger {
  public:
    void switch_source() { switched_ = started_; }
    DescriptorOffsets keep(const Vp8Descriptor& packet);
    void skip(const Vp8Descriptor& packet);

    [[nodiscard]] const DescriptorOffsets& offsets() const { return offsets_; }

  private:
    DescriptorOffsets offsets_;
    DescriptorOffsets out_;    ///< the newest counters sent
    std::uint16_t newest_ = 0; ///< source picture id of the newest frame kept or skipped
    bool started_ = false;
    bool switched_ = false;
};

} // namespace parley::rtp
