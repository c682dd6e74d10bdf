// One track (or layer) on its way down through a tap.
#pragma once

#include "core/room/room_track.hpp"
#include "core/room/services.hpp"
#include "core/router/rtp_sink.hpp"
#include "core/router/subscription.hpp"
#include "core/tap/messages.hpp"
#include "core/tap/queue.hpp"

namespace parley::room {

class TapReception final : public RtpSink {
  public:
    /// All outlive the reception; `track` until detach().
    TapReception(Services& services, tap::Queue& out, SendContext& context, RoomTrack& track,
                 tap::StreamId stream, Instant now);
    TapReception(const TapReception&) = delete;
    TapReception& operator=(const TapReception&) = delete;
    ~TapReception() override;

    /// `since`: what arrived from then on may be received; nothing: it may not be.
    void start(const LayerChoice& layer, bool paused, std::optional<Instant> since, Instant now);
    void choose_layer(const LayerChoice& layer, Instant now);
    /// The client does not want packets for now.
    void set_paused(bool paused, Instant now);
    /// `since` as in start(). Where it is nothing, what still waits for the client goes too.
    void allow(std::optional<Instant> since, Instant now);
    void request_keyframe(KeyframeReason reason, Instant now);
    /// Goes on with a late joiner's packets.
    void poll(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const {
        return subscription_.next_deadline();
    }

    [[nodiscard]] const RoomTrack& track() const { return track_; }
    [[nodiscard]] const Subscription& subscription() const { return subscription_; }

    // RtpSink
    [[nodiscard]] bool writable() const override;
    [[nodiscard]] MutBytes begin_packet(std::size_t size, const MediaPacket& source,
                                        LayerIndex layer) override;
    void end_packet(std::uint64_t index, std::size_t header_size, std::size_t head_size,
                    Bytes rest) override;

    /// How this track's packets come: the same for every reception of it.
    static tap::Format format(const RoomTrack& track);

  private:
    void announce(LayerIndex layer);
    void report_gap();
    void apply_pause(Instant now);

    Services& services_;
    tap::Queue& out_;
    RoomTrack& track_;
    tap::StreamId stream_;
    Subscription subscription_;
    LayerIndex announced_ = no_layer;
    bool paused_ = false;
    bool blocked_ = false;
    bool in_frame_ = false;             ///< a video frame has begun and not ended
    std::uint64_t dropped_packets_ = 0; ///< of those that the client has been told
    std::uint64_t dropped_frames_ = 0;
    MutBytes packet_;
    NtpTime ntp_;
    NtpTime last_ntp_;
    std::uint8_t flags_ = 0;
};

} // namespace parley::room
