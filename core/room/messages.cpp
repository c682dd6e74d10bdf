#include "core/room/messages.hpp"

#include "core/room/outbox.hpp"

namespace parley::room {

std::string_view to_string(Role role) {
    return role == Role::agent ? "agent" : "participant";
}

std::string_view to_string(MediaKind kind) {
    return kind == TrackKind::audio ? "audio" : "video";
}

std::string_view to_string(TrackSource source) {
    switch (source) {
    case TrackSource::camera:
        return "camera";
    case TrackSource::microphone:
        return "microphone";
    case TrackSource::screen:
        return "screen";
    case TrackSource::screen_audio:
        return "screen-audio";
    }
    return "";
}

std::optional<Role> parse_role(std::string_view text) {
    for (const auto role : {Role::participant, Role::agent}) {
        if (text == to_string(role)) return role;
    }
    return {};
}

std::optional<MediaKind> parse_media_kind(std::string_view text) {
    for (const auto kind : {MediaKind::audio, MediaKind::video}) {
        if (text == to_string(kind)) return kind;
    }
    return {};
}

std::optional<TrackSource> parse_track_source(std::string_view text) {
    for (const auto source : {TrackSource::camera, TrackSource::microphone, TrackSource::screen,
                              TrackSource::screen_audio}) {
        if (text == to_string(source)) return source;
    }
    return {};
}

std::string_view to_string(ErrorCode code) {
    switch (code) {
    case ErrorCode::bad_request:
        return "bad-request";
    case ErrorCode::not_joined:
        return "not-joined";
    case ErrorCode::already_joined:
        return "already-joined";
    case ErrorCode::unauthorized:
        return "unauthorized";
    case ErrorCode::forbidden:
        return "forbidden";
    case ErrorCode::room_full:
        return "room-full";
    case ErrorCode::too_many_rooms:
        return "too-many-rooms";
    case ErrorCode::name_taken:
        return "name-taken";
    case ErrorCode::unknown_track:
        return "unknown-track";
    case ErrorCode::unknown_participant:
        return "unknown-participant";
    case ErrorCode::unknown_connection:
        return "unknown-connection";
    case ErrorCode::bad_sdp:
        return "bad-sdp";
    case ErrorCode::track_unsupported:
        return "track-unsupported";
    case ErrorCode::resume_failed:
        return "resume-failed";
    case ErrorCode::rate_limited:
        return "rate-limited";
    case ErrorCode::too_large:
        return "too-large";
    case ErrorCode::server_draining:
        return "server-draining";
    case ErrorCode::internal:
        return "internal";
    }
    return "internal";
}

std::optional<ErrorCode> parse_error_code(std::string_view text) {
    for (unsigned i = 0; i <= static_cast<unsigned>(ErrorCode::internal); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        if (text == to_string(code)) return code;
    }
    return {};
}

std::string_view to_string(Notice::Kind kind) {
    switch (kind) {
    case Notice::Kind::room_opened:
        return "room-opened";
    case Notice::Kind::room_closed:
        return "room-closed";
    case Notice::Kind::participant_joined:
        return "participant-joined";
    case Notice::Kind::participant_left:
        return "participant-left";
    case Notice::Kind::track_published:
        return "track-published";
    case Notice::Kind::track_unpublished:
        return "track-unpublished";
    case Notice::Kind::recording_started:
        return "recording-started";
    case Notice::Kind::recording_stopped:
        return "recording-stopped";
    }
    return "";
}

} // namespace parley::room
