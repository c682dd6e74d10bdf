// A session description as WebRTC uses it, typed (RFC 8866, 8829, 8839, 8843, 8853), and its parser
// and writer. What is not used is not kept.
#pragma once

#include "core/base/result.hpp"
#include "core/sdp/candidate.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::sdp {

enum class SectionKind : std::uint8_t { audio, video, application, other };
enum class Direction : std::uint8_t { sendrecv, sendonly, recvonly, inactive };
enum class Setup : std::uint8_t { actpass, active, passive, holdconn };

struct Origin {
    std::string username = "-";
    std::string session_id = "0"; ///< digits
    std::string version = "0";    ///< digits
    bool operator==(const Origin&) const = default;
};

struct Group {
    std::string semantics; ///< "BUNDLE", "LS", ...
    std::vector<std::string> mids;
    bool operator==(const Group&) const = default;
};

struct Fingerprint {
    std::string algorithm; ///< lower case: "sha-256"
    std::vector<std::uint8_t> digest;
    bool operator==(const Fingerprint&) const = default;
};

struct RtcpFeedback {
    std::string type;      ///< "nack", "ccm", "transport-cc", ...
    std::string parameter; ///< "pli", "fir", ... or empty
    bool operator==(const RtcpFeedback&) const = default;
};

struct PayloadType {
    std::uint8_t number = 0; ///< 0 to 127
    std::string codec;       ///< as written, "opus", "H264"; empty for an unknown static number
    std::uint32_t clock_rate = 0;
    std::uint8_t channels = 1;
    std::string fmtp; ///< the parameters as written, without the number
    std::vector<RtcpFeedback> feedback;
    bool operator==(const PayloadType&) const = default;
};

struct HeaderExtensionLine {
    std::uint16_t id = 0; ///< 1 to 14 fit the one-byte form, up to 255 the two-byte form
    Direction direction = Direction::sendrecv;
    std::string uri;
    bool operator==(const HeaderExtensionLine&) const = default;
};

struct Msid {
    std::string stream; ///< "-" for a track of no stream
    std::string track;  ///< empty where only a stream was named
    bool operator==(const Msid&) const = default;
};

struct Source {
    std::uint32_t ssrc = 0;
    std::string cname;
    std::optional<Msid> msid;
    bool operator==(const Source&) const = default;
};

struct SourceGroup {
    std::string semantics; ///< "FID", "SIM", ...
    std::vector<std::uint32_t> ssrcs;
    bool operator==(const SourceGroup&) const = default;
};

enum class RidDirection : std::uint8_t { send, receive };

struct Rid {
    std::string id;
    RidDirection direction = RidDirection::send;
    std::string restrictions; ///< "pt=96;max-width=1280" as written; mostly empty
    bool operator==(const Rid&) const = default;
};

struct SimulcastRid {
    std::string id;
    bool paused = false;
    bool operator==(const SimulcastRid&) const = default;
};
/// One simulcast stream: alternatives, of which the first acceptable one counts.
using SimulcastStream = std::vector<SimulcastRid>;

struct Simulcast {
    std::vector<SimulcastStream> send;
    std::vector<SimulcastStream> receive;
    [[nodiscard]] bool empty() const { return send.empty() && receive.empty(); }
    bool operator==(const Simulcast&) const = default;
};

struct Media {
    SectionKind kind = SectionKind::audio;
    std::string other_kind; ///< the name in the m= line when `kind` is other
    std::uint16_t port = 9;
    std::string protocol = "UDP/TLS/RTP/SAVPF";
    std::string address = "0.0.0.0"; ///< of the c= line
    std::string mid;                 ///< empty where absent
    Direction direction = Direction::sendrecv;

    std::vector<PayloadType> payload_types; ///< in the order of the m= line; RTP only
    std::vector<std::string> formats;       ///< of the m= line, where it is not RTP
    std::vector<HeaderExtensionLine> extensions;
    std::vector<Source> sources;
    std::vector<SourceGroup> source_groups;
    std::vector<Msid> msids;
    std::vector<Rid> rids;
    Simulcast simulcast;
    std::optional<std::uint16_t> sctp_port;

    std::string ice_ufrag;
    std::string ice_pwd;
    std::vector<std::string> ice_options;
    std::vector<Candidate> candidates;
    bool end_of_candidates = false;
    std::vector<Fingerprint> fingerprints;
    std::optional<Setup> setup;

    bool rtcp_mux = false; ///< also for a=rtcp-mux-only
    bool rtcp_rsize = false;
    bool bundle_only = false;
    bool extmap_allow_mixed = false;

    [[nodiscard]] bool rtp() const {
        return kind == SectionKind::audio || kind == SectionKind::video;
    }
    /// Port zero means refused or stopped, unless it only says "bundled" (RFC 8843, section 6).
    [[nodiscard]] bool rejected() const { return port == 0 && !bundle_only; }
    [[nodiscard]] const PayloadType* payload_type(std::uint8_t number) const;
    bool operator==(const Media&) const = default;
};

/// Session-level values that media sections inherit (fingerprint, setup, ICE, direction, extmap)
/// are in each Media after parsing, and are written there.
struct SessionDescription {
    Origin origin;
    bool ice_lite = false;
    std::vector<Group> groups;
    std::vector<Media> media;

    [[nodiscard]] const Media* find(std::string_view mid) const;
    /// The first BUNDLE group, or null.
    [[nodiscard]] const Group* bundle() const;
    bool operator==(const SessionDescription&) const = default;
};

/// What a description may hold at most before it is refused whole.
struct Limits {
    std::size_t bytes = std::size_t{64} * 1024;
    std::size_t media = 128;
    std::size_t payload_types = 128; ///< a media section
    std::size_t extensions = 64;     ///< a media section
    std::size_t sources = 64;        ///< a media section; also source groups and msids
    std::size_t rids = 16;           ///< a media section
    std::size_t candidates = 64;     ///< a media section
};

/// The error names the line by its number and text. Unknown attributes are ignored.
Result<SessionDescription> parse(std::string_view text, const Limits& limits = {});

/// With CRLF at the end of each line.
std::string to_string(const SessionDescription& description);

/// The value of `name` in "a=1;b=2", names compared without case; nothing where absent.
std::optional<std::string_view> fmtp_value(std::string_view fmtp, std::string_view name);

} // namespace parley::sdp
