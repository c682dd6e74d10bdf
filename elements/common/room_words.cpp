#include "elements/common/room_words.hpp"

#include "elements/common/names.hpp"

#include <fmt/format.h>

namespace parley::words {

using json::Object;
using json::Writer;

void print(Writer& w, const room::ParticipantInfo& participant) {
    w.member("id", participant.id)
        .member("name", participant.name)
        .member("role", room::to_string(participant.role));
}

void print(Writer& w, const room::TrackInfo& track) {
    w.member("id", track.id)
        .member("participant", track.participant)
        .member("kind", room::to_string(track.kind))
        .member("source", room::to_string(track.source))
        .member("codec", track.codec)
        .member("muted", track.muted);
    print(w, track.layers);
}

void print(Writer& w, const std::vector<room::LayerInfo>& layers) {
    w.begin_array("layers");
    for (const auto& layer : layers) {
        w.begin_object()
            .member("rid", layer.rid)
            .member("width", layer.width)
            .member("height", layer.height)
            .end_object();
    }
    w.end_array();
}

void print(Writer& w, const std::vector<room::Speakers::Speaker>& speakers) {
    w.begin_array("speakers");
    for (const auto& speaker : speakers) {
        w.begin_object()
            .member("participant", speaker.participant)
            .member("level", speaker.level)
            .end_object();
    }
    w.end_array();
}

void print(Writer& w, const LayerChoice& choice) {
    switch (choice.kind) {
    case LayerChoice::Kind::highest:
        w.member("layer", "highest");
        return;
    case LayerChoice::Kind::lowest:
        w.member("layer", "lowest");
        return;
    case LayerChoice::Kind::rid:
        w.begin_object("layer").member("rid", choice.rid).member("exact", choice.exact);
        break;
    case LayerChoice::Kind::fit:
        w.begin_object("layer");
        if (choice.max_width != 0) w.member("maxWidth", choice.max_width);
        if (choice.max_height != 0) w.member("maxHeight", choice.max_height);
        break;
    }
    w.end_object();
}

namespace {

constexpr const char* layer_forms = ": must be \"highest\", \"lowest\", a rid or a size";

Result<unsigned> dimension(const Object& o, const char* member) {
    if (!o.has(member)) return 0U;
    PARLEY_READ(value, o.integer(member, 1, max_dimension));
    return static_cast<unsigned>(value);
}

Result<LayerChoice> read_layer_object(const Object& o, std::size_t max_rid_length) {
    LayerChoice choice;
    if (o.has("rid")) {
        PARLEY_READ(rid, o.text("rid"));
        PARLEY_READ(exact, o.flag_or("exact", false));
        // A track of one layer has the empty rid.
        if (!rid.empty() && !is_rid(rid, max_rid_length)) {
            return fail(fmt::format("{}: must be at most {} letters, digits, '_' or '-'",
                                    o.where("rid"), max_rid_length));
        }
        choice.kind = LayerChoice::Kind::rid;
        choice.rid = std::move(rid);
        choice.exact = exact;
        return choice;
    }
    PARLEY_READ(width, dimension(o, "maxWidth"));
    PARLEY_READ(height, dimension(o, "maxHeight"));
    choice.kind = LayerChoice::Kind::fit;
    choice.max_width = width;
    choice.max_height = height;
    return choice;
}

} // namespace

Result<std::string> read_bounded(const Object& o, const char* member, std::size_t maximum) {
    PARLEY_READ(text, o.text(member));
    if (text.empty() || text.size() > maximum) {
        return fail(fmt::format("{}: must be 1 to {} bytes long", o.where(member), maximum));
    }
    return text;
}

Result<std::string> read_identifier(const Object& o, const char* member) {
    PARLEY_READ(text, o.text(member));
    if (!is_identifier(text)) {
        return fail(fmt::format("{}: must be 1 to {} letters, digits, '.', '_' or '-'",
                                o.where(member), max_name_length));
    }
    return text;
}

Result<std::string> read_identifier_or_none(const Object& o, const char* member) {
    if (!o.has(member)) return std::string{};
    return read_identifier(o, member);
}

Result<std::string> read_track(const Object& o) {
    return read_bounded(o, "track", 2 * max_name_length + 1);
}

Result<std::string> read_display_name(const Object& o) {
    PARLEY_READ(name, o.text("name"));
    if (!is_display_name(name)) {
        return fail(fmt::format("{}: must be 1 to {} characters, without control characters",
                                o.where("name"), max_name_length));
    }
    return name;
}

Result<room::Role> read_role(const Object& o) {
    PARLEY_READ(text, o.text_or("role", "participant"));
    const auto role = room::parse_role(text);
    if (!role) return fail(o.where("role") + ": must be \"participant\" or \"agent\"");
    return *role;
}

Result<room::TrackSource> read_source(const Object& o) {
    PARLEY_READ(text, o.text("source"));
    const auto source = room::parse_track_source(text);
    if (!source) {
        return fail(o.where("source") +
                    ": must be \"camera\", \"microphone\", \"screen\" or \"screen-audio\"");
    }
    return *source;
}

Result<LayerChoice> read_layer(const Object& o, std::size_t max_rid_length) {
    LayerChoice choice;
    if (!o.has("layer")) return choice;
    if (JSON_NODE_HOLDS_OBJECT(o.node("layer"))) {
        PARLEY_READ(inner, o.object("layer"));
        return read_layer_object(inner, max_rid_length);
    }
    PARLEY_READ(text, o.text("layer"));
    if (text == "highest") return choice;
    if (text == "lowest") {
        choice.kind = LayerChoice::Kind::lowest;
        return choice;
    }
    if (!is_rid(text, max_rid_length)) return fail(o.where("layer") + layer_forms);
    choice.kind = LayerChoice::Kind::rid;
    choice.rid = std::move(text);
    return choice;
}

Result<std::string> read_payload(const Object& o) {
    const bool has_text = o.node("text") != nullptr;
    auto* data = o.node("data");
    if (has_text == (data != nullptr)) return fail("a message has either text or data");
    if (has_text) {
        PARLEY_READ(text, o.text("text"));
        return "\"text\":" + json::quoted(text);
    }
    PARLEY_READ(text, json::to_text(data));
    return "\"data\":" + text;
}

Result<std::int64_t> integer_or_zero(const json::Object& o, const char* member,
                                     std::int64_t maximum) {
    if (!o.has(member)) return 0;
    return o.integer(member, 0, maximum);
}

Result<room::ParticipantInfo> read_participant(const json::Object& o, const char* id_member) {
    PARLEY_READ(id, o.text(id_member));
    PARLEY_READ(name, o.text_or("name", ""));
    PARLEY_READ(role, o.text_or("role", ""));
    PARLEY_READ(consent, o.flag_or("consent", false));
    return room::ParticipantInfo{std::move(id), std::move(name),
                                 room::parse_role(role).value_or(room::Role::participant), consent};
}

Result<std::vector<room::LayerInfo>> read_layers(const json::Object& o) {
    PARLEY_READ(objects, o.objects_or_none("layers"));
    std::vector<room::LayerInfo> layers;
    for (const auto& item : objects) {
        PARLEY_READ(rid, item.text_or("rid", ""));
        PARLEY_READ(width, integer_or_zero(item, "width", max_dimension));
        PARLEY_READ(height, integer_or_zero(item, "height", max_dimension));
        layers.push_back(
            {std::move(rid), static_cast<unsigned>(width), static_cast<unsigned>(height)});
    }
    return layers;
}

Result<room::TrackInfo> read_track_info(const json::Object& o) {
    PARLEY_READ(id, o.text("id"));
    PARLEY_READ(participant, o.text("participant"));
    PARLEY_READ(kind_text, o.text("kind"));
    const auto kind = room::parse_media_kind(kind_text);
    if (!kind) return fail(o.where("kind") + R"(: must be "audio" or "video")");
    PARLEY_READ(source_text, o.text_or("source", ""));
    const auto usual =
        *kind == MediaKind::audio ? room::TrackSource::microphone : room::TrackSource::camera;
    PARLEY_READ(codec, o.text("codec"));
    PARLEY_READ(muted, o.flag_or("muted", false));
    PARLEY_READ(layers, read_layers(o));
    return room::TrackInfo{std::move(id),
                           std::move(participant),
                           *kind,
                           room::parse_track_source(source_text).value_or(usual),
                           std::move(codec),
                           muted,
                           std::move(layers)};
}

Result<std::vector<room::Speakers::Speaker>> read_speakers(const json::Object& o) {
    PARLEY_READ(objects, o.objects_or_none("speakers"));
    std::vector<room::Speakers::Speaker> speakers;
    for (const auto& item : objects) {
        PARLEY_READ(participant, item.text("participant"));
        PARLEY_READ(level, item.integer("level", 0, 127));
        speakers.push_back({std::move(participant), static_cast<unsigned>(level)});
    }
    return speakers;
}

} // namespace parley::words
