// A WHEP viewer: it offers to receive, we answer once, and what flows follows the room: one
// participant, the agent "mix", or whoever is the loudest, switched without renegotiation.
#pragma once

#include "core/room/peer.hpp"
#include "core/room/room_track.hpp"
#include "core/router/silence_filler.hpp"
#include "core/sdp/negotiation/viewer_answer.hpp"

#include <array>
#include <memory>
#include <vector>

namespace parley::room {

class Room;

class ViewerPeer final : public Peer {
  public:
    /// `view` is a participant's id, or empty for the mix or else the loudest.
    ViewerPeer(Services& services, Room& room, Participant& participant, std::string view,
               Instant now);
    ViewerPeer(const ViewerPeer&) = delete;
    ViewerPeer& operator=(const ViewerPeer&) = delete;
    ~ViewerPeer() override;

    Result<AnswerEvent> apply(const Offer& offer, Instant now);

    /// The room has changed: shows what is to be shown now.
    void reselect(Instant now);
    /// Called before the track is destroyed.
    void remove(const RoomTrack& track, Instant now);

    void append_stats(RoomStats& stats, Instant now) const override;

  private:
    void on_connected(Instant now) override;
    void on_rtcp(Bytes compound, Instant now) override;
    Instant on_tick(Instant now) override;

    /// One kind of media: one stream of packets out, whatever goes into it.
    struct Channel {
        sdp::ViewedMedia media;
        std::unique_ptr<Subscription> subscription;
        RoomTrack* shown = nullptr;
        std::vector<RoomTrack*> attached; ///< `shown`, and those still being left
        std::unique_ptr<SilenceFiller> silence;
    };

    Channel& channel(MediaKind kind) { return channels_[kind == MediaKind::video ? 1 : 0]; }
    [[nodiscard]] std::vector<const sdp::RoutedFormat*> formats(MediaKind kind) const;
    void show(Channel& channel, RoomTrack* track, Instant now);
    void wake_publishers(Instant now);
    void leave_unused(Channel& channel, Instant now);

    Room& room_;
    std::string view_;
    SendContext context_;
    std::array<Channel, 2> channels_; ///< audio, video
    std::vector<sdp::ViewedMedia> negotiated_;
    Instant next_report_;
};

} // namespace parley::room
