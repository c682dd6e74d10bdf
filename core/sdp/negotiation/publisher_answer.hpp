// Answers a publisher: somebody who offers to send media to the room (a browser, a WHIP client).
#pragma once

#include "core/base/result.hpp"
#include "core/sdp/negotiation/codecs.hpp"
#include "core/sdp/negotiation/transport.hpp"
#include "core/sdp/session_description.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parley::sdp {

enum class MediaState : std::uint8_t {
    active,   ///< media flows once the transport stands
    inactive, ///< agreed, but nobody sends at present
    rejected, ///< port zero: not wanted or not understood, `reason` says which
};

/// One encoding that the offer announced by SSRC.
struct AnnouncedSource {
    std::uint32_t ssrc = 0;
    std::optional<std::uint32_t> rtx_ssrc; ///< by an FID group
    bool operator==(const AnnouncedSource&) const = default;
};

/// One m-line as it was answered.
struct PublishedMedia {
    std::string mid;                   ///< empty when the offer has none (then it has one m-line)
    MediaKind kind = MediaKind::audio; ///< unless rejected: a rejected one may be of any kind
    MediaState state = MediaState::rejected;
    std::string reason; ///< of a rejection, in words

    NegotiatedCodec codec;        ///< unless rejected
    rtp::ExtensionMap extensions; ///< in the publisher's ids
    Msid msid;                    ///< empty where the offer has none
    std::string cname;            ///< empty where the offer has none
    /// The layers by rid in the order offered (which names no quality order: RFC 8853 leaves that
    /// to the sender); empty without simulcast by rid. Those whose id starts paused are included.
    std::vector<std::string> rids;
    /// In the order of the SIM group, else of the offer. May be empty: rids and mids then tell
    /// what a packet belongs to. With several entries and no rids, each is one simulcast layer.
    std::vector<AnnouncedSource> sources;
};

struct PublisherSettings {
    std::vector<Codec> video_codecs = default_video_order();
    std::size_t max_media = 64; ///< m-lines, stopped ones included
    std::size_t max_layers = 4; ///< simulcast layers that are answered
};

struct PublisherAnswer {
    SessionDescription answer;
    /// Nothing when every m-line was rejected: then there is nothing to connect.
    std::optional<RemoteTransport> remote;
    std::vector<PublishedMedia> media; ///< in m-line order
};

/// `previous` is the media of the last answer on this connection: m-lines stay in order, and a mid
/// keeps its codec as long as the offer still has it. Errors are for offers that no answer can
/// mend: no ICE credentials, no usable fingerprint, no rtcp-mux, two ICE-lite ends, too much.
Result<PublisherAnswer> answer_publisher(const SessionDescription& offer,
                                         const LocalTransport& local,
                                         const PublisherSettings& settings = {},
                                         std::span<const PublishedMedia> previous = {});

} // namespace parley::sdp
