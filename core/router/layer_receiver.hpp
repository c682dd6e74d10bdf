// One incoming SSRC: order, duplicates, reception statistics, NACKs, and the ring of its packets.
#pragma once

#include "core/base/time.hpp"
#include "core/congestion/nack_generator.hpp"
#include "core/congestion/reception_stats.hpp"
#include "core/router/clock_mapping.hpp"
#include "core/router/keyframe_arbiter.hpp"
#include "core/router/media_packet.hpp"
#include "core/router/packet_ring.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/extension.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/sequence.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parley {

/// Bits a second over a sliding second, in tenths.
class RateMeter {
  public:
    void add(std::size_t bytes, Instant now);
    [[nodiscard]] double bits_per_second(Instant now) const;

  private:
    static constexpr Duration step = 100ms;
    static constexpr std::size_t steps = 10;

    std::uint32_t bytes_[steps] = {};
    std::int64_t tick_ = 0; ///< of the newest step
};

class LayerReceiver {
  public:
    struct Config {
        Codec codec = Codec::opus;
        std::uint8_t payload_type = 0;
        std::string rid; ///< empty without simulcast
        bool nack = false;
        Duration history{}; ///< to keep in the ring; 0 for the default of the kind
    };
    struct Counters {
        std::uint64_t packets_received = 0;  ///< on the SSRC itself
        std::uint64_t bytes_received = 0;    ///< payload
        std::uint64_t packets_discarded = 0; ///< duplicates, too late, no room
        std::uint64_t retransmitted_packets_received = 0;
        std::uint64_t packets_repaired = 0;   ///< retransmissions that filled a gap
        std::uint64_t packets_unrepaired = 0; ///< given up
        std::uint64_t packets_ignored = 0;    ///< padding, and payload types that are not routed
        std::uint64_t nack_count = 0;         ///< sequence numbers asked for
        std::uint64_t key_frames = 0;
        std::uint64_t frames_received = 0;
        std::uint64_t malformed = 0; ///< payload descriptors that did not parse; not forwarded
    };

    LayerReceiver(const Config& config, const PublisherClock& clock);

    /// The SSRC of this layer, from SDP or learnt by mid and rid. A second, different one starts a
    /// new epoch.
    void bind(rtp::Ssrc ssrc);
    void bind_rtx(rtp::Ssrc ssrc) { rtx_ssrc_ = ssrc; }
    [[nodiscard]] std::optional<rtp::Ssrc> ssrc() const { return ssrc_; }
    [[nodiscard]] std::optional<rtp::Ssrc> rtx_ssrc() const { return rtx_ssrc_; }
    /// Counts the SSRCs that the layer has had.
    [[nodiscard]] std::uint8_t epoch() const { return epoch_; }
    [[nodiscard]] const std::string& rid() const { return config_.rid; }

    /// nullptr when there is nothing to forward from this packet: duplicate, too old, malformed.
    const MediaPacket* receive(const rtp::PacketView& view, const rtp::ExtensionMap& extensions,
                               Instant now);
    /// RFC 4588, section 4: the original sequence number leads the payload. nullptr as above, and
    /// for the padding that probes bandwidth on the RTX SSRC.
    const MediaPacket* receive_rtx(const rtp::PacketView& view, const rtp::ExtensionMap& extensions,
                                   Instant now);
    /// The publisher's clock has been told of it already.
    void handle_sender_report(NtpTime ntp, std::uint32_t timestamp, Instant now);

    /// Appends the sequence numbers to NACK now. Asks the arbiter for a keyframe where packets had
    /// to be given up.
    void take_nacks(Instant now, std::vector<std::uint16_t>& out);
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    void set_rtt(Duration rtt) { nacks_.set_rtt(rtt); }
    /// Nothing before the first packet.
    std::optional<rtcp::ReportBlock> report(Instant now);

    [[nodiscard]] const PacketRing& ring() const { return ring_; }
    [[nodiscard]] const ClockMapping& clock() const { return clock_; }
    [[nodiscard]] KeyframeArbiter& keyframes() { return keyframes_; }
    [[nodiscard]] const KeyframeArbiter& keyframes() const { return keyframes_; }

    /// The first packet of the newest keyframe, while the ring holds it. Nothing for audio.
    [[nodiscard]] const MediaPacket* keyframe() const;
    [[nodiscard]] std::optional<Instant> last_packet() const { return last_packet_; }
    [[nodiscard]] std::uint16_t width() const { return width_; }
    [[nodiscard]] std::uint16_t height() const { return height_; }
    [[nodiscard]] double bits_per_second(Instant now) const { return rate_.bits_per_second(now); }
    [[nodiscard]] double frames_per_second(Instant now) const {
        return frames_.bits_per_second(now) / 8;
    }
    [[nodiscard]] const congestion::ReceptionStats& reception() const { return reception_; }
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    /// Nothing when the packet is to be dropped.
    std::optional<std::uint64_t> admit(std::uint16_t sequence, bool retransmitted, Instant now);
    const MediaPacket* store(std::uint64_t index, const rtp::PacketView& view, Bytes payload,
                             bool routed, const rtp::ExtensionMap& extensions, Instant now);
    void read_extensions(MediaPacket& packet, const rtp::PacketView& view,
                         const rtp::ExtensionMap& extensions) const;
    void on_video(const MediaPacket& packet, Instant now);
    void on_keyframe_start(const MediaPacket& packet, Instant now);

    Config config_;
    const PublisherClock& publisher_;
    std::optional<rtp::Ssrc> ssrc_;
    std::optional<rtp::Ssrc> rtx_ssrc_;
    std::uint8_t epoch_ = 0;
    rtp::SeqUnwrapper sequences_;
    bool starting_over_ = false;
    std::optional<std::uint16_t> restart_at_; ///< RFC 3550, A.1: two in a row mean a restart
    congestion::NackGenerator nacks_;
    congestion::ReceptionStats reception_;
    ClockMapping clock_;
    KeyframeArbiter keyframes_;
    PacketRing ring_;
    std::optional<std::uint64_t> keyframe_; ///< index of the newest keyframe's first packet
    std::uint32_t keyframe_timestamp_ = 0;
    std::optional<std::uint64_t> maybe_keyframe_; ///< H.264: its parameter sets may be missing
    std::optional<std::uint32_t> newest_timestamp_;
    std::uint16_t width_ = 0;
    std::uint16_t height_ = 0;
    std::optional<Instant> last_packet_;
    RateMeter rate_;
    RateMeter frames_; ///< "bytes" are frames
    Counters counters_;
};

} // namespace parley
