// What goes through a tap beside media, as types: requests up into the room, news down from it.
// docs/tap.md has each as JSON; elements/tap/control.hpp reads and writes that.
#pragma once

#include "core/base/time.hpp"
#include "core/room/messages.hpp"
#include "core/router/keyframe_arbiter.hpp"
#include "core/router/layer_choice.hpp"
#include "core/tap/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::tap {

/// What a tap is for. A recording one is announced to the room, and gets nothing of a participant
/// without consent where consent is required.
enum class Purpose : std::uint8_t { none, recording, hls, mix };
std::string_view to_string(Purpose purpose); ///< "none", "recording", "hls", "mix"
std::optional<Purpose> parse_purpose(std::string_view text);

// ---------------------------------------------------------------- up: client to room

/// The first message of each client.
struct Hello {
    unsigned version = protocol_version;
    std::string room; ///< empty where the descriptor is for one room already
    std::string token;
    Purpose purpose = Purpose::none;
    bool consent_required = false; ///< only matters for recordings
};

/// Receives a track (or one layer of it) as `stream` from now on.
struct Subscribe {
    StreamId stream = no_stream;
    std::string track;
    LayerChoice layer;
    bool paused = false; ///< nothing flows until `pause` says so
};
struct Unsubscribe {
    StreamId stream = no_stream;
};
struct ChooseLayer {
    StreamId stream = no_stream;
    LayerChoice layer;
};
struct Pause {
    StreamId stream = no_stream;
    bool paused = true;
};
struct RequestKeyframe {
    StreamId stream = no_stream;
    KeyframeReason reason = KeyframeReason::decoder_refresh;
};

/// Comes into the room as a participant that others see; needed before `publish`.
struct Join {
    std::string participant; ///< the id wanted; empty: any
    std::string name;
    room::Role role = room::Role::participant;
    bool consent = false; ///< agrees to being recorded
};
/// Out of the room again; the tap goes on receiving.
struct Leave {};

struct PublishedLayer {
    StreamId stream = no_stream;
    std::string rid; ///< empty where there is one layer
};
/// Publishes a track: RTP records of these streams are its layers.
struct Publish {
    room::TrackSource source = room::TrackSource::camera;
    std::string codec; ///< as in SDP: "VP8"
    std::string fmtp;  ///< as in SDP: what tells profiles apart
    std::uint8_t payload_type = 0;
    bool muted = false;
    bool keyframes_on_demand = true; ///< false: a source that makes keyframes when it likes
    std::vector<PublishedLayer> layers;
};
struct Unpublish {
    StreamId stream = no_stream; ///< of the track's first layer; likewise below
};
struct Mute {
    StreamId stream = no_stream;
    bool muted = true;
};
/// Text or data for the room (`to` empty) or one participant, as the rooms protocol has it.
struct SendMessage {
    std::string to;
    std::string payload;
};

using Up = std::variant<Hello, Subscribe, Unsubscribe, ChooseLayer, Pause, RequestKeyframe, Join,
                        Leave, Publish, Unpublish, Mute, SendMessage>;

// ---------------------------------------------------------------- down: room to client

/// The answer to Hello. What is in the room follows as ParticipantJoined and TrackAdded.
struct Welcome {
    unsigned version = protocol_version;
    std::string room;
    WallClock wall; ///< ties the room's timeline to this machine's monotonic clock
    bool recording = false;
    bool consent_required = false; ///< recordings leave out who has not consented
};
struct ParticipantJoined {
    room::ParticipantInfo participant;
};
struct ParticipantLeft {
    std::string participant;
    std::string reason;
};
/// How a track's packets come through a tap.
struct Format {
    std::uint8_t payload_type = 0;
    std::uint32_t clock_rate = 0;
    unsigned channels = 1; ///< of audio
    std::string fmtp;
    struct Extension {
        std::uint8_t id = 0;
        std::string uri;
    };
    std::vector<Extension> extensions;
};
struct TrackAdded {
    room::TrackInfo track;
    Format format;
};
struct TrackRemoved {
    std::string track;
};
struct TrackMuted {
    std::string track;
    bool muted = true;
};
/// Sizes of a track's layers have become known, or have changed.
struct TrackLayers {
    std::string track;
    std::vector<room::LayerInfo> layers;
};
struct Speakers {
    std::vector<room::Speakers::Speaker> speakers; ///< the loudest first
};
struct ConsentChanged {
    std::string participant;
    bool consent = false;
};
/// Also where it goes on, and whether consent is required has changed.
struct RecordingChanged {
    bool recording = false;
    bool consent_required = false;
};
struct MessageReceived {
    std::string from;
    std::string to;
    std::string payload;
};

/// Precedes a stream's first packet, and the first one of another layer.
struct StreamStarted {
    StreamId stream = no_stream;
    std::uint32_t ssrc = 0;
    std::string rid;
    unsigned width = 0;
    unsigned height = 0;
};
/// Nothing more comes: the track is gone, or may not be received.
struct StreamEnded {
    StreamId stream = no_stream;
    std::string reason; ///< "unpublished", "no-consent", "unsubscribed"
};
/// Stands between the packets that it is about: so many were left out.
struct Gap {
    StreamId stream = no_stream;
    std::string reason; ///< "tap": this tap was too slow
    std::uint64_t packets = 0;
    std::uint64_t frames = 0;
    NtpTime start;
    Duration duration{};
};

struct Joined {
    room::ParticipantInfo self;
};
struct Published {
    StreamId stream = no_stream;
    std::string track;
};
/// Somebody needs a keyframe of a published layer.
struct KeyframeWanted {
    StreamId stream = no_stream;
    KeyframeReason reason = KeyframeReason::new_subscription;
};
/// Whether anybody receives a published track at present.
struct Wanted {
    StreamId stream = no_stream;
    bool wanted = false;
};
struct Refused {
    room::ErrorCode code = room::ErrorCode::bad_request;
    std::string text;
    StreamId stream = no_stream; ///< where one is meant
};
/// The last message: the room or the server ends this tap.
struct Closed {
    std::string reason;
};

using Down = std::variant<Welcome, ParticipantJoined, ParticipantLeft, TrackAdded, TrackRemoved,
                          TrackMuted, TrackLayers, Speakers, ConsentChanged, RecordingChanged,
                          MessageReceived, StreamStarted, StreamEnded, Gap, Joined, Published,
                          KeyframeWanted, Wanted, Refused, Closed>;

} // namespace parley::tap
