// What clients say, strictly: whatever they connect from, the room repeats it to others.
#include "core/router/incoming_track.hpp"
#include "elements/common/names.hpp"
#include "elements/common/room_words.hpp"
#include "elements/tap/control.hpp"
#include "elements/tap/control_parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parley::tap {
namespace {

using json::Object;

constexpr std::size_t max_rid_length = 16;
constexpr std::size_t max_token_length = 3072; // a hello stays within 4096 bytes
constexpr std::size_t max_fmtp_length = 1024;

/// No member beside these: a misspelt wish would go unheard. Leaves the function with the error.
#define PARLEY_ONLY(object, ...)                                                                   \
    if (auto only_result = (object).only({__VA_ARGS__}); !only_result) {                           \
        return tl::make_unexpected(only_result.error());                                           \
    }                                                                                              \
    static_assert(true)

Result<LayerChoice> read_layer(const Object& o) {
    if (o.has("layer") && JSON_NODE_HOLDS_OBJECT(o.node("layer"))) {
        PARLEY_READ(inner, o.object("layer"));
        if (inner.has("rid")) {
            PARLEY_ONLY(inner, "rid", "exact");
        } else {
            PARLEY_ONLY(inner, "maxWidth", "maxHeight");
        }
    }
    return words::read_layer(o, max_rid_length);
}

Result<Up> parse_hello(const Object& o) {
    PARLEY_ONLY(o, "type", "version", "room", "token", "purpose", "consentRequired");
    PARLEY_READ(version, o.integer("version", 1, UINT16_MAX));
    PARLEY_READ(room, words::read_identifier_or_none(o, "room"));
    PARLEY_READ(token, o.text_or("token", ""));
    if (token.size() > max_token_length) return fail("token: is too long");
    PARLEY_READ(purpose_text, o.text_or("purpose", "none"));
    const auto purpose = parse_purpose(purpose_text);
    if (!purpose) return fail(R"(purpose: must be "none", "recording", "hls" or "mix")");
    PARLEY_READ(consent_required, o.flag_or("consentRequired", false));
    return Hello{static_cast<unsigned>(version), std::move(room), std::move(token), *purpose,
                 consent_required};
}

Result<Up> parse_subscribe(const Object& o) {
    PARLEY_ONLY(o, "type", "stream", "track", "layer", "paused");
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(track, words::read_track(o));
    PARLEY_READ(layer, read_layer(o));
    PARLEY_READ(paused, o.flag_or("paused", false));
    return Subscribe{stream, std::move(track), std::move(layer), paused};
}

Result<Up> parse_unsubscribe(const Object& o) {
    PARLEY_ONLY(o, "type", "stream");
    PARLEY_READ(stream, read_stream(o));
    return Unsubscribe{stream};
}

Result<Up> parse_choose_layer(const Object& o) {
    PARLEY_ONLY(o, "type", "stream", "layer");
    PARLEY_READ(stream, read_stream(o));
    if (!o.has("layer")) return fail("layer: missing");
    PARLEY_READ(layer, read_layer(o));
    return ChooseLayer{stream, std::move(layer)};
}

Result<Up> parse_pause(const Object& o) {
    PARLEY_ONLY(o, "type", "stream", "paused");
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(paused, o.flag("paused"));
    return Pause{stream, paused};
}

Result<Up> parse_request_keyframe(const Object& o) {
    PARLEY_ONLY(o, "type", "stream", "reason");
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(text, o.text("reason"));
    const auto reason = parse_keyframe_reason(text);
    if (!reason) return fail("reason: is none of those that are known");
    return RequestKeyframe{stream, *reason};
}

Result<Up> parse_join(const Object& o) {
    PARLEY_ONLY(o, "type", "participant", "name", "role", "consent");
    PARLEY_READ(participant, words::read_identifier_or_none(o, "participant"));
    PARLEY_READ(name, words::read_display_name(o));
    PARLEY_READ(role, words::read_role(o));
    PARLEY_READ(consent, o.flag_or("consent", false));
    return Join{std::move(participant), std::move(name), role, consent};
}

Result<Up> parse_leave(const Object& o) {
    PARLEY_ONLY(o, "type");
    return Leave{};
}

Result<std::vector<PublishedLayer>> read_layers(const Object& o) {
    PARLEY_READ(objects, o.objects_or_none("layers"));
    if (objects.empty() || objects.size() > IncomingTrack::max_layers) {
        return fail(fmt::format("layers: must be 1 to {}", IncomingTrack::max_layers));
    }
    std::vector<PublishedLayer> layers;
    for (const auto& item : objects) {
        PARLEY_ONLY(item, "stream", "rid");
        PARLEY_READ(stream, read_stream(item));
        PARLEY_READ(rid, item.text_or("rid", ""));
        const bool alone_without_rid = rid.empty() && objects.size() == 1;
        if (!alone_without_rid && !is_rid(rid, max_rid_length)) {
            return fail(fmt::format("{}: must be 1 to {} letters, digits, '_' or '-'",
                                    item.where("rid"), max_rid_length));
        }
        for (const auto& other : layers) {
            if (other.stream == stream) return fail(item.where("stream") + ": is there twice");
            if (other.rid == rid) return fail(item.where("rid") + ": is there twice");
        }
        layers.push_back({stream, std::move(rid)});
    }
    return layers;
}

Result<Up> parse_publish(const Object& o) {
    PARLEY_ONLY(o, "type", "source", "codec", "fmtp", "payloadType", "muted", "keyframesOnDemand",
                "layers");
    PARLEY_READ(source, words::read_source(o));
    PARLEY_READ(codec, words::read_identifier(o, "codec"));
    PARLEY_READ(fmtp, o.text_or("fmtp", ""));
    // It becomes a part of a line of SDP.
    const bool one_line =
        std::all_of(fmtp.begin(), fmtp.end(), [](char c) { return g_ascii_isprint(c); });
    if (!one_line || fmtp.size() > max_fmtp_length) {
        return fail(
            fmt::format("fmtp: must be at most {} printable ASCII characters", max_fmtp_length));
    }
    PARLEY_READ(payload_type, o.integer("payloadType", 0, 127));
    PARLEY_READ(muted, o.flag_or("muted", false));
    PARLEY_READ(on_demand, o.flag_or("keyframesOnDemand", true));
    PARLEY_READ(layers, read_layers(o));
    return Publish{
        source, std::move(codec), std::move(fmtp),  static_cast<std::uint8_t>(payload_type),
        muted,  on_demand,        std::move(layers)};
}

Result<Up> parse_unpublish(const Object& o) {
    PARLEY_ONLY(o, "type", "stream");
    PARLEY_READ(stream, read_stream(o));
    return Unpublish{stream};
}

Result<Up> parse_mute(const Object& o) {
    PARLEY_ONLY(o, "type", "stream", "muted");
    PARLEY_READ(stream, read_stream(o));
    PARLEY_READ(muted, o.flag("muted"));
    return Mute{stream, muted};
}

Result<Up> parse_message(const Object& o) {
    PARLEY_ONLY(o, "type", "to", "text", "data");
    PARLEY_READ(to, words::read_identifier_or_none(o, "to"));
    PARLEY_READ(payload, words::read_payload(o));
    return SendMessage{std::move(to), std::move(payload)};
}

#undef PARLEY_ONLY

constexpr std::array message_types{
    MessageType<Up>{"hello", parse_hello},
    MessageType<Up>{"subscribe", parse_subscribe},
    MessageType<Up>{"unsubscribe", parse_unsubscribe},
    MessageType<Up>{"choose-layer", parse_choose_layer},
    MessageType<Up>{"pause", parse_pause},
    MessageType<Up>{"request-keyframe", parse_request_keyframe},
    MessageType<Up>{"join", parse_join},
    MessageType<Up>{"leave", parse_leave},
    MessageType<Up>{"publish", parse_publish},
    MessageType<Up>{"unpublish", parse_unpublish},
    MessageType<Up>{"mute", parse_mute},
    MessageType<Up>{"message", parse_message},
};

} // namespace

Result<Up> parse_up(std::string_view json) {
    PARLEY_READ(document, json::Document::parse_object(json));
    PARLEY_READ(type, document.root().text("type"));
    auto message = parse_message_of<Up>(message_types, type, document.root());
    if (!message) return tl::make_unexpected(message.error());
    if (!*message) return fail(fmt::format("type: \"{}\" is unknown", json::cut(type, 64)));
    return std::move(**message);
}

} // namespace parley::tap
