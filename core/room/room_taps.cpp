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

bool Room::has_consented(std::string_view id) const {
    const auto* participant = find(id);
    return participant != nullptr && participant->recording_consent;
}

void Room::review_recording(Instant now) {
    const bool recording = std::any_of(taps_.begin(), taps_.end(), [](const Tap* tap) {
        return tap->purpose() == tap::Purpose::recording;
    });
    if (recording == recording_) return;
    recording_ = recording;
    broadcast(RecordingChanged{recording}, nullptr);
    for_each_tap([&](Tap& tap) { tap.tell(tap::RecordingChanged{recording}, now); });
    services_.outbox.notice(
        {recording ? Notice::Kind::recording_started : Notice::Kind::recording_stopped,
         name_,
         {},
         {},
         fmt::format("{}: recording {}", name_, recording ? "started" : "stopped"),
         false});
}

} // namespace parley::room
