// Which codecs we route, in which profiles, and under which payload types subscribers get them.
#pragma once

#include "core/base/result.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/extension.hpp"
#include "core/sdp/session_description.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::sdp {

using parley::codec_name;

/// A codec in one profile: what must be equal at both ends for packets to pass without transcoding.
/// There is one row for each in a table that lives for ever: compare and keep pointers to rows.
/// The numbers are those of every offer that we make, so that forwarding needs no map a subscriber.
struct RoutedFormat {
    Codec codec;
    std::uint8_t payload_type;
    std::uint8_t rtx_payload_type; ///< 0 where there is none (audio)
    std::string_view fmtp;

    [[nodiscard]] MediaKind kind() const { return media_kind(codec); }
    [[nodiscard]] std::uint8_t channels() const { return codec == Codec::opus ? 2 : 1; }
};

/// All rows; within a codec the one that most receivers decode first.
std::span<const RoutedFormat> routed_formats();

/// The row that a payload type of a description falls into; null when we do not route it.
const RoutedFormat* match_format(const PayloadType& payload_type);

/// The row of a codec that most receivers decode.
const RoutedFormat& default_format(Codec codec);

/// VP8, VP9, H264, AV1, H265.
std::vector<Codec> default_video_order();
/// Takes "VP8,H264"; codecs left out are not used. Names an unknown, repeated or audio codec.
Result<std::vector<Codec>> parse_video_order(std::string_view list);

/// What both ends said they can do with RTCP (RFC 4585, 5104).
struct Feedback {
    bool nack = false;
    bool nack_pli = false;
    bool ccm_fir = false;
    bool transport_cc = false;
    bool goog_remb = false;
    bool operator==(const Feedback&) const = default;
};

/// A codec as it was agreed with one peer, in the numbers that this peer uses.
struct NegotiatedCodec {
    const RoutedFormat* format = nullptr; ///< never null once negotiated
    std::uint8_t payload_type = 0;
    std::optional<std::uint8_t> rtx_payload_type;
    std::string fmtp; ///< as we answered it
    Feedback feedback;
    bool operator==(const NegotiatedCodec&) const = default;
};

/// The header extensions that we offer to a subscriber for a kind of media, under ids that are the
/// same for all subscribers and kinds, 1 to 14.
const rtp::ExtensionMap& canonical_extensions(MediaKind kind);

} // namespace parley::sdp
