// The few facts of a session description that the load client needs, and SDP text around them.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/result.hpp"
#include "core/dtls/fingerprint.hpp"
#include "core/ice/credentials.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace parley::bench {

enum class VideoCodec : std::uint8_t { vp8, h264 };

inline constexpr std::uint8_t video_payload_type = 96;
inline constexpr std::uint8_t mid_extension = 4;

struct LocalDescription {
    ice::Credentials credentials;
    dtls::Fingerprint fingerprint;
    Endpoint candidate;
    VideoCodec codec = VideoCodec::vp8;
    std::uint32_t ssrc = 0;     ///< of the publisher
    std::uint32_t rtx_ssrc = 0; ///< of the publisher; offered, as browsers do, and never used
};

struct RemoteDescription {
    ice::Credentials credentials;
    dtls::Fingerprint fingerprint;
    Endpoint candidate;
    bool active = false;            ///< a=setup:active: the peer sends the ClientHello
    std::uint8_t payload_type = 96; ///< of the video
};

/// Offers as browsers make them: NACK, PLI, FIR and RTX are wanted.
std::string publisher_offer(const LocalDescription& local);
std::string viewer_offer(const LocalDescription& local);
/// Accepts the first video section of an offer to send to us, in its own payload types.
Result<std::string> viewer_answer(std::string_view offer, const LocalDescription& local);

/// The error says which line is missing. Of several candidates the first of UDP over IPv4 counts,
/// 127.0.0.1 before others.
Result<RemoteDescription> read_description(std::string_view sdp);

} // namespace parley::bench
