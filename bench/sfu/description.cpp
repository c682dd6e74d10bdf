#include "bench/sfu/description.hpp"

#include "core/sdp/session_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace parley::bench {
namespace {

/// Calls `use` with each line, without its end.
template <class Use>
void for_each_line(std::string_view sdp, Use use) {
    while (!sdp.empty()) {
        const auto end = sdp.find('\n');
        auto line = sdp.substr(0, end);
        sdp.remove_prefix(end == std::string_view::npos ? sdp.size() : end + 1);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        use(line);
    }
}

std::string codec_lines(VideoCodec codec) {
    std::string lines = codec == VideoCodec::vp8
                            ? "a=rtpmap:96 VP8/90000\r\n"
                            : "a=rtpmap:96 H264/90000\r\n"
                              "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;"
                              "profile-level-id=42e01f\r\n";
    return lines + "a=rtcp-fb:96 ccm fir\r\n"
                   "a=rtcp-fb:96 nack\r\n"
                   "a=rtcp-fb:96 nack pli\r\n"
                   "a=rtpmap:97 rtx/90000\r\n"
                   "a=fmtp:97 apt=96\r\n";
}

std::string transport_lines(const LocalDescription& local, std::string_view setup) {
    return fmt::format("a=ice-ufrag:{}\r\n"
                       "a=ice-pwd:{}\r\n"
                       "a=fingerprint:{}\r\n"
                       "a=setup:{}\r\n"
                       "a=rtcp-mux\r\n"
                       "a=rtcp-rsize\r\n"
                       "a=candidate:1 1 udp 2130706431 {} {} typ host\r\n"
                       "a=end-of-candidates\r\n",
                       local.credentials.ufrag, local.credentials.pwd,
                       local.fingerprint.to_string(), setup, local.candidate.address.to_string(),
                       local.candidate.port);
}

std::string session_lines(std::string_view mid) {
    return fmt::format("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
                       "a=group:BUNDLE {}\r\na=msid-semantic: WMS *\r\n",
                       mid);
}

std::string offer(const LocalDescription& local, std::string_view direction) {
    return session_lines("0") +
           "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n" +
           transport_lines(local, "actpass") +
           fmt::format("a=extmap:{} urn:ietf:params:rtp-hdrext:sdes:mid\r\na={}\r\n", mid_extension,
                       direction) +
           codec_lines(local.codec);
}

} // namespace

std::string publisher_offer(const LocalDescription& local) {
    return offer(local, "sendonly") + fmt::format("a=msid:bench video\r\n"
                                                  "a=ssrc-group:FID {0} {1}\r\n"
                                                  "a=ssrc:{0} cname:bench\r\n"
                                                  "a=ssrc:{1} cname:bench\r\n",
                                                  local.ssrc, local.rtx_ssrc);
}

std::string viewer_offer(const LocalDescription& local) {
    return offer(local, "recvonly");
}

Result<std::string> viewer_answer(std::string_view offer, const LocalDescription& local) {
    std::string mid = "0";
    std::string media;
    std::string codecs;
    bool in_video = false;
    bool rejected_before = false;
    for_each_line(offer, [&](std::string_view line) {
        if (line.starts_with("m=")) {
            in_video = media.empty() && line.starts_with("m=video");
            if (in_video) {
                media = line;
            } else {
                rejected_before = true;
            }
        } else if (in_video && line.starts_with("a=mid:")) {
            mid = line.substr(6);
        } else if (in_video && (line.starts_with("a=rtpmap:") || line.starts_with("a=fmtp:") ||
                                line.starts_with("a=rtcp-fb:") ||
                                (line.starts_with("a=extmap:") &&
                                 line.ends_with("urn:ietf:params:rtp-hdrext:sdes:mid")))) {
            codecs += std::string{line} + "\r\n";
        }
    });
    if (media.empty() || rejected_before) return fail("the offer is not one video section");
    return session_lines(mid) + media + "\r\nc=IN IP4 0.0.0.0\r\na=mid:" + mid + "\r\n" +
           transport_lines(local, "active") + "a=recvonly\r\n" + codecs;
}

Result<RemoteDescription> read_description(std::string_view sdp) {
    const auto parsed = sdp::parse(sdp);
    if (!parsed) return tl::make_unexpected(parsed.error());
    const auto video =
        std::find_if(parsed->media.begin(), parsed->media.end(), [](const sdp::Media& media) {
            return media.kind == sdp::SectionKind::video && !media.rejected();
        });
    if (video == parsed->media.end() || video->payload_types.empty()) {
        return fail("the server's SDP has no video");
    }
    RemoteDescription remote;
    remote.credentials = {video->ice_ufrag, video->ice_pwd};
    remote.active = video->setup == sdp::Setup::active;
    remote.payload_type = video->payload_types.front().number;
    std::optional<dtls::Fingerprint> fingerprint;
    for (const auto& offered : video->fingerprints) {
        if (offered.algorithm == "sha-256" && offered.digest.size() == 32) {
            fingerprint.emplace();
            fingerprint->size = offered.digest.size();
            std::copy(offered.digest.begin(), offered.digest.end(), fingerprint->digest.begin());
        }
    }
    std::optional<Endpoint> candidate;
    for (const auto& offered : video->candidates) {
        const auto endpoint = offered.endpoint();
        if (offered.protocol != Protocol::udp || !endpoint || !endpoint->address.is_v4()) continue;
        if (!candidate || endpoint->address.is_loopback()) candidate = endpoint;
    }
    if (remote.credentials.pwd.empty()) return fail("the server's SDP has no ICE credentials");
    if (!fingerprint) return fail("the server's SDP has no SHA-256 fingerprint");
    if (!candidate) return fail("the server's SDP has no UDP candidate of IPv4");
    remote.fingerprint = *fingerprint;
    remote.candidate = *candidate;
    return remote;
}

} // namespace parley::bench
