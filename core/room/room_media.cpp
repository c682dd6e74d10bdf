// The part of Room that is about media: offers and answers, publishing and subscribing.
#include "core/room/room.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace parley::room {

namespace {
constexpr std::string_view one_shot_prefix = "subscriber/";
constexpr std::string_view mix_id = "mix";
} // namespace

void Room::on(Participant& participant, const Command& command, const Offer& offer, Instant now) {
    if (participant.viewer) {
        auto answered = participant.viewer->apply(offer, now);
        if (!answered) {
            error(command, ErrorCode::bad_sdp, answered.error().text);
            return;
        }
        services_.outbox.send(command.client, std::move(*answered), command.request_id);
        return;
    }
    if (offer.connection != "publisher") {
        error(command, ErrorCode::unknown_connection,
              fmt::format("clients offer \"publisher\" only, not \"{}\"", offer.connection));
        return;
    }
    if (!participant.permissions.publish) {
        error(command, ErrorCode::forbidden, "the token does not allow to publish");
        return;
    }
    if (participant.publisher) {
        // A page that was reloaded, or gave its old connection up, comes with another certificate.
        const auto parsed = sdp::parse(offer.sdp);
        if (parsed && participant.publisher->is_foreign(*parsed)) {
            participant.publisher->unpublish_all(now);
            participant.publisher.reset();
        }
    }
    const bool fresh = !participant.publisher;
    if (fresh) {
        participant.publisher = std::make_unique<PublisherPeer>(services_, *this, participant, now);
    }
    auto answered = participant.publisher->apply(offer, now);
    if (!answered) {
        if (fresh) participant.publisher.reset();
        error(command, ErrorCode::bad_sdp, answered.error().text);
        return;
    }
    services_.outbox.send(command.client, std::move(*answered), command.request_id);
}

void Room::on(Participant& participant, const Command& command, const Answer& answer, Instant now) {
    const auto found = participant.subscribers.find(answer.connection);
    if (found == participant.subscribers.end()) {
        error(command, ErrorCode::unknown_connection,
              fmt::format("there is no connection \"{}\" to answer", answer.connection));
        return;
    }
    const auto applied = found->second->apply(answer, now);
    if (!applied) {
        error(command, ErrorCode::bad_sdp, applied.error().text);
        return;
    }
    for (const auto& track : *applied) {
        participant.wanted.erase(track.track);
        participant.unwanted.insert(track.track);
        error(command, ErrorCode::track_unsupported,
              fmt::format("this client has no decoder for {}: \"{}\" cannot be received",
                          track.codec, track.track),
              track.track);
    }
}

void Room::on(Participant& participant, const Command& command, const AddCandidate& candidate) {
    // An ICE-lite server learns the client's addresses from its checks, so a candidate itself is of
    // no use to it; one for a connection that is not there is a mistake worth telling.
    const auto& name = candidate.connection;
    const bool known = (name == "publisher" && participant.publisher) || participant.viewer ||
                       participant.subscribers.contains(name);
    if (!known) {
        error(command, ErrorCode::unknown_connection,
              fmt::format("there is no connection \"{}\"", name));
    }
}

void Room::on(Participant& participant, const Command& command, const RestartIce& restart,
              Instant now) {
    const auto found = participant.subscribers.find(restart.connection);
    if (found != participant.subscribers.end()) {
        found->second->restart(now);
        return;
    }
    if (restart.connection == "subscriber" || restart.connection.starts_with(one_shot_prefix)) {
        // The connection was closed: a new one is offered.
        subscribe_wanted(participant, now);
        return;
    }
    error(command, ErrorCode::unknown_connection,
          fmt::format("the server offers no connection \"{}\"", restart.connection));
}

void Room::on(Participant& participant, const Command& command, const RestartIceFragment&,
              Instant now) {
    Peer* const peer = participant.viewer ? static_cast<Peer*>(participant.viewer.get())
                                          : participant.publisher.get();
    if (peer == nullptr) {
        error(command, ErrorCode::unknown_connection, "there is no connection to restart");
        return;
    }
    peer->restart_ice(now);
    IceRestarted restarted;
    restarted.ufrag = peer->transport().ice().local().ufrag;
    restarted.pwd = peer->transport().ice().local().pwd;
    sdp::LocalTransport local;
    local.candidates = services_.candidates(participant.loopback_candidates);
    sdp::Media media;
    sdp::write_transport(media, local, sdp::Setup::passive, true);
    for (const auto& candidate : media.candidates) {
        restarted.candidates.push_back(sdp::to_string(candidate));
    }
    services_.outbox.send(command.client, std::move(restarted), command.request_id);
}

void Room::on(Participant& participant, const Command& command, const Subscribe& subscribe,
              Instant now) {
    if (!participant.permissions.subscribe) {
        error(command, ErrorCode::forbidden, "the token does not allow to subscribe");
        return;
    }
    const auto* track = find_track(subscribe.track);
    if (track == nullptr || track->info.participant == participant.info.id) {
        error(command, ErrorCode::unknown_track,
              fmt::format("there is no track \"{}\" of another participant in this room",
                          subscribe.track),
              subscribe.track);
        return;
    }
    participant.unwanted.erase(subscribe.track);
    participant.wanted[subscribe.track] = subscribe.layer;
    for (auto& [name, subscriber] : participant.subscribers) {
        subscriber->choose_layer(*track, subscribe.layer, now);
    }
    subscribe_wanted(participant, now);
}

void Room::on(Participant& participant, const Command& command, const Unsubscribe& unsubscribe,
              Instant now) {
    const auto* track = find_track(unsubscribe.track);
    if (track == nullptr) {
        error(command, ErrorCode::unknown_track,
              fmt::format("there is no track \"{}\" in this room", unsubscribe.track),
              unsubscribe.track);
        return;
    }
    participant.wanted.erase(unsubscribe.track);
    participant.unwanted.insert(unsubscribe.track);
    for (auto& [name, subscriber] : participant.subscribers)
        subscriber->remove(*track, now);
}

void Room::on(Participant& participant, const Command& command, const Unpublish& unpublish,
              Instant now) {
    auto* const published = participant.published();
    if (published == nullptr || !published->unpublish(unpublish.track, now)) {
        error(command, ErrorCode::unknown_track,
              fmt::format("you publish no track \"{}\"", unpublish.track), unpublish.track);
    }
}

void Room::on(Participant& participant, const Command& command, const Mute& mute, Instant now) {
    auto* const track = find_track(mute.track);
    if (track == nullptr || track->info.participant != participant.info.id) {
        error(command, ErrorCode::unknown_track,
              fmt::format("you publish no track \"{}\"", mute.track), mute.track);
        return;
    }
    set_muted(*track, mute.muted, now);
}

void Room::set_muted(RoomTrack& track, bool muted, Instant now) {
    track.info.muted = muted;
    track.media.set_muted(muted);
    broadcast(TrackMuted{track.info.id, track.info.participant, muted},
              find(track.info.participant));
    for_each_tap([&](Tap& tap) { tap.tell(tap::TrackMuted{track.info.id, muted}, now); });
    reselect_viewers(now);
}

void Room::on(Participant& participant, const Command& command, const Message& message) {
    if (!participant.permissions.message) {
        error(command, ErrorCode::forbidden, "the token does not allow to send messages");
        return;
    }
    if (!pass_on({participant.info.id, message.to, message.payload}, &participant)) {
        error(command, ErrorCode::unknown_participant,
              fmt::format("there is no participant \"{}\" in this room", message.to));
    }
}

bool Room::pass_on(const MessageEvent& message, const Participant* from) {
    const tap::MessageReceived news{message.from, message.to, message.payload};
    if (message.to.empty()) {
        broadcast(message, from);
        for_each_tap([&](Tap& tap) { tap.on_message(news, services_.now); });
        return true;
    }
    const auto* to = find(message.to);
    if (to == nullptr || to->hidden) return false;
    if (to->tap != nullptr) {
        to->tap->tell(news, services_.now);
    } else if (!to->gone_at) {
        services_.outbox.send(to->client, message);
    }
    return true;
}

void Room::on(Participant& participant, const Command&, const Consent& consent, Instant now) {
    set_consent(participant, consent.recording, now);
}

void Room::on_published(RoomTrack& track, Participant& publisher, Instant now) {
    tracks_[track.info.id] = &track;
    broadcast(TrackPublished{track.info}, &publisher);
    for_each_tap([&](Tap& tap) { tap.on_published(track, now); });
    notice(Notice::Kind::track_published, publisher,
           fmt::format("{}: {} publishes {} ({}{})", name_, publisher.info.name,
                       to_string(track.info.source), track.info.codec,
                       track.info.layers.empty()
                           ? ""
                           : fmt::format(", {} layers", track.info.layers.size())),
           track.info.id);
    for (const auto& [id, other] : participants_)
        subscribe_wanted(*other, now);
    reselect_viewers(now);
}

void Room::on_unpublished(RoomTrack& track, Instant now) {
    tracks_.erase(track.info.id);
    for (const auto& [id, other] : participants_) {
        other->wanted.erase(track.info.id);
        other->unwanted.erase(track.info.id);
        std::vector<ConnectionName> idle;
        for (auto& [name, subscriber] : other->subscribers) {
            const bool carried = subscriber->carries(track);
            subscriber->remove(track, now);
            if (carried && other->one_shot) idle.push_back(name);
        }
        // What a one-shot connection carries never changes: it goes, and a new one is offered for
        // what is left.
        for (const auto& name : idle)
            drop_subscriber(*other, name, now);
        other->resubscribe |= !idle.empty();
        if (other->viewer) other->viewer->remove(track, now);
    }
    for_each_tap([&](Tap& tap) { tap.on_unpublished(track, now); });
    auto* const publisher = find(track.info.participant);
    if (publisher != nullptr) {
        broadcast(TrackUnpublished{track.info.id, track.info.participant}, publisher);
        notice(Notice::Kind::track_unpublished, *publisher,
               fmt::format("{}: {} stopped {}", name_, publisher->info.name,
                           to_string(track.info.source)),
               track.info.id);
    }
    reselect_viewers(now);
}

void Room::on_layer_size(RoomTrack& track, LayerIndex layer, Instant now) {
    auto& layers = track.info.layers;
    if (layers.empty()) layers.push_back({});
    if (layer >= layers.size()) return;
    const LayerInfo present{layers[layer].rid, track.media.layer(layer).width(),
                            track.media.layer(layer).height()};
    if (present == layers[layer]) return;
    layers[layer] = present;
    for_each_tap([&](Tap& tap) { tap.on_layers(track, now); });
}

void Room::subscribe_wanted(Participant& participant, Instant now) {
    for (const auto& [track_id, track] : tracks_) {
        const auto* publisher = find(track->info.participant);
        if (publisher == nullptr || !participant.wants(track->info, publisher->info.role)) continue;
        const bool carried = std::any_of(
            participant.subscribers.begin(), participant.subscribers.end(),
            [&, wanted = track](const auto& entry) { return entry.second->carries(*wanted); });
        if (carried) continue;
        const auto choice = participant.wanted.find(track_id);
        subscriber_for(participant, *track, now)
            .add(*track, choice == participant.wanted.end() ? LayerChoice{} : choice->second);
    }
}

SubscriberPeer& Room::subscriber_for(Participant& participant, const RoomTrack& track,
                                     Instant now) {
    ConnectionName name = "subscriber";
    if (participant.one_shot) {
        name = std::string{one_shot_prefix} + track.info.participant;
        const auto found = participant.subscribers.find(name);
        // Offered already: it cannot take another track any more.
        if (found != participant.subscribers.end() && found->second->offered()) {
            drop_subscriber(participant, name, now);
            auto& fresh = participant.subscribers[name];
            fresh = std::make_unique<SubscriberPeer>(services_, participant, name, now);
            for (const auto& [id, other] : tracks_) {
                if (other != &track && other->info.participant == track.info.participant &&
                    participant.wants(other->info, find(track.info.participant)->info.role)) {
                    fresh->add(*other, LayerChoice{});
                }
            }
            return *fresh;
        }
    }
    auto& subscriber = participant.subscribers[name];
    if (!subscriber) {
        subscriber = std::make_unique<SubscriberPeer>(services_, participant, name, now);
    }
    return *subscriber;
}

void Room::drop_subscriber(Participant& participant, const ConnectionName& name, Instant now) {
    const auto found = participant.subscribers.find(name);
    if (found == participant.subscribers.end()) return;
    found->second->close(now);
    participant.subscribers.erase(found);
    services_.outbox.send(participant.client, ConnectionClosed{name});
}

void Room::make_offers(Instant now) {
    for (const auto& [id, participant] : participants_) {
        if (std::exchange(participant->resubscribe, false)) subscribe_wanted(*participant, now);
        for (auto& [name, subscriber] : participant->subscribers) {
            if (auto offer = subscriber->make_offer()) {
                services_.outbox.send(participant->client, std::move(*offer));
            }
        }
    }
}

void Room::reselect_viewers(Instant now) {
    for (const auto& [id, participant] : participants_) {
        if (participant->viewer) participant->viewer->reselect(now);
    }
}

RoomTrack* Room::find_track(std::string_view id) const {
    const auto found = tracks_.find(std::string{id});
    return found == tracks_.end() ? nullptr : found->second;
}

RoomTrack* Room::track_to_view(std::string_view view, MediaKind kind) const {
    const auto track_of = [&](const Participant* participant) -> RoomTrack* {
        const auto* published = participant == nullptr ? nullptr : participant->published();
        if (published == nullptr) return nullptr;
        for (const auto& track : published->tracks()) {
            if (track->info.kind == kind && tracks_.contains(track->info.id)) return track.get();
        }
        return nullptr;
    };
    if (!view.empty()) return track_of(find(view));

    if (const auto* mix = find(mix_id); mix != nullptr && mix->info.role == Role::agent) {
        return track_of(mix);
    }
    if (const auto loudest = speakers_.loudest()) {
        const auto id = speaker_ids_.find(*loudest);
        if (id != speaker_ids_.end()) {
            if (auto* track = track_of(find(id->second))) return track;
        }
    }
    for (const auto& [id, participant] : participants_) {
        if (participant->info.role == Role::agent || participant->hidden) continue;
        if (auto* track = track_of(participant.get())) return track;
    }
    return nullptr;
}

} // namespace parley::room
