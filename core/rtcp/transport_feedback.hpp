// Transport-wide congestion control feedback: the view of a received message and the arrivals that
// one is built from (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace parley::rtcp {

class CompoundBuilder;

/// The unit of arrival deltas.
inline constexpr Duration feedback_tick = 250us;
/// The reference time counts 64 ms.
inline constexpr std::int64_t ticks_per_reference = 256;

/// What the feedback says of one packet.
struct PacketStatus {
    std::uint16_t sequence = 0;
    /// When it arrived, in feedback_tick since the receiver's own origin (modulo 2^24 references);
    /// nothing when it did not.
    std::optional<std::int64_t> arrival;

    bool operator==(const PacketStatus&) const = default;
};

/// A received feedback message, already checked: every status and delta it announces is there.
class TransportFeedback {
  public:
    /// `body` follows the common header: both SSRCs and the FCI.
    static std::optional<TransportFeedback> parse(Bytes body);

    std::uint32_t sender_ssrc = 0;
    std::uint32_t media_ssrc = 0;
    std::uint16_t base_sequence = 0;
    std::uint16_t status_count = 0;
    std::uint32_t reference_time = 0; ///< 24 bits, in 64 ms
    std::uint8_t feedback_count = 0;

    /// Reads the statuses in order of sequence number.
    class Cursor {
      public:
        std::optional<PacketStatus> next();

      private:
        friend class TransportFeedback;
        Cursor(Bytes chunks, Bytes deltas, std::uint16_t sequence, std::size_t left,
               std::int64_t time)
            : chunks_{chunks}, deltas_{deltas}, left_{left}, time_{time}, sequence_{sequence} {}
        unsigned next_symbol();

        Bytes chunks_;
        Bytes deltas_;
        std::size_t left_;
        std::int64_t time_;
        std::uint16_t sequence_;
        std::uint16_t chunk_ = 0;
        std::uint16_t in_chunk_ = 0; ///< symbols left in chunk_
    };
    [[nodiscard]] Cursor statuses() const;

  private:
    Bytes chunks_;
    Bytes deltas_;
};

/// One packet that arrived, as feedback is built from.
struct PacketArrival {
    std::uint64_t sequence = 0; ///< extended transport-wide sequence number
    std::int64_t ticks = 0;     ///< arrival in feedback_tick, any origin, not negative
};

} // namespace parley::rtcp
