// A track of another server on its way into a pipeline: RTP as it comes out of webrtcbin becomes
// records of a tap, with one payload type, one row of sequence numbers whatever connection carries
// it, and times on this machine's timeline, from the server's sender reports.
#pragma once

#include "core/base/bytes.hpp"
#include "core/router/clock_mapping.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/tap/messages.hpp"
#include "core/tap/record.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace parley::room_elements {

class ReceivedTrack {
  public:
    /// `clock`, which is the server's, outlives it.
    ReceivedTrack(tap::StreamId stream, Codec codec, const PublisherClock& clock);

    /// What its records look like.
    [[nodiscard]] static tap::Format format_of(Codec codec);

    /// Of the SSRC that comes now; after the clock has seen it.
    void on_sender_report(std::uint32_t ssrc, NtpTime server, std::uint32_t timestamp,
                          Instant arrival);
    /// Nothing where it is no RTP. The record borrows from this, until the next call.
    std::optional<tap::Record> on_packet(Bytes packet, Instant arrival);
    [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }

  private:
    tap::StreamId stream_;
    std::uint8_t payload_type_;
    ClockMapping mapping_;
    bool begun_ = false;
    std::uint32_t ssrc_ = 0;
    std::uint16_t last_number_ = 0; ///< sent on
    std::uint16_t shift_ = 0;       ///< from theirs to ours
    std::vector<std::uint8_t> bytes_;
};

} // namespace parley::room_elements
