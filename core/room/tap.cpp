#include "core/room/tap.hpp"

#include "core/room/feedback.hpp"
#include "core/room/room.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::room {

namespace {
constexpr std::size_t most_receptions = 1024;
/// Besides its own deadlines, a tap that publishes looks whether its tracks are wanted.
constexpr Duration poll_interval = 100ms;
} // namespace

Tap::Tap(Services& services, Room& room, TapId id, const TapAccess& access, const tap::Hello& hello,
         tap::Queue& out, Instant now)
    : services_{services}
    , room_{room}
    , id_{id}
    , permissions_{access.permissions}
    , purpose_{hello.purpose}
    , consent_required_{hello.consent_required}
    , out_{out}
    , context_{services.config.wall} {
    const bool recording = room_.recording() || purpose_ == tap::Purpose::recording;
    const bool consent_required =
        room_.consent_required() || (purpose_ == tap::Purpose::recording && consent_required_);
    out_.control(tap::Welcome{tap::protocol_version, room_.name(), services_.config.wall, recording,
                              consent_required},
                 now);
    room_.attach(*this, now);
    room_.introduce(*this, now);
}

Tap::~Tap() {
    services_.tap_deadlines.remove(id_);
}

void Tap::close(const std::string& reason, Instant now) {
    if (finished_) return;
    finished_ = true;
    receptions_.clear();
    leave(reason, now);
    out_.control(tap::Closed{reason}, now);
    room_.detach(*this, now);
}

void Tap::handle(const tap::Up& request, Instant now) {
    if (finished_) return;
    std::visit([&](const auto& body) { on(body, now); }, request);
    schedule(now);
}

void Tap::receive(const tap::Record& record, Instant now) {
    if (participant_ != nullptr && participant_->tap_publisher) {
        participant_->tap_publisher->receive(record, now);
    }
}

void Tap::handle_timeout(Instant now) {
    for (auto& [stream, reception] : receptions_) {
        if (const auto due = reception->next_deadline(); due && *due <= now) reception->poll(now);
    }
    if (participant_ != nullptr && participant_->tap_publisher) {
        participant_->tap_publisher->poll(now);
    }
    schedule(now);
}

void Tap::schedule(Instant now) {
    std::optional<Instant> next;
    const auto by = [&](std::optional<Instant> due) {
        if (due && (!next || *due < *next)) next = due;
    };
    for (const auto& [stream, reception] : receptions_)
        by(reception->next_deadline());
    if (participant_ != nullptr && participant_->tap_publisher) {
        by(participant_->tap_publisher->next_deadline());
        by(now + poll_interval);
    }
    if (next) services_.tap_deadlines.schedule(id_, std::max(*next, now + 1ms));
}

// --- receiving ---------------------------------------------------------------------------------

void Tap::on(const tap::Hello&, Instant now) {
    refuse(ErrorCode::already_joined, "this tap is open already", tap::no_stream, now);
}

void Tap::on(const tap::Subscribe& request, Instant now) {
    if (!permissions_.subscribe) {
        refuse(ErrorCode::forbidden, "the token does not allow to subscribe", request.stream, now);
        return;
    }
    if (receptions_.contains(request.stream) || receptions_.size() >= most_receptions) {
        refuse(ErrorCode::bad_request,
               fmt::format("stream {} is in use already", tap::value(request.stream)),
               request.stream, now);
        return;
    }
    auto* const track = room_.find_track(request.track);
    if (track == nullptr) {
        refuse(
            ErrorCode::unknown_track,
            fmt::format("there is no track \"{}\" in the room \"{}\"", request.track, room_.name()),
            request.stream, now);
        return;
    }
    auto& reception = receptions_[request.stream];
    reception =
        std::make_unique<TapReception>(services_, out_, context_, *track, request.stream, now);
    reception->start(request.layer, request.paused, allowed_since(track->info.participant), now);
}

void Tap::on(const tap::Unsubscribe& request, Instant now) {
    if (find(request.stream) == nullptr) return;
    receptions_.erase(request.stream);
    out_.control(tap::StreamEnded{request.stream, "unsubscribed"}, now);
}

void Tap::on(const tap::ChooseLayer& request, Instant now) {
    if (auto* const reception = find(request.stream)) {
        reception->choose_layer(request.layer, now);
    }
}

void Tap::on(const tap::Pause& request, Instant now) {
    if (auto* const reception = find(request.stream)) {
        reception->set_paused(request.paused, now);
    }
}

void Tap::on(const tap::RequestKeyframe& request, Instant now) {
    if (auto* const reception = find(request.stream)) {
        reception->request_keyframe(request.reason, now);
    }
}

TapReception* Tap::find(tap::StreamId stream) {
    const auto found = receptions_.find(stream);
    if (found != receptions_.end()) return found->second.get();
    return nullptr; // One that has just ended is no mistake of the client's: it has been told.
}

std::optional<Instant> Tap::allowed_since(const std::string& participant) const {
    if (purpose_ != tap::Purpose::recording) return Instant{};
    return room_.recordable_since(participant);
}

// --- publishing --------------------------------------------------------------------------------

void Tap::on(const tap::Join& request, Instant now) {
    if (!permissions_.publish) {
        refuse(ErrorCode::forbidden, "the token does not allow to publish", tap::no_stream, now);
        return;
    }
    if (participant_ != nullptr) {
        refuse(ErrorCode::already_joined, "this tap is in the room already", tap::no_stream, now);
        return;
    }
    Join join;
    join.name = request.name;
    join.role = request.role;
    join.consent = request.consent;
    join.participant = request.participant;
    join.permissions = permissions_;
    join.auto_subscribe = false;
    auto admitted = room_.admit(join, ClientId{}, now);
    if (!admitted) {
        refuse(admitted.error().code, admitted.error().text, tap::no_stream, now);
        return;
    }
    participant_ = *admitted;
    participant_->tap = this;
    participant_->tap_publisher =
        std::make_unique<TapPublisher>(services_, room_, *participant_, out_, [this](Instant at) {
            services_.tap_deadlines.schedule(id_, at);
        });
    out_.control(tap::Joined{participant_->info}, now);
    room_.welcome(*participant_, now);
}

void Tap::on(const tap::Leave&, Instant now) {
    leave("left", now);
}

void Tap::leave(const std::string& reason, Instant now) {
    if (participant_ == nullptr) return;
    room_.remove(*std::exchange(participant_, nullptr), reason, now);
}

void Tap::on(const tap::Publish& request, Instant now) {
    const auto stream = request.layers.empty() ? tap::no_stream : request.layers.front().stream;
    if (participant_ == nullptr) {
        refuse(ErrorCode::not_joined, "publishing needs a participant: send `join` first", stream,
               now);
        return;
    }
    if (const auto published = participant_->tap_publisher->publish(request, now); !published) {
        refuse(ErrorCode::track_unsupported, published.error().text, stream, now);
    }
}

void Tap::on(const tap::Unpublish& request, Instant now) {
    auto* const track =
        participant_ == nullptr ? nullptr : participant_->tap_publisher->find(request.stream);
    if (track == nullptr) return;
    participant_->tap_publisher->unpublish(std::string{track->info.id}, now);
}

void Tap::on(const tap::Mute& request, Instant now) {
    auto* const track =
        participant_ == nullptr ? nullptr : participant_->tap_publisher->find(request.stream);
    if (track == nullptr) return;
    room_.set_muted(*track, request.muted, now);
}

void Tap::on(const tap::SendMessage& request, Instant now) {
    if (participant_ == nullptr || !permissions_.message) {
        refuse(ErrorCode::forbidden, "messages need a participant that may send them",
               tap::no_stream, now);
        return;
    }
    if (!room_.pass_on({participant_->info.id, request.to, request.payload}, participant_)) {
        refuse(ErrorCode::unknown_participant,
               fmt::format("there is no participant \"{}\" in this room", request.to),
               tap::no_stream, now);
    }
}

void Tap::refuse(ErrorCode code, std::string text, tap::StreamId stream, Instant now) {
    out_.control(tap::Refused{code, std::move(text), stream}, now);
}

// --- news --------------------------------------------------------------------------------------

void Tap::on_joined(const Participant& participant, Instant now) {
    if (&participant == participant_) return;
    out_.control(tap::ParticipantJoined{participant.info}, now);
}

void Tap::on_left(const Participant& participant, const std::string& reason, Instant now) {
    // Also where another has taken its id.
    if (participant.tap == this) participant_ = nullptr;
    out_.control(tap::ParticipantLeft{participant.info.id, reason}, now);
}

void Tap::on_published(const RoomTrack& track, Instant now) {
    if (participant_ != nullptr && track.info.participant == participant_->info.id) return;
    out_.control(tap::TrackAdded{track.info, TapReception::format(track)}, now);
}

void Tap::on_unpublished(const RoomTrack& track, Instant now) {
    for (auto at = receptions_.begin(); at != receptions_.end();) {
        if (&at->second->track() != &track) {
            ++at;
            continue;
        }
        const auto stream = at->first;
        at = receptions_.erase(at);
        out_.control(tap::StreamEnded{stream, "unpublished"}, now);
    }
    if (participant_ != nullptr && track.info.participant == participant_->info.id) return;
    out_.control(tap::TrackRemoved{track.info.id}, now);
}

void Tap::on_layers(const RoomTrack& track, Instant now) {
    out_.control(tap::TrackLayers{track.info.id, track.info.layers}, now);
}

void Tap::on_consent(const Participant& participant, Instant now) {
    // Before it is told: what comes after the news has been let through by it.
    for (auto& [stream, reception] : receptions_) {
        const auto& publisher = reception->track().info.participant;
        if (publisher == participant.info.id) reception->allow(allowed_since(publisher), now);
    }
    out_.control(tap::ConsentChanged{participant.info.id, participant.info.consent}, now);
    schedule(now);
}

void Tap::review_consent(Instant now) {
    for (auto& [stream, reception] : receptions_)
        reception->allow(allowed_since(reception->track().info.participant), now);
    schedule(now);
}

void Tap::on_message(const tap::MessageReceived& message, Instant now) {
    // What somebody writes is theirs as much as what they say.
    if (allowed_since(message.from)) tell(message, now);
}

void Tap::append_stats(RoomStats& stats, Instant now) const {
    for (const auto& [stream, reception] : receptions_) {
        const std::string who = fmt::format("tap-{}", id_);
        stats.subscriptions.push_back(subscription_stats(
            reception->subscription(), reception->track().info.id, who, context_, now));
    }
}

} // namespace parley::room
