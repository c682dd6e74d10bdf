// What goes between signalling and a room, as types: commands in, events out. JSON, HTTP and taps
// are the shells' matter; what arrives here has been validated.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/time.hpp"
#include "core/router/layer_choice.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::room {

/// One signalling connection: a WebSocket, a WHIP or WHEP session, a tap. Never reused.
enum class ClientId : std::uint64_t {};

enum class Role : std::uint8_t { participant, agent };
using TrackKind = MediaKind;
enum class TrackSource : std::uint8_t { camera, microphone, screen, screen_audio };

std::string_view to_string(Role role);
std::string_view to_string(MediaKind kind);
std::string_view
to_string(TrackSource source); ///< "camera", "microphone", "screen", "screen-audio"
std::optional<Role> parse_role(std::string_view text);
std::optional<MediaKind> parse_media_kind(std::string_view text);
std::optional<TrackSource> parse_track_source(std::string_view text);

/// What a client may do in a room; a token can take rights away.
struct Permissions {
    bool publish = true;
    bool subscribe = true;
    bool message = true;
    bool admin = false;
};

struct Limits {
    unsigned participants = 100; ///< in one room, hidden viewers not counted
    unsigned rooms = 1000;       ///< on the whole server
};

struct ParticipantInfo {
    std::string id;
    std::string name;
    Role role = Role::participant;
    bool consent = false; ///< to being recorded
};

struct LayerInfo {
    std::string rid; ///< empty without simulcast
    unsigned width = 0;
    unsigned height = 0;
    bool operator==(const LayerInfo&) const = default;
};

struct TrackInfo {
    std::string id; ///< "participant/name", unique in the room and stable while it is published
    std::string participant;
    TrackKind kind = TrackKind::audio;
    TrackSource source = TrackSource::microphone;
    std::string codec; ///< as in SDP: "VP8", "opus"
    bool muted = false;
    std::vector<LayerInfo> layers;
};

struct IceCandidate {
    std::string candidate; ///< the attribute's value, "candidate:..."; empty = end of candidates
    std::string mid;
};

/// Which RTCPeerConnection a message is about.
/// "publisher": the client offers. "subscriber": the server offers.
/// "subscriber/<participant>": one-shot clients, one connection for each remote participant.
using ConnectionName = std::string;

// ---------------------------------------------------------------- commands (client to room)

struct Join {
    std::string name;
    Role role = Role::participant;
    std::string participant; ///< the id wanted (from a token's identity, or a tap); empty: any
    std::string resume;      ///< resume key of a session that lost its connection; empty: none
    bool one_shot = false;   ///< `peer: one-shot`
    bool auto_subscribe = true;
    bool hidden = false;             ///< a WHEP viewer: seen by nobody, publishes nothing
    std::optional<std::string> view; ///< WHEP: the participant to show; "" = mix, else the loudest
    bool ends_with_connection = false; ///< WHIP and WHEP: the session is over when its media is
    bool consent = false;              ///< agrees to being recorded, as by Consent
    Permissions permissions;
    Limits limits;
    bool loopback_candidates = false; ///< signalling is reached on loopback: offer 127.0.0.1 too
};

/// The connection is gone without `leave`: the participant stays for the resume time.
struct Detach {};

struct Leave {
    std::string reason;
};

/// Tells the source of each published m-line of an offer; an unnamed audio m-line is a microphone
/// and a video one a camera.
struct PublishedTrack {
    std::string mid;
    TrackSource source = TrackSource::camera;
    bool muted = false;
};

struct Offer {
    ConnectionName connection; ///< "publisher"; for WHEP "viewer"
    std::string sdp;
    std::vector<PublishedTrack> tracks;
};

struct Answer {
    ConnectionName connection;
    std::uint32_t revision = 0; ///< of the offer that it answers
    std::string sdp;
};

struct AddCandidate {
    ConnectionName connection;
    IceCandidate candidate;
};

/// Asks for new ICE credentials of a connection that the server offers.
struct RestartIce {
    ConnectionName connection;
};

/// WHIP and WHEP (RFC 9725, section 4.3.3): the client's new credentials by PATCH.
struct RestartIceFragment {
    std::string ufrag;
    std::string pwd;
};

using LayerWish = LayerChoice;

struct Subscribe {
    std::string track;
    LayerWish layer;
};

struct Unsubscribe {
    std::string track;
};

struct Unpublish {
    std::string track;
};

struct Mute {
    std::string track;
    bool muted = true;
};

struct Message {
    std::string to;      ///< participant id; empty: everybody
    std::string payload; ///< JSON text of the `text` or `data` member, with its key
};

struct Consent {
    bool recording = false;
};

/// The same for a participant who cannot say it: not from a client, but from who runs the server.
struct ConsentFor {
    std::string participant;
    bool recording = false;
};

using CommandBody =
    std::variant<Join, Detach, Leave, Offer, Answer, AddCandidate, RestartIce, RestartIceFragment,
                 Subscribe, Unsubscribe, Unpublish, Mute, Message, Consent, ConsentFor>;

struct Command {
    ClientId client{};
    std::string room;
    std::string request_id; ///< JSON text of the request's `id`, echoed in its reply; may be empty
    CommandBody body;
};

// ---------------------------------------------------------------- events (room to client)

struct Joined {
    ParticipantInfo self;
    std::string resume;
    bool resumed = false;
    bool recording = false;
    bool consent_required = false; ///< see RecordingChanged
    std::vector<ParticipantInfo> participants;
    std::vector<TrackInfo> tracks;
};

struct ParticipantJoined {
    ParticipantInfo participant;
};

struct ParticipantLeft {
    std::string participant;
    std::string reason;
};

/// The server's offer for a subscriber connection, with the track that each mid carries.
struct OfferEvent {
    ConnectionName connection;
    std::uint32_t revision = 0;
    std::string sdp;
    struct Slot {
        std::string mid;
        std::string track;
    };
    std::vector<Slot> tracks;
};

struct AnswerEvent {
    ConnectionName connection;
    std::string sdp;
    struct Slot {
        std::string mid;
        std::string track;
    };
    std::vector<Slot> tracks; ///< the ids given to the published m-lines
};

struct CandidateEvent {
    ConnectionName connection;
    IceCandidate candidate;
};

/// Answer to RestartIceFragment: our new credentials and candidates.
struct IceRestarted {
    std::string ufrag;
    std::string pwd;
    std::vector<std::string> candidates;
};

/// A connection of the client has been closed by the server (a one-shot peer's participant left).
struct ConnectionClosed {
    ConnectionName connection;
};

struct TrackPublished {
    TrackInfo track;
};

struct TrackUnpublished {
    std::string track;
    std::string participant;
};

struct TrackMuted {
    std::string track;
    std::string participant;
    bool muted = true;
};

struct MessageEvent {
    std::string from;
    std::string to;
    std::string payload;
};

struct Speakers {
    struct Speaker {
        std::string participant;
        unsigned level = 127; ///< -dBov, RFC 6464: 0 loudest
    };
    std::vector<Speaker> speakers;
};

/// Also where it goes on, and whether consent is required has changed.
struct RecordingChanged {
    bool recording = false;
    /// Who has not consented is left out; else consent is assumed.
    bool consent_required = false;
};

struct ConsentEvent {
    std::string participant;
    bool recording = false;
};

enum class ErrorCode : std::uint8_t {
    bad_request,
    not_joined,
    already_joined,
    unauthorized,
    forbidden,
    room_full,
    too_many_rooms,
    name_taken,
    unknown_track,
    unknown_participant,
    unknown_connection,
    bad_sdp,
    track_unsupported,
    resume_failed,
    rate_limited,
    too_large,
    server_draining,
    internal,
};

std::string_view to_string(ErrorCode code); ///< as in docs/signaling.md: "room-full"
std::optional<ErrorCode> parse_error_code(std::string_view text);

struct ErrorEvent {
    ErrorCode code = ErrorCode::bad_request;
    std::string text;
    std::string track; ///< where one is meant
};

/// The session is over: nothing follows it for this client.
struct Closed {
    std::string reason; ///< "left", "replaced", "timeout", "draining"
};

using EventBody = std::variant<Joined, ParticipantJoined, ParticipantLeft, OfferEvent, AnswerEvent,
                               CandidateEvent, IceRestarted, ConnectionClosed, TrackPublished,
                               TrackUnpublished, TrackMuted, MessageEvent, Speakers,
                               RecordingChanged, ConsentEvent, ErrorEvent, Closed>;

struct Event {
    ClientId client{};
    std::string request_id;
    EventBody body;
};

} // namespace parley::room
