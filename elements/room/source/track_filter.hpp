// Which tracks of a room rtcroomsrc offers.
#pragma once

#include "core/base/result.hpp"
#include "core/room/messages.hpp"
#include "core/router/layer_choice.hpp"

#include <string>
#include <vector>

namespace parley::room_elements {

class TrackFilter {
  public:
    /// `participants`: globs over ids, with * and ?; none: everybody but agents. `media`: "audio",
    /// "video", or the names of sources ("camera", "screen", ...); none: all.
    static Result<TrackFilter> make(std::vector<std::string> participants,
                                    const std::vector<std::string>& media);

    /// Agents are taken only where a glob without wildcards names them, or a mix would see itself.
    [[nodiscard]] bool takes(const room::TrackInfo& track, room::Role role) const;
    [[nodiscard]] bool takes(MediaKind kind) const { return kinds_[kind == MediaKind::video]; }

  private:
    std::vector<std::string> participants_;
    std::vector<room::TrackSource> sources_; ///< none: all
    bool kinds_[2] = {true, true};           ///< audio, video
};

/// The `layer` property: which layer, or all of them, each with a pad of its own.
struct LayerProperty {
    LayerChoice choice;
    bool all = false;
};
/// "highest", "lowest", "all", "640x360" (the largest within), or a rid.
Result<LayerProperty> parse_layer(const std::string& text);

} // namespace parley::room_elements
