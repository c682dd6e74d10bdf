// What a room says, leniently: a newer one may say more, and in words that are not known here.
#include "elements/common/room_words.hpp"
#include "elements/tap/control.hpp"
#include "elements/tap/control_parse.hpp"

#include <array>

namespace parley::tap {
namespace {

using json::Object;

constexpr std::int64_t any = INT64_MAX;
/// In 2104: what an NTP timestamp can say.
constexpr std::int64_t latest_utc_ns = 4'233'462'143'999'999'999;

Result<Format> read_format(const Object& o) {
    PARLEY_READ(payload_type, o.integer("payloadType", 0, 127));
    PARLEY_READ(clock_rate, o.integer("clockRate", 1, UINT32_MAX));
    PARLEY_READ(channels, words::integer_or_zero(o, "channels", 255));
    PARLEY_READ(fmtp, o.text_or("fmtp", ""));
    PARLEY_READ(objects, o.objects_or_none("extensions"));
    Format format{static_cast<std::uint8_t>(payload_type),
                  static_cast<std::uint32_t>(clock_rate),
                  channels == 0 ? 1U : static_cast<unsigned>(channels),
                  std::move(fmtp),
                  {}};
    for (const auto& item : objects) {
        PARLEY_READ(id, item.integer("id", 1, 255));
        PARLEY_READ(uri, item.text("uri"));
        format.extensions.push_back({static_cast<std::uint8_t>(id), std::move(uri)});
    }
    return format;
}

Result<Down> parse_welcome(const Object& o) {
    PARLEY_READ(version, o.integer("version", 1, UINT16_MAX));
    PARLEY_READ(room, o.text("room"));
    PARLEY_READ(wall, o.object("wall"));
    PARLEY_READ(monotonic, wall.integer("monotonicNs", 0, any));
    PARLEY_READ(utc, wall.integer("utcNs", 0, latest_utc_ns));
    PARLEY_READ(recording, o.flag_or("recording", false));
    PARLEY_READ(consent_required, o.flag_or("consentRequired", false));
    return Welcome{static_cast<unsigned>(version), std::move(room),
                   WallClock{Instant{Duration{monotonic}}, ntp_since_1970(Duration{utc})},
                   recording, consent_required};
}

Result<Down> parse_participant_joined(const Object& o) {
    PARLEY_READ(inner, o.object("participant"));
    PARLEY_READ(participant, words::read_participant(inner, "id"));
    PARLEY_READ(consent, o.flag_or("consent", false));
    participant.consent = consent;
    return ParticipantJoined{std::move(participant)};
}

Result<Down> parse_participant_left(const Object& o) {
    PARLEY_READ(participant, o.text("participant"));
    PARLEY_READ(reason, o.text_or("reason", ""));
    return ParticipantLeft{std::move(participant), std::move(reason)};
}

Result<Down> parse_track_published(const Object& o) {
    PARLEY_READ(track_object, o.object("track"));
    PARLEY_READ(track, words::read_track_info(track_object));
    PARLEY_READ(format_object, o.object("format"));
    PARLEY_READ(format, read_format(format_object));
    return TrackAdded{std::move(track), std::move(format)};
}

Result<Down> parse_track_unpublished(const Object& o) {
    PARLEY_READ(track, o.text("track"));
    return TrackRemoved{std::move(track)};
}

Result<Down> parse_mute(const Object& o) {
    PARLEY_READ(track, o.text("track"));
    PARLEY_READ(muted, o.flag("muted"));
    return TrackMuted{std::move(track), muted};
}

Result<Down> parse_track_layers(const Object& o) {
    PARLEY_READ(track, o.text("track"));
    PARLEY_READ(layers, words::read_layers(o));
    return TrackLayers{std::move(track), std::move(layers)};
}

Result<Down> parse_speakers(const Object& o) {
    PARLEY_READ(read, words::read_speakers(o));
    Speakers speakers{std::move(read)};
    return speakers;
}

Result<Down> parse_consent(const Object& o) {
    PARLEY_READ(participant, o.text("participant"));
    PARLEY_READ(recording, o.flag("recording"));
    return ConsentChanged{std::move(participant), recording};
}

Result<Down> parse_recording_started(const Object& o) {
    PARLEY_READ(consent_required, o.flag_or("consentRequired", false));
    return RecordingChanged{true, consent_required};
}

Result<Down> parse_recording_stopped(const Object& o) {
    PARLEY_READ(consent_required, o.flag_or("consentRequired", false));
    return RecordingChanged{false, consent_required};
}

Result<Down> parse_message(const Object& o) {
    PARLEY_READ(from, o.text("from"));
    PARLEY_READ(to, o.text_or("to", ""));
    PARLEY_READ(payload, words::read_payload(o));
    return MessageReceived{std::move(from), std::move(to), std::move(payload)};
}

Result<Down> parse_stream_started(const Object& o) {
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(ssrc, o.integer("ssrc", 0, UINT32_MAX));
    PARLEY_READ(rid, o.text_or("rid", ""));
    PARLEY_READ(width, words::integer_or_zero(o, "width", words::max_dimension));
    PARLEY_READ(height, words::integer_or_zero(o, "height", words::max_dimension));
    return StreamStarted{stream, static_cast<std::uint32_t>(ssrc), std::move(rid),
                         static_cast<unsigned>(width), static_cast<unsigned>(height)};
}

Result<Down> parse_stream_ended(const Object& o) {
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(reason, o.text_or("reason", ""));
    return StreamEnded{stream, std::move(reason)};
}

Result<Down> parse_gap(const Object& o) {
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(reason, o.text_or("reason", ""));
    PARLEY_READ(packets, words::integer_or_zero(o, "packets", any));
    PARLEY_READ(frames, words::integer_or_zero(o, "frames", any));
    NtpTime start;
    if (o.has("startUtcNs")) {
        PARLEY_READ(utc, o.integer("startUtcNs", 0, latest_utc_ns));
        start = ntp_since_1970(Duration{utc});
    }
    PARLEY_READ(duration, words::integer_or_zero(o, "durationNs", any));
    return Gap{stream,
               std::move(reason),
               static_cast<std::uint64_t>(packets),
               static_cast<std::uint64_t>(frames),
               start,
               Duration{duration}};
}

Result<Down> parse_joined(const Object& o) {
    PARLEY_READ(self, words::read_participant(o, "participant"));
    return Joined{std::move(self)};
}

Result<Down> parse_published(const Object& o) {
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(track, o.text("track"));
    return Published{stream, std::move(track)};
}

Result<Down> parse_keyframe_wanted(const Object& o) {
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(reason, o.text_or("reason", ""));
    return KeyframeWanted{stream,
                          parse_keyframe_reason(reason).value_or(KeyframeReason::decoder_refresh)};
}

Result<Down> parse_wanted(const Object& o) {
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(wanted, o.flag("wanted"));
    return Wanted{stream, wanted};
}

Result<Down> parse_error(const Object& o) {
    PARLEY_READ(code, o.text_or("code", ""));
    PARLEY_READ(text, o.text_or("text", ""));
    PARLEY_READ(stream, words::integer_or_zero(o, "stream", UINT32_MAX));
    return Refused{room::parse_error_code(code).value_or(room::ErrorCode::internal),
                   std::move(text), StreamId{static_cast<std::uint32_t>(stream)}};
}

Result<Down> parse_closed(const Object& o) {
    PARLEY_READ(reason, o.text_or("reason", ""));
    return Closed{std::move(reason)};
}

constexpr std::array message_types{
    MessageType<Down>{"welcome", parse_welcome},
    MessageType<Down>{"participant-joined", parse_participant_joined},
    MessageType<Down>{"participant-left", parse_participant_left},
    MessageType<Down>{"track-published", parse_track_published},
    MessageType<Down>{"track-unpublished", parse_track_unpublished},
    MessageType<Down>{"mute", parse_mute},
    MessageType<Down>{"track-layers", parse_track_layers},
    MessageType<Down>{"speakers", parse_speakers},
    MessageType<Down>{"consent", parse_consent},
    MessageType<Down>{"recording-started", parse_recording_started},
    MessageType<Down>{"recording-stopped", parse_recording_stopped},
    MessageType<Down>{"message", parse_message},
    MessageType<Down>{"stream-started", parse_stream_started},
    MessageType<Down>{"stream-ended", parse_stream_ended},
    MessageType<Down>{"gap", parse_gap},
    MessageType<Down>{"joined", parse_joined},
    MessageType<Down>{"published", parse_published},
    MessageType<Down>{"keyframe-wanted", parse_keyframe_wanted},
    MessageType<Down>{"wanted", parse_wanted},
    MessageType<Down>{"error", parse_error},
    MessageType<Down>{"closed", parse_closed},
};

} // namespace

Result<std::optional<Down>> parse_down(std::string_view json) {
    PARLEY_READ(document, json::Document::parse_object(json));
    PARLEY_READ(type, document.root().text("type"));
    return parse_message_of<Down>(message_types, type, document.root());
}

} // namespace parley::tap
