// RTP timestamps on the room's timeline, which the SFU owns: made from the publisher's sender
// reports, whose clock is taken as it is but for one offset a publisher.
#pragma once

#include "core/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace parley {

/// How far a publisher's wall clock is from ours, shared by all its tracks, so that its audio and
/// video stay in sync. Estimated as the least (arrival - NTP time) of its recent sender reports:
/// the report with the shortest way; that way (half an RTT at best) stays in it.
class PublisherClock {
  public:
    explicit PublisherClock(const WallClock& wall) : wall_{wall} {}

    /// False when the report is of no use (a sender without a clock says 0).
    bool on_sender_report(NtpTime publisher, Instant arrival);

    /// Is there an offset yet?
    [[nodiscard]] bool known() const { return count_ != 0; }
    /// A time of the publisher's on our timeline; only when known().
    [[nodiscard]] NtpTime to_ours(NtpTime publisher) const { return publisher + offset_; }
    [[nodiscard]] const WallClock& wall() const { return wall_; }
    /// Counts changes of the offset.
    [[nodiscard]] std::uint32_t revision() const { return revision_; }

  private:
    static constexpr std::size_t window = 32;

    void set_offset(Duration offset);

    WallClock wall_;
    std::array<Duration, window> samples_{};
    std::size_t count_ = 0;
    std::size_t next_ = 0;
    Duration offset_{};
    std::uint32_t revision_ = 0;
};

/// One for each SSRC. Before its first sender report arrival time stands in (the earliest packet
/// relative to its timestamp); every later correction is slewed by at most `slew` seconds a second.
class ClockMapping {
  public:
    static constexpr double slew = 0.02;

    /// `publisher` outlives the mapping.
    ClockMapping(std::uint32_t clock_rate, const PublisherClock& publisher);

    /// Each packet that arrived by itself; stops mattering with the first report.
    void on_packet(std::uint32_t timestamp, Instant arrival);
    /// After PublisherClock::on_sender_report() of the same report.
    void on_sender_report(NtpTime publisher, std::uint32_t timestamp, Instant arrival);
    /// Another SSRC or a restarted source: starts afresh.
    void reset();

    /// Has anything been seen that a time can be told from?
    [[nodiscard]] bool started() const { return anchored_; }
    /// Does it stand on a sender report?
    [[nodiscard]] bool synchronized() const { return reported_; }

    /// Our time of a timestamp, as the mapping stands at `now`. Only when started().
    [[nodiscard]] NtpTime ntp(std::uint32_t timestamp, Instant now) const;
    /// The timestamp of a time of ours, as the mapping stands at `now`. Only when started().
    [[nodiscard]] std::uint32_t timestamp(NtpTime ntp, Instant now) const;

    [[nodiscard]] std::uint32_t clock_rate() const { return clock_rate_; }

  private:
    /// Where the mapping is heading to, without what is still to be slewed.
    [[nodiscard]] NtpTime target(std::uint32_t timestamp) const;
    [[nodiscard]] Duration residual(Instant now) const;
    void retarget(NtpTime anchor, std::uint32_t timestamp, Instant now);

    std::uint32_t clock_rate_;
    const PublisherClock& publisher_;
    bool anchored_ = false;
    bool reported_ = false;
    NtpTime anchor_ntp_{}; ///< the publisher's clock when reported_, else ours
    std::uint32_t anchor_timestamp_ = 0;
    Duration residual_{}; ///< at residual_at_, decays to nothing
    Instant residual_at_{};
};

} // namespace parley
