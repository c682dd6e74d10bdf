#include "elements/room/remote/rooms_protocol.hpp"

#include "elements/common/json.hpp"
#include "elements/common/room_words.hpp"

#include <array>
#include <utility>

namespace parley::rooms {
namespace {

using json::Object;
using json::Writer;

/// An m-line's number is not known by the server for a mid: the first one has them all (BUNDLE).
constexpr std::int64_t max_revision = UINT32_MAX;

Result<std::vector<std::string>> read_texts(const Object& o, const char* member) {
    std::vector<std::string> texts;
    auto* const node = o.node(member);
    if (node == nullptr) return texts;
    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING) {
        texts.emplace_back(json_node_get_string(node));
        return texts;
    }
    if (!JSON_NODE_HOLDS_ARRAY(node)) return fail(o.where(member) + ": must be an array of texts");
    auto* const array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); ++i) {
        auto* const item = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_VALUE(item) || json_node_get_value_type(item) != G_TYPE_STRING) {
            return fail(o.where(member) + ": must be an array of texts");
        }
        texts.emplace_back(json_node_get_string(item));
    }
    return texts;
}

Result<std::vector<CarriedTrack>> read_carried(const Object& o) {
    PARLEY_READ(objects, o.objects_or_none("tracks"));
    std::vector<CarriedTrack> tracks;
    for (const auto& item : objects) {
        PARLEY_READ(mid, item.text("mid"));
        PARLEY_READ(track, item.text("track"));
        tracks.push_back({std::move(mid), std::move(track)});
    }
    return tracks;
}

Result<ServerMessage> parse_joined(const Object& o) {
    Joined joined;
    PARLEY_READ(participant, o.text("participant"));
    PARLEY_READ(resume, o.text_or("resume", ""));
    PARLEY_READ(resumed, o.flag_or("resumed", false));
    PARLEY_READ(recording, o.flag_or("recording", false));
    PARLEY_READ(consent_required, o.flag_or("consentRequired", false));
    PARLEY_READ(servers, o.objects_or_none("iceServers"));
    for (const auto& item : servers) {
        PARLEY_READ(urls, read_texts(item, "urls"));
        PARLEY_READ(username, item.text_or("username", ""));
        PARLEY_READ(credential, item.text_or("credential", ""));
        joined.ice_servers.push_back({std::move(urls), std::move(username), std::move(credential)});
    }
    PARLEY_READ(participants, o.objects_or_none("participants"));
    for (const auto& item : participants) {
        PARLEY_READ(info, words::read_participant(item, "id"));
        joined.participants.push_back(std::move(info));
    }
    PARLEY_READ(tracks, o.objects_or_none("tracks"));
    for (const auto& item : tracks) {
        PARLEY_READ(info, words::read_track_info(item));
        joined.tracks.push_back(std::move(info));
    }
    joined.participant = std::move(participant);
    joined.resume = std::move(resume);
    joined.resumed = resumed;
    joined.recording = recording;
    joined.consent_required = consent_required;
    return joined;
}

Result<ServerMessage> parse_offer(const Object& o) {
    PARLEY_READ(connection, o.text("connection"));
    PARLEY_READ(revision, o.integer("revision", 0, max_revision));
    PARLEY_READ(sdp, o.text("sdp"));
    PARLEY_READ(tracks, read_carried(o));
    return Offer{std::move(connection), static_cast<std::uint32_t>(revision), std::move(sdp),
                 std::move(tracks)};
}

Result<ServerMessage> parse_answer(const Object& o) {
    PARLEY_READ(connection, o.text("connection"));
    PARLEY_READ(sdp, o.text("sdp"));
    PARLEY_READ(tracks, read_carried(o));
    return Answer{std::move(connection), std::move(sdp), std::move(tracks)};
}

Result<ServerMessage> parse_connection_closed(const Object& o) {
    PARLEY_READ(connection, o.text("connection"));
    return ConnectionClosed{std::move(connection)};
}

Result<ServerMessage> parse_track_published(const Object& o) {
    PARLEY_READ(inner, o.object("track"));
    PARLEY_READ(track, words::read_track_info(inner));
    return TrackPublished{std::move(track)};
}

Result<ServerMessage> parse_left(const Object& o) {
    PARLEY_READ(reason, o.text_or("reason", ""));
    return Left{std::move(reason)};
}

Result<ServerMessage> parse_error(const Object& o) {
    PARLEY_READ(code, o.text_or("code", ""));
    PARLEY_READ(text, o.text_or("text", ""));
    // That of another request than ours may be a number.
    const auto id = o.text_or("id", "");
    PARLEY_READ(track, o.text_or("track", ""));
    return Refused{room::parse_error_code(code).value_or(room::ErrorCode::internal),
                   std::move(text), id ? *id : std::string{}, std::move(track)};
}

Result<ServerMessage> parse_participant_joined(const Object& o) {
    PARLEY_READ(inner, o.object("participant"));
    PARLEY_READ(participant, words::read_participant(inner, "id"));
    return News{tap::ParticipantJoined{std::move(participant)}};
}

Result<ServerMessage> parse_participant_left(const Object& o) {
    PARLEY_READ(participant, o.text("participant"));
    PARLEY_READ(reason, o.text_or("reason", ""));
    return News{tap::ParticipantLeft{std::move(participant), std::move(reason)}};
}

Result<ServerMessage> parse_track_unpublished(const Object& o) {
    PARLEY_READ(track, o.text("track"));
    return News{tap::TrackRemoved{std::move(track)}};
}

Result<ServerMessage> parse_mute(const Object& o) {
    PARLEY_READ(track, o.text("track"));
    PARLEY_READ(muted, o.flag("muted"));
    return News{tap::TrackMuted{std::move(track), muted}};
}

Result<ServerMessage> parse_speakers(const Object& o) {
    PARLEY_READ(speakers, words::read_speakers(o));
    return News{tap::Speakers{std::move(speakers)}};
}

Result<ServerMessage> parse_consent(const Object& o) {
    PARLEY_READ(participant, o.text("participant"));
    PARLEY_READ(recording, o.flag("recording"));
    return News{tap::ConsentChanged{std::move(participant), recording}};
}

Result<ServerMessage> parse_recording_started(const Object& o) {
    PARLEY_READ(consent_required, o.flag_or("consentRequired", false));
    return News{tap::RecordingChanged{true, consent_required}};
}

Result<ServerMessage> parse_recording_stopped(const Object& o) {
    PARLEY_READ(consent_required, o.flag_or("consentRequired", false));
    return News{tap::RecordingChanged{false, consent_required}};
}

struct MessageType {
    std::string_view name;
    Result<ServerMessage> (*parse)(const Object& o);
};

constexpr std::array message_types{
    MessageType{"joined", parse_joined},
    MessageType{"offer", parse_offer},
    MessageType{"answer", parse_answer},
    MessageType{"connection-closed", parse_connection_closed},
    MessageType{"track-published", parse_track_published},
    MessageType{"track-unpublished", parse_track_unpublished},
    MessageType{"participant-joined", parse_participant_joined},
    MessageType{"participant-left", parse_participant_left},
    MessageType{"mute", parse_mute},
    MessageType{"speakers", parse_speakers},
    MessageType{"consent", parse_consent},
    MessageType{"recording-started", parse_recording_started},
    MessageType{"recording-stopped", parse_recording_stopped},
    MessageType{"left", parse_left},
    MessageType{"error", parse_error},
};

Writer begin(std::string_view type) {
    Writer writer;
    writer.begin_object().member("type", type);
    return writer;
}

} // namespace

Result<std::optional<ServerMessage>> parse_server_message(std::string_view text) {
    const auto document = json::Document::parse_object(text);
    if (!document) return tl::make_unexpected(document.error());
    const auto root = document->root();
    PARLEY_READ(type, root.text("type"));
    for (const auto& known : message_types) {
        if (known.name != type) continue;
        auto message = known.parse(root);
        if (!message) return tl::make_unexpected(message.error());
        return std::optional<ServerMessage>{std::move(*message)};
    }
    return std::optional<ServerMessage>{};
}

std::string print_join(const JoinRequest& request) {
    auto w = begin("join");
    w.member("id", "join").member("room", request.room).member("name", request.name);
    w.member("role", room::to_string(request.role));
    w.member("peer", "one-shot").member("autoSubscribe", false);
    if (!request.token.empty()) w.member("token", request.token);
    if (!request.participant.empty()) w.member("participant", request.participant);
    if (!request.resume.empty()) w.member("resume", request.resume);
    if (request.consent) w.member("consent", true);
    return w.end_object().take();
}

std::string print_offer(std::string_view sdp, const std::vector<PublishedSource>& tracks) {
    auto w = begin("offer");
    w.member("id", "offer").member("connection", "publisher").member("sdp", sdp);
    w.begin_array("tracks");
    for (const auto& track : tracks) {
        w.begin_object()
            .member("mid", track.mid)
            .member("source", room::to_string(track.source))
            .member("muted", track.muted)
            .end_object();
    }
    return w.end_array().end_object().take();
}

std::string print_answer(std::string_view connection, std::uint32_t revision,
                         std::string_view sdp) {
    auto w = begin("answer");
    w.member("connection", connection).member("revision", std::uint64_t{revision});
    return w.member("sdp", sdp).end_object().take();
}

std::string print_candidate(std::string_view connection, std::string_view candidate,
                            unsigned m_line) {
    auto w = begin("ice-candidate");
    w.member("connection", connection).begin_object("candidate");
    w.member("candidate", candidate).member("sdpMLineIndex", m_line);
    return w.end_object().end_object().take();
}

std::string print_restart_ice(std::string_view connection) {
    return begin("restart-ice").member("connection", connection).end_object().take();
}

std::string print_subscribe(std::string_view track, const LayerChoice& layer) {
    auto w = begin("subscribe");
    w.member("id", "subscribe").member("track", track);
    words::print(w, layer);
    return w.end_object().take();
}

std::string print_unsubscribe(std::string_view track) {
    return begin("unsubscribe").member("track", track).end_object().take();
}

std::string print_unpublish(std::string_view track) {
    return begin("unpublish").member("track", track).end_object().take();
}

std::string print_mute(std::string_view track, bool muted) {
    return begin("mute").member("track", track).member("muted", muted).end_object().take();
}

std::string print_leave() {
    return begin("leave").end_object().take();
}

} // namespace parley::rooms
