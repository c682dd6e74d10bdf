// A room: its participants, what they publish, and who is told what. Media goes past it, from
// PublisherPeer through FanOut to subscriptions.
#pragma once

#include "core/room/messages.hpp"
#include "core/room/participant.hpp"
#include "core/room/services.hpp"
#include "core/room/stats.hpp"
#include "core/room/tap.hpp"
#include "core/router/speaker_observer.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::room {

class Room {
  public:
    Room(Services& services, std::string name);
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool empty() const { return participants_.empty() && taps_.empty(); }

    /// Every command of a client of this room, `Join` first.
    void handle(const Command& command, Instant now);
    /// Regular work: participants that did not come back, who speaks.
    void handle_timeout(Instant now);
    /// Makes the offers that have become due.
    void make_offers(Instant now);
    /// A connection is over; destroys it.
    void on_peer_finished(Peer& peer, Instant now);
    /// The server goes down: everybody is told so.
    void drain(Instant now);

    // --- for peers ------------------------------------------------------------------------------

    void on_published(RoomTrack& track, Participant& publisher, Instant now);
    /// Called before the track is destroyed.
    void on_unpublished(RoomTrack& track, Instant now);
    void on_layer_size(RoomTrack& track, LayerIndex layer, Instant now);
    void on_audio_level(Participant& participant, rtp::AudioLevel level, Instant now);

    // --- for taps -------------------------------------------------------------------------------

    void attach(Tap& tap, Instant now);
    void detach(Tap& tap, Instant now);
    /// Tells a new tap who and what is here.
    void introduce(Tap& tap, Instant now);
    /// Makes a participant; nobody has been told of it yet.
    tl::expected<Participant*, ErrorEvent> admit(const Join& request, ClientId client, Instant now);
    /// Tells everybody of it.
    void welcome(Participant& joined, Instant now);
    void remove(Participant& participant, const std::string& reason, Instant now);
    void set_muted(RoomTrack& track, bool muted, Instant now);
    /// False where it is for somebody who is not here.
    bool pass_on(const MessageEvent& message, const Participant* from);
    /// Is somebody recording it?
    [[nodiscard]] bool recording() const { return recording_; }
    /// Do recordings leave out who has not consented? Once one of them asks for it, all do: nobody
    /// who says no is in another one.
    [[nodiscard]] bool consent_required() const { return consent_required_; }
    /// Since when a recording may have this participant's media; nothing: it may not.
    [[nodiscard]] std::optional<Instant> recordable_since(std::string_view id) const;

    [[nodiscard]] RoomTrack* find_track(std::string_view id) const;
    /// What a viewer of `view` is to be shown: the participant of that id; for "" the agent `mix`,
    /// else the loudest, else anybody.
    [[nodiscard]] RoomTrack* track_to_view(std::string_view view, MediaKind kind) const;

    [[nodiscard]] RoomStats stats(Instant now) const;

  private:
    // room.cpp: who is here
    void join(const Command& command, const Join& request, Instant now);
    void resume(const Command& command, const Join& request, Instant now);
    void send_joined(Participant& participant, const std::string& request_id, bool resumed);
    void broadcast(const EventBody& body, const Participant* except);
    [[nodiscard]] Participant* find(ClientId client) const;
    [[nodiscard]] Participant* find(std::string_view id) const;
    [[nodiscard]] std::size_t visible_count() const;
    void notice(Notice::Kind kind, const Participant& participant, std::string text,
                std::string track = {});
    void error(const Command& command, ErrorCode code, std::string text, std::string track = {});

    // room_media.cpp: what is published and received
    void on(Participant& participant, const Command& command, const Offer& offer, Instant now);
    void on(Participant& participant, const Command& command, const Answer& answer, Instant now);
    void on(Participant& participant, const Command& command, const AddCandidate& candidate);
    void on(Participant& participant, const Command& command, const RestartIce& restart,
            Instant now);
    void on(Participant& participant, const Command& command, const RestartIceFragment& restart,
            Instant now);
    void on(Participant& participant, const Command& command, const Subscribe& subscribe,
            Instant now);
    void on(Participant& participant, const Command& command, const Unsubscribe& unsubscribe,
            Instant now);
    void on(Participant& participant, const Command& command, const Unpublish& unpublish,
            Instant now);
    void on(Participant& participant, const Command& command, const Mute& mute, Instant now);
    void on(Participant& participant, const Command& command, const Message& message);
    template <class F>
    void for_each_tap(F&& f) {
        for (auto* tap : taps_)
            f(*tap);
    }
    void review_recording(Instant now);
    void on(Participant& participant, const Command& command, const Consent& consent, Instant now);
    void set_consent(Participant& participant, bool given, Instant now);
    /// Brings a participant's subscriptions in line with what it wants.
    void subscribe_wanted(Participant& participant, Instant now);
    SubscriberPeer& subscriber_for(Participant& participant, const RoomTrack& track, Instant now);
    void drop_subscriber(Participant& participant, const ConnectionName& name, Instant now);
    void reselect_viewers(Instant now);

    Services& services_;
    std::string name_;
    std::map<std::string, std::unique_ptr<Participant>, std::less<>> participants_;
    std::unordered_map<ClientId, Participant*> clients_;
    std::unordered_map<std::string, RoomTrack*> tracks_;
    SpeakerObserver speakers_;
    /// The observer knows numbers only.
    std::unordered_map<SpeakerObserver::Id, std::string> speaker_ids_;
    std::optional<SpeakerObserver::Id> last_loudest_;
    std::uint64_t next_arrival_ = 1;
    std::vector<Tap*> taps_;
    bool recording_ = false;
    bool consent_required_;
};

} // namespace parley::room
