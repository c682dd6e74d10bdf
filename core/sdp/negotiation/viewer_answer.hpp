// Answers a viewer: a WHEP client that offers to receive, in its own payload types and ids.
#pragma once

#include "core/base/result.hpp"
#include "core/sdp/negotiation/codecs.hpp"
#include "core/sdp/negotiation/publisher_answer.hpp"
#include "core/sdp/negotiation/transport.hpp"
#include "core/sdp/session_description.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parley::sdp {

/// What we would send for one kind of media. The first m-line of a kind gets it; others of the same
/// kind are answered inactive.
struct ViewerSource {
    /// Formats of the tracks that can be shown, the best first; may be empty (nobody publishes
    /// yet): then, and when the viewer has none of them, the room's order decides.
    std::vector<const RoutedFormat*> formats;
    std::uint32_t ssrc = 0;
    std::uint32_t rtx_ssrc = 0; ///< 0 for no RTX
    std::string cname;
    Msid msid;
};

struct ViewerSettings {
    std::vector<Codec> video_codecs = default_video_order();
    std::optional<ViewerSource> audio; ///< nothing: audio m-lines are answered inactive
    std::optional<ViewerSource> video;
    std::size_t max_media = 16;
};

/// One m-line as it was answered.
struct ViewedMedia {
    std::string mid;
    MediaKind kind = MediaKind::audio; ///< unless rejected: a rejected one may be of any kind
    MediaState state = MediaState::rejected;
    std::string reason; ///< of a rejection, in words

    NegotiatedCodec codec;        ///< in the viewer's payload types
    rtp::ExtensionMap extensions; ///< in the viewer's ids
    std::uint32_t ssrc = 0;
    std::uint32_t rtx_ssrc = 0; ///< 0 when the viewer takes no RTX
};

struct ViewerAnswer {
    SessionDescription answer;
    std::optional<RemoteTransport> remote; ///< nothing when every m-line was rejected
    std::vector<ViewedMedia> media;        ///< in m-line order
};

/// Errors as answer_publisher(). `previous` keeps codec and SSRCs of a mid on renegotiation.
Result<ViewerAnswer> answer_viewer(const SessionDescription& offer, const LocalTransport& local,
                                   const ViewerSettings& settings,
                                   std::span<const ViewedMedia> previous = {});

} // namespace parley::sdp
