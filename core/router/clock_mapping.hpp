// RTP timestamps on the room's timeline, which the SFU owns: made from the publisher's sender
// reports, whose clock is taken as it is but for one offset a publisher.
#pragma once

#include "core/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace parley {

/// A correction that is not made at once but by 20 ms each second, so that nobody who follows the
/// timeline sees it jump.
class Slew {
  public:
    static constexpr int parts = 50; ///< one part of elapsed time is corrected

    void start(Duration error, Instant now) {
        error_ = error;
        at_ = now;
    }
    /// What is still to be corrected.
    [[nodiscard]] Duration remaining(Instant now) const;

  private:
    Duration error_{};
    Instant at_{};
};

/// How far a publisher's wall clock is from ours, shared by all its tracks, so that its audio and
/// video stay in sync. Estimated as the least (arrival - NTP time) of the sender reports of the
/// last two minutes: the report with the shortest way. That way, half an RTT at best, stays in it.
class PublisherClock {
  public:
    explicit PublisherClock(const WallClock& wall) : wall_{wall} {}

    /// Each sender report of each SSRC. False when it is of no use (a sender without a clock says
    /// 0).
    bool on_sender_report(NtpTime publisher, Instant arrival);

    /// Its clock is ours: the times in its reports are taken as they are.
    void trust() {
        known_ = true;
        trusted_ = true;
    }

    /// Is there an offset yet?
    [[nodiscard]] bool known() const { return known_; }
    /// A time of the publisher's on our timeline; only when known().
    [[nodiscard]] NtpTime to_ours(NtpTime publisher, Instant now) const {
        return publisher + (offset_ + slew_.remaining(now));
    }
    [[nodiscard]] const WallClock& wall() const { return wall_; }

  private:
    static constexpr std::size_t buckets = 32;
    static constexpr Duration bucket_length = 4s;
    /// A report that comes this much later than any other is late; three are a clock set back.
    static constexpr Duration step = 2s;
    static constexpr unsigned step_reports = 3;

    void restart(Duration sample, Instant now);

    WallClock wall_;
    std::array<Duration, buckets> least_{};
    std::size_t bucket_ = 0;
    std::size_t used_ = 0;
    Instant bucket_started_{};
    bool known_ = false;
    bool trusted_ = false;
    unsigned late_ = 0;
    Duration offset_{};
    Slew slew_;
};

/// One for each SSRC. Before its first sender report arrival time stands in (of the packet that was
/// quickest relative to its timestamp); corrections are slewed.
class ClockMapping {
  public:
    /// `publisher` outlives the mapping.
    ClockMapping(std::uint32_t clock_rate, const PublisherClock& publisher);

    /// Each packet that arrived by itself; stops mattering with the first report.
    void on_packet(std::uint32_t timestamp, Instant arrival);
    /// After PublisherClock::on_sender_report() of the same report.
    void on_sender_report(NtpTime publisher, std::uint32_t timestamp, Instant arrival);
    /// Another SSRC or a restarted source: starts afresh.
    void reset();

    /// Has anything been seen that a time can be told from?
    [[nodiscard]] bool started() const { return started_; }
    /// Does it stand on a sender report?
    [[nodiscard]] bool synchronized() const { return reported_; }

    /// Our time of a timestamp, as the mapping stands at `now`. Our time of `now` before anything
    /// was seen.
    [[nodiscard]] NtpTime ntp(std::uint32_t timestamp, Instant now) const;
    /// The timestamp of a time of ours, as the mapping stands at `now`; 0 before anything was seen.
    [[nodiscard]] std::uint32_t timestamp(NtpTime ntp, Instant now) const;

    [[nodiscard]] std::uint32_t clock_rate() const { return clock_rate_; }
    [[nodiscard]] Duration to_duration(std::int32_t ticks) const;
    [[nodiscard]] std::int64_t to_ticks(Duration duration) const;

  private:
    [[nodiscard]] NtpTime anchor(Instant now) const;

    std::uint32_t clock_rate_;
    const PublisherClock& publisher_;
    bool started_ = false;
    bool reported_ = false;
    NtpTime anchor_{}; ///< on the publisher's timeline when reported_, else on ours
    std::uint32_t anchor_timestamp_ = 0;
    Slew slew_;
};

} // namespace parley
