// Writes compound RTCP packets into a buffer of the caller's.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/rtcp/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace parley::rtcp {

/// Each call appends one packet whole, or leaves the buffer as it was and returns false when there
/// is no room. The order of a full compound packet (RFC 3550, section 6.1: a report first, then
/// SDES) is the caller's; reduced-size packets (RFC 5506) are any others.
class CompoundBuilder {
  public:
    explicit CompoundBuilder(MutBytes buffer) : buffer_{buffer} {}

    [[nodiscard]] Bytes written() const { return buffer_.first(size_); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t room() const { return buffer_.size() - size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    void clear() { size_ = 0; }

    /// More than 31 blocks are continued in receiver reports of the same SSRC.
    bool sender_report(const SenderInfo& sender, std::span<const ReportBlock> blocks = {});
    bool receiver_report(std::uint32_t ssrc, std::span<const ReportBlock> blocks = {});
    /// One chunk with a CNAME of at most 255 bytes; a longer one is refused.
    bool sdes_cname(std::uint32_t ssrc, std::string_view cname);
    /// At most 31 SSRCs; the reason is cut at 255 bytes.
    bool bye(std::span<const std::uint32_t> ssrcs, std::string_view reason = {});

    /// Packs the sequence numbers, which must be in sending order (wrapping), into PID and BLP.
    /// Returns how many of them found room: the rest belongs in the next datagram.
    std::size_t nack(std::uint32_t sender_ssrc, std::uint32_t media_ssrc,
                     std::span<const std::uint16_t> sequences);
    bool pli(std::uint32_t sender_ssrc, std::uint32_t media_ssrc);
    bool fir(std::uint32_t sender_ssrc, std::span<const FirEntry> entries);
    /// At most 255 SSRCs. The bitrate is rounded down to 18 bits of mantissa.
    bool remb(std::uint32_t sender_ssrc, std::uint64_t bitrate,
              std::span<const std::uint32_t> ssrcs);

    /// Feedback for `arrivals`, which must ascend strictly by sequence number; numbers from
    /// `base_sequence` on that are left out are reported lost. Returns how many arrivals found
    /// room: a new message is due when one runs out of space, of statuses or of delta range; 0
    /// when not even one fits or `arrivals` is empty.
    std::size_t transport_feedback(std::uint32_t sender_ssrc, std::uint32_t media_ssrc,
                                   std::uint8_t feedback_count, std::uint64_t base_sequence,
                                   std::span<const PacketArrival> arrivals);

    bool xr_receiver_reference_time(std::uint32_t ssrc, NtpTime ntp);
    bool xr_dlrr(std::uint32_t ssrc, std::span<const DlrrEntry> entries);

  private:
    /// Header and room for a packet of `size` bytes (a multiple of 4), or nullptr.
    std::uint8_t* begin(PacketType type, std::size_t count, std::size_t size);

    MutBytes buffer_;
    std::size_t size_ = 0;
};

} // namespace parley::rtcp
