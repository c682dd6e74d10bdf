// Decides which packets of one incoming stream to ask for again, and when to give up
// (generic NACK, RFC 4585, section 6.2.1).
#pragma once

#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::congestion {

/// One for each SSRC. Sequence numbers are extended (64 bits).
class NackGenerator {
  public:
    struct Config {
        Duration reorder_tolerance = 10ms; ///< from noticing a gap to the first NACK
        Duration min_interval = 20ms;      ///< between NACKs of one packet, however short the RTT
        Duration max_interval = 500ms;
        unsigned max_tries = 10;
        Duration max_age = 2s;         ///< a packet missing for longer is given up
        std::uint64_t max_gap = 500;   ///< a larger leap is not repaired but reported
        std::size_t max_missing = 500; ///< beyond it the oldest are given up
    };

    enum class Event : std::uint8_t {
        in_order,
        gap,       ///< packets between the newest and this one are missing
        recovered, ///< this one was missing
        duplicate, ///< older than the newest and not missing (or given up, or out of range)
        reset,     ///< a leap too large to repair: ask for a keyframe
    };

    NackGenerator();
    explicit NackGenerator(const Config& config);

    /// A packet arrived, by itself or in a retransmission.
    Event on_packet(std::uint64_t sequence, Instant now);

    /// Nothing before `sequence` is needed any more: it starts a keyframe.
    void forget_before(std::uint64_t sequence);

    void set_rtt(Duration rtt) { rtt_ = rtt; }

    /// Appends the 16-bit numbers to ask for now, oldest first. Returns how many packets were given
    /// up since the last call: for video, ask for a keyframe when it is not 0.
    std::size_t take(Instant now, std::vector<std::uint16_t>& out);

    /// When take() has something to do (an instant long past for at once); nothing while nothing
    /// is missing.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] std::size_t missing() const { return missing_.size(); }
    /// Whether a packet is still waited for.
    [[nodiscard]] bool is_missing(std::uint64_t sequence) const;

    struct Counters {
        std::uint64_t requested = 0; ///< sequence numbers asked for, repeats included
        std::uint64_t recovered = 0;
        std::uint64_t given_up = 0;
    };
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    struct Missing {
        std::uint64_t sequence = 0;
        Instant since;
        Instant due;
        unsigned tries = 0;
    };

    [[nodiscard]] Duration retry_interval(unsigned tries) const;
    [[nodiscard]] std::vector<Missing>::iterator find(std::uint64_t sequence); ///< or the next one
    void give_up(std::size_t count);

    Config config_;
    Duration rtt_ = 100ms;         ///< until it is known
    std::vector<Missing> missing_; ///< ascending
    std::uint64_t newest_ = 0;
    bool started_ = false;
    std::size_t given_up_ = 0; ///< since the last take()
    Counters counters_;
};

} // namespace parley::congestion
