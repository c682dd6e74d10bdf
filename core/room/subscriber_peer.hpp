// A connection on which a participant receives: we offer, the client answers. Its m-lines are
// slots that are used again as tracks come and go, so that the SDP does not grow.
#pragma once

#include "core/room/peer.hpp"
#include "core/room/room_track.hpp"
#include "core/router/subscription.hpp"
#include "core/sdp/negotiation/subscriber_offer.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace parley::room {

class SubscriberPeer final : public Peer {
  public:
    SubscriberPeer(Services& services, Participant& participant, ConnectionName name, Instant now);
    SubscriberPeer(const SubscriberPeer&) = delete;
    SubscriberPeer& operator=(const SubscriberPeer&) = delete;
    ~SubscriberPeer() override;

    /// Puts the track into a slot; the next offer carries it.
    void add(RoomTrack& track, const LayerChoice& choice);
    /// Frees its slot. Called before the track is destroyed.
    void remove(const RoomTrack& track, Instant now);
    void choose_layer(const RoomTrack& track, const LayerChoice& choice, Instant now);
    [[nodiscard]] bool carries(const RoomTrack& track) const;
    /// Nothing in any slot.
    [[nodiscard]] bool idle() const;

    /// Has an offer been made?
    [[nodiscard]] bool offered() const { return revision_ != 0; }

    /// An offer with new ICE credentials is due.
    void restart(Instant now);
    /// The next offer, where something has changed and none is unanswered.
    std::optional<OfferEvent> make_offer();
    /// The unanswered offer once more, for a client that lost its connection.
    [[nodiscard]] std::optional<OfferEvent> pending_offer() const;

    /// Tracks that the client turned out to have no decoder for.
    struct Unsupported {
        std::string track;
        std::string codec;
    };
    Result<std::vector<Unsupported>> apply(const Answer& answer, Instant now);

    void append_stats(RoomStats& stats, Instant now) const override;

  private:
    void on_connected(Instant now) override;
    void on_rtcp(Bytes compound, Instant now) override;
    Instant on_tick(Instant now) override;

    struct Slot {
        sdp::SubscriberSlot sdp;
        RoomTrack* track = nullptr;
        LayerChoice choice;
        std::unique_ptr<Subscription> subscription; ///< once the client has agreed
    };

    Subscription* find(std::uint32_t ssrc);
    void subscribe(Slot& slot, const sdp::SlotResult& result, Instant now);
    void release(Slot& slot, Instant now);
    void send_reports(Instant now);
    /// Feedback or a new start may have asked for keyframes.
    void wake_publishers(Instant now);

    SendContext context_;
    std::vector<Slot> slots_; ///< in m-line order
    std::vector<sdp::SubscriberSlot> offered_;
    std::optional<OfferEvent> unanswered_;
    std::uint32_t revision_ = 0;
    std::uint32_t first_revision_ = 0; ///< of this connection
    unsigned next_mid_ = 0;
    bool dirty_ = false;
    Instant next_report_;
};

/// Forgets the subscription in the track's list of receivers.
void detach(RoomTrack& track, Subscription& subscription, Instant now);

} // namespace parley::room
