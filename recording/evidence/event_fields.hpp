// The members of each event, by their names in JSON: once, for printing, parsing and the manifest.
#pragma once

#include "recording/evidence/events.hpp"

#include <type_traits>

namespace parley::recording {

template <class T>
inline constexpr std::string_view event_type = "";
#define PARLEY_EVENT_TYPE(type, name)                                                              \
    template <>                                                                                    \
    inline constexpr std::string_view event_type<type> = name
PARLEY_EVENT_TYPE(RecordingStarted, "recording-started");
PARLEY_EVENT_TYPE(RecordingEnded, "recording-ended");
PARLEY_EVENT_TYPE(ParticipantSeen, "participant-seen");
PARLEY_EVENT_TYPE(ParticipantGone, "participant-gone");
PARLEY_EVENT_TYPE(TrackStarted, "track-started");
PARLEY_EVENT_TYPE(TrackEnded, "track-ended");
PARLEY_EVENT_TYPE(SizeChanged, "size-changed");
PARLEY_EVENT_TYPE(MuteChanged, "mute-changed");
PARLEY_EVENT_TYPE(Gap, "gap");
PARLEY_EVENT_TYPE(FileStarted, "file-started");
PARLEY_EVENT_TYPE(ChunkWritten, "chunk-written");
PARLEY_EVENT_TYPE(ChunkPatched, "chunk-patched");
PARLEY_EVENT_TYPE(FileClosed, "file-closed");
PARLEY_EVENT_TYPE(Paused, "paused");
PARLEY_EVENT_TYPE(Resumed, "resumed");
PARLEY_EVENT_TYPE(Mark, "mark");
PARLEY_EVENT_TYPE(ConsentChanged, "consent-changed");
PARLEY_EVENT_TYPE(Chat, "chat");
PARLEY_EVENT_TYPE(ClockDrift, "clock-drift");
PARLEY_EVENT_TYPE(DiskTrouble, "disk-trouble");
PARLEY_EVENT_TYPE(DiskRecovered, "disk-recovered");
PARLEY_EVENT_TYPE(Signature, "signature");
#undef PARLEY_EVENT_TYPE

template <class E, class T>
concept Of = std::is_same_v<std::remove_const_t<E>, T>;

void fields(auto& v, Of<RecordingStarted> auto& e) {
    v("id", e.id);
    v("room", e.room);
    v("software", e.software);
    v("layout", e.layout);
    v("fill", e.fill);
    v("consent", e.consent);
    v("public_key", e.public_key);
    v("encryption", e.encryption);
    v("clock", e.clock);
    v("uncertainty", e.uncertainty);
    v("expires", e.expires);
}
void fields(auto& v, Of<RecordingEnded> auto& e) {
    v("reason", e.reason);
}
void fields(auto& v, Of<ParticipantSeen> auto& e) {
    v("id", e.id);
    v("name", e.name);
    v("role", e.role);
}
void fields(auto& v, Of<ParticipantGone> auto& e) {
    v("id", e.id);
}
void fields(auto& v, Of<TrackStarted> auto& e) {
    v("track", e.track);
    v("participant", e.participant);
    v("source", e.source);
    v("codec", e.codec);
    v("first", e.first);
    v("mapped", e.mapped);
}
void fields(auto& v, Of<TrackEnded> auto& e) {
    v("track", e.track);
}
void fields(auto& v, Of<SizeChanged> auto& e) {
    v("track", e.track);
    v("width", e.width);
    v("height", e.height);
}
void fields(auto& v, Of<MuteChanged> auto& e) {
    v("track", e.track);
    v("muted", e.muted);
}
void fields(auto& v, Of<Gap> auto& e) {
    v("track", e.track);
    v("reason", e.reason);
    v("start", e.start);
    v("duration", e.duration);
    v("packets", e.packets);
}
void fields(auto& v, Of<FileStarted> auto& e) {
    v("file", e.file);
    v("container", e.container);
    v("participant", e.participant);
    v("tracks", e.tracks);
    v("start", e.start);
    v("wall", e.wall);
}
void fields(auto& v, Of<ChunkWritten> auto& e) {
    v("file", e.file);
    v("what", e.what);
    v("offset", e.offset);
    v("size", e.size);
    v("sha256", e.sha256);
    v("start", e.start);
    v("end", e.end);
}
void fields(auto& v, Of<ChunkPatched> auto& e) {
    v("file", e.file);
    v("offset", e.offset);
    v("size", e.size);
    v("sha256", e.sha256);
}
void fields(auto& v, Of<FileClosed> auto& e) {
    v("file", e.file);
    v("size", e.size);
    v("sha256", e.sha256);
    v("duration", e.duration);
    v("last", e.last);
}
void fields(auto& v, Of<Paused> auto& e) {
    v("reason", e.reason);
    v("actor", e.actor);
}
void fields(auto&, Of<Resumed> auto&) {}
void fields(auto& v, Of<Mark> auto& e) {
    v("text", e.text);
}
void fields(auto& v, Of<ConsentChanged> auto& e) {
    v("participant", e.participant);
    v("given", e.given);
}
void fields(auto& v, Of<Chat> auto& e) {
    v("participant", e.participant);
    v("text", e.text);
}
void fields(auto& v, Of<ClockDrift> auto& e) {
    v("track", e.track);
    v("ppm", e.ppm);
}
void fields(auto& v, Of<DiskTrouble> auto& e) {
    v("file", e.file);
    v("text", e.text);
}
void fields(auto&, Of<DiskRecovered> auto&) {}
void fields(auto& v, Of<Signature> auto& e) {
    v("signature", e.signature);
}
void fields(auto&, Of<UnknownEvent> auto&) {}

} // namespace parley::recording
