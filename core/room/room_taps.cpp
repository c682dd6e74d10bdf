// The part of Room that is about taps.
#include "core/room/room.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::room {

void Room::attach(Tap& tap, Instant now) {
    taps_.push_back(&tap);
    review_recording(now);
}

void Room::detach(Tap& tap, Instant now) {
    std::erase(taps_, &tap);
    review_recording(now);
}

void Room::introduce(Tap& tap, Instant now) {
    std::vector<Participant*> present;
    for (const auto& [id, participant] : participants_) {
        if (!participant->hidden) present.push_back(participant.get());
    }
    std::sort(present.begin(), present.end(),
              [](const auto* a, const auto* b) { return a->arrival < b->arrival; });
    for (const auto* participant : present) {
        tap.on_joined(*participant, now);
        const auto* published = participant->published();
        if (published == nullptr) continue;
        for (const auto& track : published->tracks())
            tap.on_published(*track, now);
    }
}

std::optional<Instant> Room::recordable_since(std::string_view id) const {
    if (!consent_required_) return Instant{};
    const auto* participant = find(id);
    if (participant == nullptr || !participant->info.consent) return std::nullopt;
    return participant->consent_at;
}

void Room::set_consent(Participant& participant, bool given, Instant now) {
    // A first no is an answer, and news.
    if (participant.consent_at && participant.info.consent == given) return;
    participant.info.consent = given;
    participant.consent_at = now;
    broadcast(ConsentEvent{participant.info.id, given}, nullptr);
    for_each_tap([&](Tap& tap) { tap.on_consent(participant, now); });
}

void Room::review_recording(Instant now) {
    const bool recording = std::any_of(taps_.begin(), taps_.end(), [](const Tap* tap) {
        return tap->purpose() == tap::Purpose::recording;
    });
    // Who has said no stays out for as long as anything is recorded.
    const bool required =
        services_.config.consent_required || (recording && consent_required_) ||
        std::any_of(taps_.begin(), taps_.end(), [](const Tap* tap) {
            return tap->purpose() == tap::Purpose::recording && tap->asks_for_consent();
        });
    const bool changed = recording != recording_;
    if (!changed && required == consent_required_) return;
    recording_ = recording;
    consent_required_ = required;
    for_each_tap([&](Tap& tap) { tap.review_consent(now); });
    broadcast(RecordingChanged{recording, required}, nullptr);
    for_each_tap([&](Tap& tap) { tap.tell(tap::RecordingChanged{recording, required}, now); });
    if (!changed) return;
    services_.outbox.notice(
        {recording ? Notice::Kind::recording_started : Notice::Kind::recording_stopped,
         name_,
         {},
         {},
         fmt::format("{}: recording {}", name_, recording ? "started" : "stopped"),
         false});
}

} // namespace parley::room
