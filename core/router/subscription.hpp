// One subscriber receiving one track: the fan-out's hot path.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/router/incoming_track.hpp"
#include "core/router/media_packet.hpp"
#include "core/router/outgoing_header.hpp"
#include "core/router/rtp_sink.hpp"
#include "core/router/send_context.hpp"
#include "core/router/stretch_list.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtp/codec/munger.hpp"
#include "core/rtp/extension.hpp"
#include "core/rtp/sequence.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace parley {

/// What the subscriber sees is one stream whose sequence numbers, timestamps and picture ids go on
/// through pauses, layer switches and source switches. It keeps no packets: a NACK is mapped back
/// to the source's ring by a short list of stretches of equal offsets.
///
/// Each turn of the event loop first receives all its packets, then calls forward() once for every
/// (track, layer) that got some, then poll() where next_deadline() has come; all with one `now`.
class Subscription {
  public:
    struct Config {
        rtp::Ssrc ssrc{};
        std::optional<rtp::Ssrc> rtx_ssrc;
        std::uint8_t payload_type = 0;
        std::uint8_t rtx_payload_type = 0;
        std::string mid; ///< in each packet when not empty; at most 16 bytes
        rtp::ExtensionMap extensions;
    };
    struct PayloadTypes {
        std::uint8_t media = 0;
        std::uint8_t rtx = 0;
    };
    /// Names of W3C webrtc-stats (outbound-rtp and remote-inbound-rtp) where there is one.
    struct Stats {
        std::uint64_t packets_sent = 0; ///< retransmissions included
        std::uint64_t bytes_sent = 0;   ///< payload, retransmissions included
        std::uint64_t retransmitted_packets_sent = 0;
        std::uint64_t retransmitted_bytes_sent = 0;
        std::uint64_t frames_sent = 0;
        std::uint64_t nack_count = 0;      ///< NACK messages
        std::uint64_t pli_count = 0;       ///< PLI and FIR
        std::uint64_t nacks_unknown = 0;   ///< packets asked for that are not there
        std::uint64_t nacks_skipped = 0;   ///< sent less than a round trip ago, or over budget
        std::uint64_t packets_dropped = 0; ///< the sink had no room
        std::uint64_t frames_dropped = 0;
        std::uint64_t layer_switches = 0;
        std::int64_t packets_lost = 0;
        double fraction_lost = 0;
        Duration jitter{};
    };

    /// `sink` and `context` outlive the subscription.
    Subscription(const Config& config, RtpSink& sink, SendContext& context);

    // --- control ------------------------------------------------------------------------------

    /// Receives `track` from now on. While another source is being forwarded, that one goes on
    /// until the new one can be joined at a keyframe; forward() must be called for both until then.
    void switch_source(IncomingTrack& track, PayloadTypes types, Instant now);
    /// The same with the payload types that it has.
    void switch_source(IncomingTrack& track, Instant now) {
        switch_source(track, {config_.payload_type, config_.rtx_payload_type}, now);
    }
    /// The track is about to go: must be called before it is destroyed.
    void detach(const IncomingTrack& track, Instant now);
    void detach_all(Instant now);

    void choose_layer(LayerChoice choice, Instant now);
    /// A paused subscription sends nothing; video resumes with a keyframe.
    void set_paused(bool paused, Instant now);

    /// Never starts with what the ring has from before: what was captured then is not for this
    /// subscriber.
    void start_after(Instant earliest) { earliest_ = earliest; }

    // --- media --------------------------------------------------------------------------------

    /// Packets of one layer of one track that arrived in this turn, in order of arrival.
    void forward(IncomingTrack& track, LayerIndex layer,
                 std::span<const MediaPacket* const> packets, Instant now);
    /// Does it read from this track: forwarded, waited for, or the one whose packets a NACK may ask
    /// for? Then forward() is to be called with its packets, and detach() before it goes.
    [[nodiscard]] bool uses(const IncomingTrack& track) const {
        return track_ == &track || next_track_ == &track || stretches_of_ == &track;
    }

    /// A packet of our own making (silence) as the next of the stream; `ticks` is the least step of
    /// the timestamp. Not retransmitted.
    void send_generated(Bytes payload, std::uint32_t ticks, Instant now);

    /// Goes on with a late joiner's packets; joins when the sink has become writable. Call it then,
    /// after subscribing, and when next_deadline() has come.
    void poll(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    // --- feedback -----------------------------------------------------------------------------

    void handle_nack(const rtcp::NackItems& items, Instant now);
    /// Sends one packet again; false when it could or should not.
    bool retransmit(std::uint16_t sequence, Instant now);
    /// A block about ssrc(): loss, jitter, and the round-trip time of the context.
    void handle_report_block(const rtcp::ReportBlock& block, Instant now);
    void handle_keyframe_request(Instant now);
    /// What to say in our sender report; nothing before the first packet.
    [[nodiscard]] std::optional<rtcp::SenderInfo> sender_report(Instant now) const;

    // --- state --------------------------------------------------------------------------------

    [[nodiscard]] rtp::Ssrc ssrc() const { return config_.ssrc; }
    [[nodiscard]] std::optional<rtp::Ssrc> rtx_ssrc() const { return config_.rtx_ssrc; }
    [[nodiscard]] const Config& config() const { return config_; }
    /// What is forwarded now; nullptr and no_layer while nothing is.
    [[nodiscard]] IncomingTrack* source() const { return track_; }
    [[nodiscard]] LayerIndex layer() const { return layer_; }
    /// What it is about to switch to, or waits for.
    [[nodiscard]] IncomingTrack* next_source() const { return next_track_; }
    [[nodiscard]] LayerIndex next_layer() const { return next_layer_; }
    [[nodiscard]] bool paused() const { return paused_; }
    [[nodiscard]] const Stats& stats() const { return stats_; }

  private:
    /// The newest timestamp sent, and when that was on the room's timeline.
    struct Anchor {
        std::uint32_t timestamp = 0;
        NtpTime ntp;
        Instant at{}; ///< when it was sent
    };
    struct Retransmitted {
        std::uint16_t sequence = 0;
        std::uint16_t at_ms = 0;
        bool used = false;
    };
    using RetransmissionMemory = std::array<Retransmitted, 64>;

    // subscription_media.cpp: the hot path
    // Both give false when the packet ended what is forwarded: the rest of its batch is not wanted.
    bool take(const MediaPacket& packet, Instant now);
    bool take_unusual(const MediaPacket& packet, Instant now);
    void leave_out(const MediaPacket& packet);
    void send(const MediaPacket& packet, const Stretch& stretch);
    void sent(std::size_t payload_size);
    /// The next packet goes out with the next sequence number, whatever its own is.
    void begin_stretch(const MediaPacket& packet, LayerIndex layer, Instant now);
    void replay(Instant now);
    bool replayed(std::span<const MediaPacket* const> packets, Instant now);
    void try_join(IncomingTrack& track, LayerIndex layer, Instant now);
    void note_dropped(std::span<const MediaPacket* const> packets);

    // subscription.cpp: what is forwarded, and when that starts
    [[nodiscard]] bool video() const { return kind_ == MediaKind::video; }
    void adopt(IncomingTrack& track, LayerIndex layer, Instant now);
    void join(IncomingTrack& track, LayerIndex layer, const MediaPacket& keyframe, Instant now);
    void look_for_start(KeyframeReason reason, Instant now);
    void review(IncomingTrack& track, Instant now);
    void interrupt(Instant now);
    void store_anchor(Instant now);
    [[nodiscard]] std::optional<Anchor> anchor(Instant now) const;
    [[nodiscard]] std::uint32_t next_timestamp(NtpTime ntp, std::uint32_t clock_rate,
                                               std::uint32_t least_step, Instant now) const;
    [[nodiscard]] bool recently_retransmitted(std::uint16_t sequence, Instant now);

    Config config_;
    RtpSink& sink_;
    SendContext& context_;

    IncomingTrack* track_ = nullptr; ///< forwarded now
    LayerIndex layer_ = no_layer;
    IncomingTrack* next_track_ = nullptr; ///< waited for; for a layer switch the same as track_
    LayerIndex next_layer_ = no_layer;
    PayloadTypes next_types_;
    /// The keyframe that was there when the wait began: only a later one ends it.
    std::optional<std::uint64_t> passed_keyframe_;
    bool asked_ = false; ///< for a keyframe of next_layer_
    LayerChoice choice_;
    std::uint32_t seen_revision_ = 0; ///< of the layers of the track that choice_ is about
    MediaKind kind_ = MediaKind::audio;
    Codec codec_ = Codec::opus;
    bool paused_ = false;
    Instant earliest_{};      ///< of a packet that it may start with
    bool interrupted_ = true; ///< the next packet starts a stretch
    /// What was forwarded when the sink had no more room; no_layer once something is again.
    LayerIndex dropped_layer_ = no_layer;

    // The stream as the subscriber sees it.
    std::uint64_t next_out_; ///< one past the newest index sent
    std::uint64_t rtx_next_out_;
    std::uint64_t highest_in_ = 0;        ///< newest source index handled
    std::uint32_t last_timestamp_in_ = 0; ///< newest source timestamp sent
    std::uint16_t last_frame_number_ = 0; ///< newest sent
    Instant last_sent_at_{};
    bool started_ = false;            ///< something has been sent
    bool anchored_at_source_ = false; ///< last_timestamp_in_ is of the current stretch and track_
    Anchor stored_anchor_;            ///< otherwise
    rtp::DescriptorMunger munger_{Codec::opus};
    bool munges_ = false; ///< the codec has counters
    StretchList stretches_;
    const IncomingTrack* stretches_of_ = nullptr;

    // A late joiner's catching up.
    std::optional<Instant> replay_due_;
    Instant replayed_at_{Instant::min()};
    std::uint64_t replay_next_ = 0;

    OutgoingHeader header_;
    OutgoingHeader rtx_header_;
    std::uint32_t abs_send_time_ = 0;
    std::unique_ptr<RetransmissionMemory> retransmitted_; ///< made with the first NACK
    Stats stats_;
};

/// Whose turn it is to be served first: each round starts one further, so that no subscriber is
/// always last.
class ServiceRotation {
  public:
    /// Calls f(i) once for each i below `count`.
    template <class F>
    void for_each(std::size_t count, F&& f) {
        if (count == 0) return;
        const std::size_t first = next_++ % count;
        for (std::size_t i = first; i < count; ++i)
            f(i);
        for (std::size_t i = 0; i < first; ++i)
            f(i);
    }

  private:
    std::size_t next_ = 0;
};

} // namespace parley
