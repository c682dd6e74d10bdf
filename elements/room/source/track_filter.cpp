#include "elements/room/source/track_filter.hpp"

#include <fmt/format.h>

#include <glib.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace parley::room_elements {

namespace {
MediaKind kind_of(room::TrackSource source) {
    return source == room::TrackSource::microphone || source == room::TrackSource::screen_audio
               ? MediaKind::audio
               : MediaKind::video;
}

bool parse_number(std::string_view text, unsigned& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value != 0;
}
} // namespace

Result<TrackFilter> TrackFilter::make(std::vector<std::string> participants,
                                      const std::vector<std::string>& media) {
    TrackFilter filter;
    filter.participants_ = std::move(participants);
    if (media.empty()) return filter;
    filter.kinds_[0] = false;
    filter.kinds_[1] = false;
    bool named[2] = {false, false};
    for (const auto& word : media) {
        if (word == "audio" || word == "video") {
            named[word == "video"] = true;
        } else if (const auto source = room::parse_track_source(word)) {
            filter.sources_.push_back(*source);
            filter.kinds_[kind_of(*source) == MediaKind::video] = true;
        } else {
            return fail(fmt::format("media: \"{}\" is none of audio, video, camera, microphone, "
                                    "screen and screen-audio",
                                    word));
        }
    }
    for (const auto kind : {0, 1}) {
        if (!named[kind]) continue;
        filter.kinds_[kind] = true;
        for (const auto source : {room::TrackSource::camera, room::TrackSource::microphone,
                                  room::TrackSource::screen, room::TrackSource::screen_audio}) {
            if ((kind_of(source) == MediaKind::video) == (kind == 1)) {
                filter.sources_.push_back(source);
            }
        }
    }
    return filter;
}

bool TrackFilter::takes(const room::TrackInfo& track, room::Role role) const {
    if (!takes(track.kind)) return false;
    if (!sources_.empty() &&
        std::find(sources_.begin(), sources_.end(), track.source) == sources_.end()) {
        return false;
    }
    if (role == room::Role::agent) {
        return std::find(participants_.begin(), participants_.end(), track.participant) !=
               participants_.end();
    }
    return participants_.empty() ||
           std::any_of(participants_.begin(), participants_.end(), [&](const std::string& glob) {
               return g_pattern_match_simple(glob.c_str(), track.participant.c_str()) != FALSE;
           });
}

Result<LayerProperty> parse_layer(const std::string& text) {
    LayerProperty layer;
    if (text.empty() || text == "highest") return layer;
    if (text == "lowest") {
        layer.choice.kind = LayerChoice::Kind::lowest;
        return layer;
    }
    if (text == "all") {
        layer.all = true;
        return layer;
    }
    const std::string_view view{text};
    if (const auto x = view.find('x'); x != std::string_view::npos && x != 0) {
        layer.choice.kind = LayerChoice::Kind::fit;
        if (parse_number(view.substr(0, x), layer.choice.max_width) &&
            parse_number(view.substr(x + 1), layer.choice.max_height)) {
            return layer;
        }
    }
    const bool rid =
        view.size() <= 16 && std::all_of(view.begin(), view.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
        });
    if (!rid) {
        return fail(fmt::format("layer: \"{}\" is none of highest, lowest, all, a size like "
                                "640x360, and a rid",
                                text));
    }
    layer.choice = {};
    layer.choice.kind = LayerChoice::Kind::rid;
    layer.choice.rid = text;
    return layer;
}

} // namespace parley::room_elements
