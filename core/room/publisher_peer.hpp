// The connection on which a participant publishes: the client offers, we answer. Finds out which
// SSRC is which layer of which track, and gives the publisher its feedback.
#pragma once

#include "core/congestion/publisher_bitrate.hpp"
#include "core/congestion/twcc_recorder.hpp"
#include "core/room/peer.hpp"
#include "core/room/publisher.hpp"
#include "core/room/room_track.hpp"
#include "core/sdp/negotiation/publisher_answer.hpp"

#include <memory>
#include <vector>

namespace parley::room {

class PublisherPeer final : public Peer, public Publisher {
  public:
    PublisherPeer(Services& services, Room& room, Participant& participant, Instant now);
    void unpublish_all(Instant now) override;
    bool unpublish(const std::string& track_id, Instant now) override;
    void wake_by(Instant at, Instant now) override { wake(at, now); }

    /// Answers an offer: tracks are published, changed and unpublished as it says.
    Result<AnswerEvent> apply(const Offer& offer, Instant now);
    /// True when the offer is for another RTCPeerConnection than the one we talk to.
    [[nodiscard]] bool is_foreign(const sdp::SessionDescription& offer) const;

    void append_stats(RoomStats& stats, Instant now) const override;

  private:
    void on_connected(Instant now) override;
    void on_rtp(const Transport::Received& received, Instant now) override;
    void on_rtcp(Bytes compound, Instant now) override;
    Instant on_tick(Instant now) override;

    /// What an SSRC of the publisher carries.
    struct Binding {
        rtp::Ssrc ssrc{};
        RoomTrack* track = nullptr;
        LayerIndex layer = 0;
        bool retransmission = false;
    };
    struct Section {
        sdp::PublishedMedia media;
        RoomTrack* track = nullptr; ///< null while it is inactive or rejected
    };

    const Binding* find(rtp::Ssrc ssrc);
    const Binding* learn(const rtp::PacketView& packet);
    void bind(const Binding& binding);
    RoomTrack& publish(const sdp::PublishedMedia& media, const Offer& offer, Instant now);
    void unpublish(RoomTrack& track, Instant now);
    void send_feedback(Instant now);
    void send_report(Instant now);
    void note_level(RoomTrack& track, const MediaPacket& packet, Instant now);

    PublisherClock clock_;
    std::string session_id_;        ///< of the offers
    std::vector<Section> sections_; ///< in m-line order
    std::vector<sdp::PublishedMedia> negotiated_;
    std::vector<Binding> bindings_;
    rtp::ExtensionMap extensions_;
    congestion::TwccRecorder twcc_;
    congestion::PublisherBitrate bitrate_;
    bool transport_cc_ = false;
    bool remb_ = false;
    Instant next_report_;
    std::uint64_t last_expected_ = 0;
    std::uint64_t last_received_ = 0;
};

} // namespace parley::room
