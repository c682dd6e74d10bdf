// What a receiver reports of one incoming stream (RFC 3550, sections 6.4.1, A.3 and A.8).
#pragma once

#include "core/base/time.hpp"
#include "core/rtcp/packet.hpp"

#include <cstdint>

namespace parley::congestion {

/// One for each SSRC. Sequence numbers are extended (64 bits, the low 16 as on the wire).
class ReceptionStats {
  public:
    explicit ReceptionStats(std::uint32_t clock_rate) : clock_rate_{clock_rate} {}

    /// A packet that arrived by itself: retransmissions on an SSRC of their own are not counted. A
    /// leap too large for loss starts the counting over.
    void on_packet(std::uint64_t sequence, std::uint32_t timestamp, Instant now);
    void on_sender_report(NtpTime ntp, Instant now);

    /// The block for this stream. Fraction lost is counted since the last call.
    rtcp::ReportBlock report(std::uint32_t ssrc, Instant now);

    [[nodiscard]] bool started() const { return received_ != 0; }
    [[nodiscard]] std::uint64_t expected() const;
    [[nodiscard]] std::uint64_t received() const { return received_; }
    /// Negative when duplicates outnumber losses.
    [[nodiscard]] std::int64_t cumulative_lost() const;
    /// In timestamp units.
    [[nodiscard]] std::uint32_t jitter() const { return jitter_ >> 4; }
    [[nodiscard]] Duration jitter_time() const;

  private:
    void start(std::uint64_t sequence, std::uint32_t timestamp, Instant now);

    std::uint32_t clock_rate_;
    std::uint64_t base_ = 0; ///< the lowest seen
    std::uint64_t highest_ = 0;
    std::uint64_t cycles_ = 0; ///< of the first packet
    std::uint64_t received_ = 0;
    std::uint64_t expected_prior_ = 0;
    std::uint64_t received_prior_ = 0;
    Instant first_at_{};
    std::uint32_t jitter_ = 0; ///< times 16 (A.8)
    std::uint32_t transit_ = 0;
    std::uint32_t timestamp_ = 0;
    std::uint32_t last_sender_report_ = 0;
    Instant sender_report_at_{};
};

} // namespace parley::congestion
