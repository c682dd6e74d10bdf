// Writes the RTP headers of one outgoing stream: what is alike in all of them is laid out once, and
// copied.
#pragma once

#include "core/base/time.hpp"
#include "core/router/media_packet.hpp"
#include "core/router/send_context.hpp"
#include "core/rtp/extension.hpp"
#include "core/rtp/sequence.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace parley {

class OutgoingHeader {
  public:
    /// `mid` of 1 to 16 bytes goes into each packet, so that the peer knows the SSRC from the first
    /// packet that arrives; an empty one into none.
    void build(rtp::Ssrc ssrc, std::uint8_t payload_type, std::string_view mid,
               const rtp::ExtensionMap& extensions);

    /// Bytes that write() may touch for this packet; more than it will use.
    [[nodiscard]] std::size_t bound(const MediaPacket& packet) const {
        return template_size + ((packet.values & wanted_) == 0 ? 0 : values_bound);
    }
    /// True when a second sending of the same packet would differ in a counter or a time.
    [[nodiscard]] bool differs_each_time() const {
        return transport_cc_at_ != 0 || abs_send_time_at_ != 0;
    }

    /// Per packet; `now` is the turn's. Returns the size of the header.
    std::size_t write(std::uint8_t* out, const MediaPacket& packet, std::uint16_t sequence,
                      std::uint32_t timestamp, std::uint16_t frame_number_offset,
                      SendContext& context, std::uint32_t abs_send_time) const {
        std::memcpy(out, template_.data(), template_size);
        if (packet.marker) out[1] |= 0x80;
        store_be16(out + 2, sequence);
        store_be32(out + 4, timestamp);
        if (transport_cc_at_ != 0) {
            store_be16(out + transport_cc_at_, context.transport_sequence++);
        }
        if (abs_send_time_at_ != 0) store_be24(out + abs_send_time_at_, abs_send_time);
        if ((packet.values & wanted_) == 0) return size_;
        return write_values(out, packet, frame_number_offset);
    }

    /// 24 bits of 6.18 fixed point seconds.
    static std::uint32_t abs_send_time(Instant now) {
        const auto us = static_cast<std::uint64_t>(now.time_since_epoch() / 1us);
        return static_cast<std::uint32_t>(us % 64'000'000 * (1U << 18) / 1'000'000) & 0xFFFFFF;
    }

  private:
    static constexpr std::size_t template_size = 48; ///< a constant: three vector moves
    /// All values in the two-byte form, the largest descriptor and mid with it, and padding.
    static constexpr std::size_t values_bound = 320;

    std::size_t write_values(std::uint8_t* out, const MediaPacket& packet,
                             std::uint16_t frame_number_offset) const;
    std::size_t rewrite_two_byte(std::uint8_t* out, const MediaPacket& packet,
                                 std::uint16_t frame_number_offset) const;

    std::array<std::uint8_t, template_size> template_{};
    std::uint8_t size_ = 0;         ///< of the header without values, padded
    std::uint8_t elements_end_ = 0; ///< not padded
    std::uint8_t transport_cc_at_ = 0;
    std::uint8_t abs_send_time_at_ = 0;
    std::uint8_t wanted_ = 0;           ///< bits of MediaPacket::Value
    std::array<std::uint8_t, 5> ids_{}; ///< of the values, in the order of their bits
};

} // namespace parley
