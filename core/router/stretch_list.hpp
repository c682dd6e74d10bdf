// How a subscriber's sequence numbers map back to the source's: the little that is kept instead of
// the packets that were sent.
#pragma once

#include "core/router/media_packet.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/sequence.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace parley {

/// A run of packets with equal offsets, up to where the next one starts.
struct Stretch {
    std::uint64_t first_in = 0; ///< index at the source
    std::uint64_t first_out = 0;
    std::uint32_t timestamp_offset = 0;
    /// Packets before this source timestamp have their distance to it divided by 2^squeeze_shift:
    /// a late joiner's catching up.
    std::uint32_t squeeze_end = 0;
    rtp::DescriptorOffsets descriptor;
    std::uint16_t frame_number_offset = 0;
    LayerIndex layer = no_layer; ///< no_layer: packets of our own making
    std::uint8_t epoch = 0;
    std::uint8_t squeeze_shift = 0;

    [[nodiscard]] std::uint64_t out(std::uint64_t in) const { return first_out + (in - first_in); }
    [[nodiscard]] std::uint32_t timestamp(std::uint32_t source) const {
        const std::int32_t behind = rtp::distance(source, squeeze_end);
        if (squeeze_shift == 0 || behind <= 0) return source + timestamp_offset;
        return squeeze_end + timestamp_offset -
               (static_cast<std::uint32_t>(behind) >> squeeze_shift);
    }
};

/// The newest stretches; older ones are forgotten, and NACKs for them with them.
class StretchList {
  public:
    static constexpr std::size_t capacity = 12;

    [[nodiscard]] bool empty() const { return count_ == 0; }
    void clear() { count_ = 0; }
    [[nodiscard]] Stretch& current() { return stretches_[count_ - 1]; }
    [[nodiscard]] const Stretch& current() const { return stretches_[count_ - 1]; }

    Stretch& push(const Stretch& stretch) {
        if (count_ == capacity) {
            std::copy(stretches_.begin() + 1, stretches_.end(), stretches_.begin());
            --count_;
        }
        return stretches_[count_++] = stretch;
    }

    /// The stretch that an outgoing index belongs to.
    [[nodiscard]] const Stretch* find_out(std::uint64_t out) const {
        for (std::size_t i = count_; i-- > 0;) {
            if (stretches_[i].first_out <= out) return &stretches_[i];
        }
        return nullptr;
    }
    /// The stretch that a source packet belongs to, which came too late for the current one.
    [[nodiscard]] const Stretch* find_in(const MediaPacket& packet, LayerIndex layer) const {
        for (std::size_t i = count_; i-- > 0;) {
            const Stretch& stretch = stretches_[i];
            if (stretch.layer != layer || stretch.epoch != packet.epoch ||
                stretch.first_in > packet.index) {
                continue;
            }
            const bool ended =
                i + 1 < count_ && stretch.out(packet.index) >= stretches_[i + 1].first_out;
            return ended ? nullptr : &stretch;
        }
        return nullptr;
    }

  private:
    std::array<Stretch, capacity> stretches_;
    std::size_t count_ = 0;
};

} // namespace parley
