// What is said of a recording, in the order in which it happened. events.jsonl is these, a line
// each; manifest.json is what they add up to.
#pragma once

#include "core/base/time.hpp"
#include "core/media/stream_format.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::recording {

/// SHA-256.
using Digest = std::array<std::uint8_t, 32>;

/// Since 1970, UTC.
struct Utc {
    Duration since_1970{};
    auto operator<=>(const Utc&) const = default;
};

/// Why media is missing. Each but `lost` was decided or noticed here.
enum class GapReason : std::uint8_t {
    lost,      ///< packets that were not repaired
    concealed, ///< of sound: lost, and filled with silence
    frozen,    ///< pictures that came but could not be decoded, until the next keyframe
    muted,     ///< nothing was sent
    stopped,   ///< the participant had no such track, or was away
    paused,    ///< by pause(), with a reason and an actor
    consent,   ///< withdrawn, or not given yet
    disk,      ///< could not be written
    tap,       ///< this pipeline was too slow
};
std::string_view to_string(GapReason reason);

struct RecordingStarted {
    std::string id; ///< random, of the recording
    std::string room;
    std::string software;   ///< "parley 0.1.0"
    std::string layout;     ///< participant, track, single
    std::string fill;       ///< hold, gap
    std::string consent;    ///< assumed, required
    std::string public_key; ///< Ed25519, PEM; empty: unsigned
    std::string encryption; ///< "aes-256-gcm", or empty
    std::string clock;      ///< of the host: "synchronized", "unsynchronized", "unknown"
    Duration uncertainty{}; ///< of wall-clock times of tracks on one machine with the room
    Utc expires{};          ///< retention; 0: none
};
struct RecordingEnded {
    std::string reason; ///< "eos", "stopped", "max-duration", "max-bytes", "error: ..."
};
struct ParticipantSeen {
    std::string id;
    std::string name;
    std::string role;
};
struct ParticipantGone {
    std::string id;
};
struct TrackStarted {
    std::string track; ///< the stream-id
    std::string participant;
    std::string source; ///< camera, microphone, screen, screen-audio
    std::string codec;
    Utc first{};         ///< of its first sample
    bool mapped = false; ///< by the sender's reports; else by arrival
};
struct TrackEnded {
    std::string track;
};
struct SizeChanged {
    std::string track;
    unsigned width = 0;
    unsigned height = 0;
};
struct MuteChanged {
    std::string track;
    bool muted = false;
};
struct Gap {
    std::string track;
    GapReason reason{};
    Duration start{}; ///< since the recording's start, as all that follow
    Duration duration{};
    std::uint64_t packets = 0;
};
struct FileStarted {
    std::string file; ///< its name within the recording
    std::string container;
    std::string participant; ///< empty where it has several
    std::vector<std::string> tracks;
    Duration start{}; ///< what time 0 of the file is
    Utc wall{};
};
/// Bytes that were appended to a file. What they are: "header", "fragment", "index".
struct ChunkWritten {
    std::string file;
    std::string what;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    Digest sha256{};
    Duration start{}; ///< of a fragment, in the file's time
    Duration end{};
};
/// A chunk that was written before has changed in its reserved bytes: its new hash.
struct ChunkPatched {
    std::string file;
    std::uint64_t offset = 0; ///< of the chunk
    std::uint64_t size = 0;
    Digest sha256{};
};
struct FileClosed {
    std::string file;
    std::uint64_t size = 0;
    Digest sha256{}; ///< of all of it
    Duration duration{};
    Utc last{}; ///< of the end of its last sample
};
struct Paused {
    std::string reason;
    std::string actor;
};
struct Resumed {};
struct Mark {
    std::string text;
};
struct ConsentChanged {
    std::string participant;
    bool given = false;
};
struct Chat {
    std::string participant;
    std::string text;
};
/// How far a sender's clock runs from the room's timeline.
struct ClockDrift {
    std::string track;
    double ppm = 0;
};
struct DiskTrouble {
    std::string file;
    std::string text;
};
struct DiskRecovered {};
/// Of `prev`, the head of the chain up to the line before.
struct Signature {
    std::string signature; ///< base64
};
/// Of a newer version of Parley: read, never written. It is in the chain, and adds up to nothing.
struct UnknownEvent {
    std::string type;
};

using EventBody =
    std::variant<RecordingStarted, RecordingEnded, ParticipantSeen, ParticipantGone, TrackStarted,
                 TrackEnded, SizeChanged, MuteChanged, Gap, FileStarted, ChunkWritten, ChunkPatched,
                 FileClosed, Paused, Resumed, Mark, ConsentChanged, Chat, ClockDrift, DiskTrouble,
                 DiskRecovered, Signature, UnknownEvent>;

struct Event {
    Duration at{}; ///< since the recording's start, on the room's timeline
    Utc utc{};
    EventBody body;
};

} // namespace parley::recording
