// Offsets that keep VP8 picture id, TL0PICIDX and KEYIDX continuous for one subscriber.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/codec/descriptor_counters.hpp"
#include "core/rtp/codec/vp8.hpp"

namespace parley::rtp {

/// A frame skipped closes the picture id gap that it would leave, because receivers hold a frame of
/// an upper temporal layer back until every picture id before it is there. A frame lost leaves its
/// gap, for the same reason.
class Vp8Munger {
  public:
    void switch_source() { counters_.switch_source(); }
    DescriptorOffsets keep(const Vp8Descriptor& packet) { return counters_.keep(of(packet)); }
    /// Every packet of the frame is left out.
    void skip(const Vp8Descriptor& packet) { counters_.skip(of(packet)); }

    [[nodiscard]] const DescriptorOffsets& offsets() const { return counters_.offsets(); }

  private:
    static DescriptorCounters::Packet of(const Vp8Descriptor& packet) {
        return {packet.picture_id_at != 0,
                packet.long_picture_id,
                packet.picture_id,
                packet.tl0_pic_idx_at != 0,
                packet.tl0_pic_idx,
                packet.has_key_idx,
                packet.key_idx};
    }

    DescriptorCounters counters_;
};

} // namespace parley::rtp
