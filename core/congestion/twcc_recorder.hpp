// Receiver's side of transport-wide congestion control: arrivals in, feedback packets out
// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
#pragma once

#include "core/base/time.hpp"
#include "core/rtcp/builder.hpp"
#include "core/rtp/sequence.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::congestion {

/// One for each publishing transport. Memory is bounded by `window` packets.
class TwccRecorder {
  public:
    struct Config {
        Duration interval = 50ms;        ///< from the first unreported packet to its feedback
        std::size_t packets_early = 200; ///< so many unreported packets do not wait for it
        /// A packet already reported missing is reported again if it comes within this time (or
        /// at most twice as much).
        Duration late_limit = 500ms;
        std::size_t window = 4096; ///< a power of two up to 32768; larger leaps start afresh
    };

    TwccRecorder();
    explicit TwccRecorder(const Config& config);

    /// Records the transport-wide sequence number of a packet of `media_ssrc`.
    void on_packet(std::uint16_t sequence, std::uint32_t media_ssrc, Instant now);

    /// When feedback() is due; nothing while there is nothing to report.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    /// Appends as much feedback as there is room for, if it is due. True when something was
    /// written. What did not fit stays due: send the datagram and call again.
    bool feedback(std::uint32_t sender_ssrc, Instant now, rtcp::CompoundBuilder& out);

  private:
    static constexpr std::int64_t absent = -1;

    [[nodiscard]] std::int64_t& slot(std::uint64_t sequence) {
        return arrivals_[sequence & (config_.window - 1)];
    }
    void start(Instant now);
    /// Makes room up to `sequence`; false when it is too late to be reported.
    bool advance(std::uint64_t sequence);

    Config config_;
    rtp::SeqUnwrapper unwrapper_;
    std::vector<std::int64_t> arrivals_; ///< ring of ticks by sequence number, `absent` for none
    std::vector<rtcp::PacketArrival> scratch_;
    Instant origin_{};           ///< of the ticks
    std::optional<Instant> due_; ///< set while something is unreported
    std::uint64_t next_ = 0;     ///< first sequence number not reported yet
    std::uint64_t end_ = 0;      ///< one past the newest that arrived
    std::uint64_t floor_ = 0;    ///< older ones are too late
    std::uint64_t next_floor_ = 0;
    Instant floor_moves_{};
    std::size_t unreported_ = 0;
    std::uint32_t media_ssrc_ = 0;
    std::uint8_t feedback_count_ = 0;
};

} // namespace parley::congestion
