// Client messages: JSON to typed commands.
#include "elements/common/json.hpp"
#include "elements/common/names.hpp"
#include "elements/common/room_words.hpp"
#include "elements/signaling/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parley::signaling {
namespace {

using json::Object;

constexpr std::size_t max_mid_length = 32;
constexpr std::size_t max_rid_length = 64;
constexpr std::size_t max_resume_length = 128;
constexpr std::size_t max_offered_tracks = 256;

/// "publisher", "subscriber" or "subscriber/PARTICIPANT".
Result<std::string> connection(const Object& o) {
    PARLEY_READ(text, o.text("connection"));
    constexpr std::string_view one_shot = "subscriber/";
    const std::string_view view{text};
    if (text == "publisher" || text == "subscriber" ||
        (view.substr(0, one_shot.size()) == one_shot &&
         is_identifier(view.substr(one_shot.size())))) {
        return text;
    }
    return fail(o.where("connection") +
                ": must be \"publisher\", \"subscriber\" or \"subscriber/PARTICIPANT\"");
}

Result<ClientBody> parse_join(const Object& o) {
    JoinRequest join;
    PARLEY_READ(room, words::read_identifier(o, "room"));
    PARLEY_READ(name, words::read_display_name(o));
    PARLEY_READ(token, o.text_or("token", ""));
    PARLEY_READ(role, words::read_role(o));
    PARLEY_READ(participant, words::read_identifier_or_none(o, "participant"));
    PARLEY_READ(resume, o.text_or("resume", ""));
    if (resume.size() > max_resume_length) return fail("resume: is no key of ours");
    PARLEY_READ(peer, o.text_or("peer", ""));
    if (!peer.empty() && peer != "one-shot") return fail("peer: must be \"one-shot\"");
    PARLEY_READ(auto_subscribe, o.flag_or("autoSubscribe", true));
    PARLEY_READ(consent, o.flag_or("consent", false));

    join.room = std::move(room);
    join.name = std::move(name);
    join.token = std::move(token);
    join.role = role;
    join.participant = std::move(participant);
    join.resume = std::move(resume);
    join.one_shot = !peer.empty();
    join.auto_subscribe = auto_subscribe;
    join.consent = consent;
    return join;
}

Result<ClientBody> parse_offer(const Object& o) {
    PARLEY_READ(name, connection(o));
    if (name != "publisher") {
        return fail("connection: only \"publisher\" is offered by the client");
    }
    PARLEY_READ(sdp, words::read_bounded(o, "sdp", max_message_size));
    room::Offer offer{std::move(name), std::move(sdp), {}};
    PARLEY_READ(objects, o.objects_or_none("tracks"));
    if (objects.size() > max_offered_tracks) return fail("tracks: too many");
    for (const auto& item : objects) {
        PARLEY_READ(mid, words::read_bounded(item, "mid", max_mid_length));
        PARLEY_READ(source, words::read_source(item));
        PARLEY_READ(muted, item.flag_or("muted", false));
        offer.tracks.push_back({std::move(mid), source, muted});
    }
    return offer;
}

Result<ClientBody> parse_answer(const Object& o) {
    PARLEY_READ(name, connection(o));
    if (name == "publisher") return fail("connection: \"publisher\" is not offered by the server");
    PARLEY_READ(revision, o.integer("revision", 0, UINT32_MAX));
    PARLEY_READ(sdp, words::read_bounded(o, "sdp", max_message_size));
    return room::Answer{std::move(name), static_cast<std::uint32_t>(revision), std::move(sdp)};
}

Result<ClientBody> parse_candidate(const Object& o) {
    PARLEY_READ(name, connection(o));
    room::AddCandidate add{std::move(name), {}};
    auto* node = o.node("candidate");
    if (!node) return fail("candidate: missing");
    if (JSON_NODE_HOLDS_NULL(node)) return add;
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        PARLEY_READ(text, o.text("candidate"));
        if (!text.empty()) return fail("candidate: must be an object, null or an empty string");
        return add;
    }
    PARLEY_READ(inner, o.object("candidate"));
    PARLEY_READ(candidate, inner.text("candidate"));
    PARLEY_READ(mid, inner.text_or("sdpMid", ""));
    if (mid.size() > max_mid_length) return fail("candidate.sdpMid: too long");
    if (inner.has("sdpMLineIndex")) {
        PARLEY_READ(index, inner.integer("sdpMLineIndex", 0, 65535));
        static_cast<void>(index);
    }
    add.candidate = {std::move(candidate), std::move(mid)};
    return add;
}

Result<ClientBody> parse_subscribe(const Object& o) {
    PARLEY_READ(id, words::read_track(o));
    PARLEY_READ(layer, words::read_layer(o, max_rid_length));
    return room::Subscribe{std::move(id), std::move(layer)};
}

Result<ClientBody> parse_message(const Object& o) {
    PARLEY_READ(to, words::read_identifier_or_none(o, "to"));
    PARLEY_READ(payload, words::read_payload(o));
    return room::Message{std::move(to), std::move(payload)};
}

Result<ClientBody> parse_restart(const Object& o) {
    PARLEY_READ(name, connection(o));
    if (name == "publisher") {
        return fail("connection: of \"publisher\" the client restarts ICE by its offer");
    }
    return room::RestartIce{std::move(name)};
}

Result<ClientBody> parse_unsubscribe(const Object& o) {
    PARLEY_READ(id, words::read_track(o));
    return room::Unsubscribe{std::move(id)};
}

Result<ClientBody> parse_unpublish(const Object& o) {
    PARLEY_READ(id, words::read_track(o));
    return room::Unpublish{std::move(id)};
}

Result<ClientBody> parse_mute(const Object& o) {
    PARLEY_READ(id, words::read_track(o));
    PARLEY_READ(muted, o.flag("muted"));
    return room::Mute{std::move(id), muted};
}

Result<ClientBody> parse_consent(const Object& o) {
    PARLEY_READ(recording, o.flag("recording"));
    return room::Consent{recording};
}

Result<ClientBody> parse_leave(const Object&) {
    return room::Leave{"left"};
}

Result<ClientBody> parse_ping(const Object&) {
    return Ping{};
}

struct MessageType {
    std::string_view name;
    Result<ClientBody> (*parse)(const Object&);
};

constexpr std::array message_types{
    MessageType{"join", parse_join},
    MessageType{"offer", parse_offer},
    MessageType{"answer", parse_answer},
    MessageType{"ice-candidate", parse_candidate},
    MessageType{"restart-ice", parse_restart},
    MessageType{"subscribe", parse_subscribe},
    MessageType{"unsubscribe", parse_unsubscribe},
    MessageType{"unpublish", parse_unpublish},
    MessageType{"mute", parse_mute},
    MessageType{"message", parse_message},
    MessageType{"consent", parse_consent},
    MessageType{"ping", parse_ping},
    MessageType{"leave", parse_leave},
};

/// `id`: a string or a number, kept as JSON text to be echoed.
Result<std::string> request_id(const Object& o) {
    constexpr std::size_t max_length = 256;
    if (!o.has("id")) return std::string{};
    auto* node = o.node("id");
    const GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;
    if (type != G_TYPE_STRING && type != G_TYPE_INT64 && type != G_TYPE_DOUBLE) {
        return fail("id: must be a string or a number");
    }
    auto text = json::to_text(node);
    if (text && text->size() > max_length) return fail("id: too long");
    return text;
}

} // namespace

tl::expected<ClientMessage, ProtocolError> parse_client_message(std::string_view text) {
    const auto refuse = [](std::string why, std::string id = {}) {
        return tl::make_unexpected(
            ProtocolError{room::ErrorCode::bad_request, std::move(why), std::move(id)});
    };
    auto document = json::Document::parse_object(text);
    if (!document) return refuse(std::move(document.error().text));
    const auto root = document->root();
    auto id = request_id(root);
    if (!id) return refuse(std::move(id.error().text));
    const auto type = root.text("type");
    if (!type) return refuse(type.error().text, *id);
    const auto* known =
        std::find_if(message_types.begin(), message_types.end(),
                     [&](const MessageType& candidate) { return candidate.name == *type; });
    if (known == message_types.end()) {
        return refuse(fmt::format("type: \"{}\" is unknown", json::cut(*type, 64)), *id);
    }
    auto body = known->parse(root);
    if (!body) return refuse(fmt::format("{}: {}", *type, body.error().text), *id);
    return ClientMessage{std::move(*id), std::move(*body)};
}

} // namespace parley::signaling
