#include "core/room/room.hpp"

#include "core/base/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::room {

namespace {

std::string random_id() {
    auto id = "p-" + random_token(8);
    // Ids are used in URLs and file names.
    std::replace(id.begin(), id.end(), '+', 'A');
    std::replace(id.begin(), id.end(), '/', 'B');
    return id;
}

SpeakerObserver::Id speaker_id(const Participant& participant) {
    return static_cast<SpeakerObserver::Id>(participant.client) ^
           std::hash<std::string>{}(participant.info.id);
}

} // namespace

Room::Room(Services& services, std::string name)
    : services_{services}
    , name_{std::move(name)}
    , consent_required_{services.config.consent_required} {}

Room::~Room() {
    // Receivers first: they hold on to the tracks of the others.
    for (auto& [id, participant] : participants_) {
        participant->subscribers.clear();
        participant->viewer.reset();
    }
}

void Room::handle(const Command& command, Instant now) {
    if (const auto* request = std::get_if<Join>(&command.body)) {
        join(command, *request, now);
        return;
    }
    if (const auto* consent = std::get_if<ConsentFor>(&command.body)) {
        auto* const about = find(consent->participant);
        if (about != nullptr && !about->hidden) set_consent(*about, consent->recording, now);
        return;
    }
    auto* const participant = find(command.client);
    if (participant == nullptr) {
        if (!std::holds_alternative<Detach>(command.body)) {
            error(command, ErrorCode::not_joined, "this session is not in the room any more");
        }
        return;
    }
    std::visit(
        [&](const auto& body) {
            using T = std::decay_t<decltype(body)>;
            if constexpr (std::is_same_v<T, Leave>) {
                remove(*participant, body.reason.empty() ? "left" : body.reason, now);
            } else if constexpr (std::is_same_v<T, Detach>) {
                participant->gone_at = now + services_.config.resume_time;
            } else if constexpr (std::is_same_v<T, Join> || std::is_same_v<T, ConsentFor>) {
                // dealt with above
            } else if constexpr (requires { on(*participant, command, body, now); }) {
                on(*participant, command, body, now);
            } else {
                on(*participant, command, body);
            }
        },
        command.body);
}

void Room::join(const Command& command, const Join& request, Instant now) {
    if (find(command.client) != nullptr) {
        error(command, ErrorCode::already_joined, "this session has joined already");
        return;
    }
    if (!request.resume.empty()) {
        resume(command, request, now);
        return;
    }
    auto admitted = admit(request, command.client, now);
    if (!admitted) {
        error(command, admitted.error().code, admitted.error().text);
        return;
    }
    auto& joined = **admitted;
    if (request.view) {
        joined.viewer = std::make_unique<ViewerPeer>(services_, *this, joined, *request.view, now);
    }
    welcome(joined, now);
    send_joined(joined, command.request_id, false);
    subscribe_wanted(joined, now);
}

tl::expected<Participant*, ErrorEvent> Room::admit(const Join& request, ClientId client,
                                                   Instant now) {
    if (!request.hidden && visible_count() >= request.limits.participants) {
        auto text = fmt::format("the room \"{}\" is full ({} participants)", name_,
                                request.limits.participants);
        return tl::make_unexpected(ErrorEvent{ErrorCode::room_full, std::move(text), {}});
    }
    auto id = request.participant;
    if (id.empty()) {
        do {
            id = random_id();
        } while (find(id) != nullptr);
    } else if (auto* const namesake = find(id)) {
        if (!namesake->gone_at) {
            return tl::make_unexpected(
                ErrorEvent{ErrorCode::name_taken,
                           fmt::format("there is a participant \"{}\" in this room already", id),
                           {}});
        }
        // The one before has lost its connection, and whoever may use the id is back.
        remove(*namesake, "replaced", now);
    }

    auto participant = std::make_unique<Participant>();
    participant->info = {id, request.name, request.role, request.consent};
    if (request.consent) participant->consent_at = now;
    participant->arrival = next_arrival_++;
    participant->room = this;
    participant->client = client;
    participant->resume_key = random_token(32);
    participant->permissions = request.permissions;
    participant->one_shot = request.one_shot;
    participant->auto_subscribe = request.auto_subscribe;
    participant->hidden = request.hidden;
    participant->ends_with_connection = request.ends_with_connection;
    participant->loopback_candidates = request.loopback_candidates;
    auto& joined = *participant;
    participants_[id] = std::move(participant);
    if (client != ClientId{}) clients_[client] = &joined;
    return &joined;
}

void Room::welcome(Participant& joined, Instant now) {
    if (participants_.size() == 1) {
        notice(Notice::Kind::room_opened, joined, fmt::format("{}: opened", name_));
    }
    if (joined.hidden) {
        notice(Notice::Kind::participant_joined, joined,
               fmt::format("{}: a viewer watches", name_));
        return;
    }
    broadcast(ParticipantJoined{joined.info}, &joined);
    for_each_tap([&](Tap& tap) { tap.on_joined(joined, now); });
    speaker_ids_[speaker_id(joined)] = joined.info.id;
    notice(Notice::Kind::participant_joined, joined,
           fmt::format("{}: {} joined ({} in the room)", name_, joined.info.name, visible_count()));
}

void Room::resume(const Command& command, const Join& request, Instant now) {
    const auto found =
        std::find_if(participants_.begin(), participants_.end(),
                     [&](const auto& entry) { return entry.second->resume_key == request.resume; });
    if (found == participants_.end()) {
        error(command, ErrorCode::resume_failed,
              "the session to resume is over: join without `resume`");
        return;
    }
    auto& participant = *found->second;
    if (!participant.gone_at) {
        // The old connection has not been noticed to be dead yet.
        services_.outbox.send(participant.client, Closed{"replaced"});
    }
    speaker_ids_.erase(speaker_id(participant));
    clients_.erase(participant.client);
    participant.client = command.client;
    participant.gone_at.reset();
    participant.loopback_candidates = request.loopback_candidates;
    clients_[command.client] = &participant;
    speaker_ids_[speaker_id(participant)] = participant.info.id;

    send_joined(participant, command.request_id, true);
    for (auto& [name, subscriber] : participant.subscribers) {
        if (auto offer = subscriber->pending_offer()) {
            services_.outbox.send(participant.client, std::move(*offer));
        }
    }
    subscribe_wanted(participant, now);
}

void Room::send_joined(Participant& participant, const std::string& request_id, bool resumed) {
    Joined joined;
    joined.self = participant.info;
    joined.resume = participant.resume_key;
    joined.resumed = resumed;
    joined.recording = recording_;
    joined.consent_required = consent_required_;
    // In the order of arrival, so that everybody's page shows people in the same places.
    std::vector<const Participant*> others;
    for (const auto& [id, other] : participants_) {
        if (!other->hidden) others.push_back(other.get());
    }
    std::sort(others.begin(), others.end(),
              [](const auto* a, const auto* b) { return a->arrival < b->arrival; });
    for (const auto* other : others) {
        if (other != &participant) joined.participants.push_back(other->info);
        const auto* published = other->published();
        if (published == nullptr) continue;
        for (const auto& track : published->tracks())
            joined.tracks.push_back(track->info);
    }
    services_.outbox.send(participant.client, std::move(joined), request_id);
}

void Room::remove(Participant& participant, const std::string& reason, Instant now) {
    if (participant.publisher) {
        participant.publisher->unpublish_all(now);
        participant.publisher->close(now);
    }
    if (participant.tap_publisher) participant.tap_publisher->unpublish_all(now);
    for (auto& [name, subscriber] : participant.subscribers)
        subscriber->close(now);
    if (participant.viewer) participant.viewer->close(now);
    speakers_.remove(speaker_id(participant), now);
    speaker_ids_.erase(speaker_id(participant));
    if (!participant.gone_at && participant.tap == nullptr) {
        services_.outbox.send(participant.client, Closed{reason});
    }

    const auto owned = std::move(participants_.find(participant.info.id)->second);
    participants_.erase(participant.info.id);
    clients_.erase(participant.client);
    if (owned->hidden) {
        notice(Notice::Kind::participant_left, *owned,
               fmt::format("{}: a viewer has gone ({})", name_, reason));
    } else {
        broadcast(ParticipantLeft{owned->info.id, reason}, nullptr);
        for_each_tap([&](Tap& tap) { tap.on_left(*owned, reason, now); });
        notice(Notice::Kind::participant_left, *owned,
               fmt::format("{}: {} left ({}; {} in the room)", name_, owned->info.name, reason,
                           visible_count()));
    }
    if (participants_.empty()) {
        notice(Notice::Kind::room_closed, *owned, fmt::format("{}: closed", name_));
    }
}

void Room::handle_timeout(Instant now) {
    std::vector<Participant*> gone;
    for (const auto& [id, participant] : participants_) {
        if (participant->gone_at && *participant->gone_at <= now) gone.push_back(participant.get());
    }
    for (auto* participant : gone)
        remove(*participant, "timeout", now);

    if (speakers_.poll(now)) {
        Speakers event;
        for (const auto& speaker : speakers_.speakers()) {
            const auto id = speaker_ids_.find(speaker.id);
            if (id != speaker_ids_.end()) event.speakers.push_back({id->second, speaker.level});
        }
        broadcast(event, nullptr);
        for_each_tap([&](Tap& tap) { tap.tell(tap::Speakers{event.speakers}, now); });
    }
    if (speakers_.loudest() != last_loudest_) {
        last_loudest_ = speakers_.loudest();
        reselect_viewers(now);
    }
}

void Room::on_peer_finished(Peer& peer, Instant now) {
    auto& participant = peer.participant();
    const auto name = peer.name();
    if (participant.ends_with_connection) {
        remove(participant, "timeout", now);
        return;
    }
    if (participant.publisher.get() == &peer) {
        participant.publisher->unpublish_all(now);
        participant.publisher.reset();
    } else {
        participant.subscribers.erase(name);
    }
    services_.outbox.send(participant.client, ConnectionClosed{name});
}

void Room::drain(Instant now) {
    while (!taps_.empty())
        taps_.back()->close("draining", now);
    while (!participants_.empty())
        remove(*participants_.begin()->second, "draining", now);
}

void Room::on_audio_level(Participant& participant, rtp::AudioLevel level, Instant now) {
    if (!participant.hidden) speakers_.on_level(speaker_id(participant), level, now);
}

void Room::broadcast(const EventBody& body, const Participant* except) {
    for (const auto& [id, participant] : participants_) {
        if (participant.get() == except || participant->hidden || participant->gone_at ||
            participant->tap != nullptr) {
            continue;
        }
        services_.outbox.send(participant->client, body);
    }
}

Participant* Room::find(ClientId client) const {
    const auto found = clients_.find(client);
    return found == clients_.end() ? nullptr : found->second;
}

Participant* Room::find(std::string_view id) const {
    const auto found = participants_.find(id);
    return found == participants_.end() ? nullptr : found->second.get();
}

std::size_t Room::visible_count() const {
    return static_cast<std::size_t>(
        std::count_if(participants_.begin(), participants_.end(),
                      [](const auto& entry) { return !entry.second->hidden; }));
}

void Room::notice(Notice::Kind kind, const Participant& participant, std::string text,
                  std::string track) {
    services_.outbox.notice({kind, name_, participant.info.id, std::move(track), std::move(text),
                             participant.info.role == Role::participant && !participant.hidden});
}

void Room::error(const Command& command, ErrorCode code, std::string text, std::string track) {
    services_.outbox.error(command.client, code, std::move(text), command.request_id,
                           std::move(track));
}

RoomStats Room::stats(Instant now) const {
    RoomStats stats;
    stats.name = name_;
    const auto add = [&](const Peer* peer) {
        if (peer == nullptr) return;
        stats.transports.push_back(peer->stats());
        peer->append_stats(stats, now);
    };
    for (const auto& [id, participant] : participants_) {
        if (!participant->hidden) stats.participants.push_back(participant->info);
        add(participant->publisher.get());
        for (const auto& [name, subscriber] : participant->subscribers)
            add(subscriber.get());
        add(participant->viewer.get());
        if (participant->tap_publisher) participant->tap_publisher->append_stats(stats, now);
    }
    for (const auto* tap : taps_)
        tap->append_stats(stats, now);
    return stats;
}

} // namespace parley::room
