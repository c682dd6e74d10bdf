// Offsets that keep VP9 picture id and TL0PICIDX continuous for one subscriber.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/codec/descriptor_counters.hpp"
#include "core/rtp/codec/vp9.hpp"

namespace parley::rtp {

/// Offsets change at a switch only. Skipped pictures leave gaps: references are picture id
/// differences (P_DIFF, or the structure's pattern, RFC 9628, section 4.2), and closing a gap would
/// make them point at the wrong picture.
class Vp9Munger {
  public:
    void switch_source() { counters_.switch_source(); }
    DescriptorOffsets keep(const Vp9Descriptor& packet) {
        return counters_.keep({packet.picture_id_at != 0, packet.long_picture_id, packet.picture_id,
                               packet.tl0_pic_idx_at != 0, packet.tl0_pic_idx});
    }

    [[nodiscard]] const DescriptorOffsets& offsets() const { return counters_.offsets(); }

  private:
    DescriptorCounters counters_;
};

} // namespace parley::rtp
