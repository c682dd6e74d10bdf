#include "core/sdp/negotiation/codecs.hpp"

#include "core/sdp/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parley::sdp {

namespace {

// Numbers from 96 to 127 and 35 to 63 only: 64 to 95 look like RTCP (RFC 5761, section 4).
// H264: constrained baseline first, which all WebRTC ends decode (RFC 7742, section 6.2), and
// packetization-mode 1 before 0.
constexpr std::array<RoutedFormat, 26> formats{{
    {Codec::opus, 111, 0, "minptime=10;useinbandfec=1"},
    {Codec::pcmu, 0, 0, ""},
    {Codec::pcma, 8, 0, ""},
    {Codec::vp8, 96, 97, ""},
    {Codec::vp9, 98, 99, "profile-id=0"},
    {Codec::vp9, 100, 101, "profile-id=2"},
    {Codec::vp9, 35, 36, "profile-id=1"},
    {Codec::vp9, 37, 38, "profile-id=3"},
    {Codec::h264, 108, 109,
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
    {Codec::h264, 102, 103,
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"},
    {Codec::h264, 116, 117,
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f"},
    {Codec::h264, 118, 119,
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f"},
    {Codec::h264, 120, 121,
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f"},
    {Codec::h264, 41, 42, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=f4001f"},
    {Codec::h264, 114, 115,
     "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f"},
    {Codec::h264, 104, 107,
     "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f"},
    {Codec::h264, 39, 40, "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f"},
    {Codec::h264, 122, 123,
     "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=640c1f"},
    {Codec::h264, 124, 125,
     "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=64001f"},
    {Codec::h264, 43, 44, "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=f4001f"},
    {Codec::av1, 45, 46, "level-idx=5;profile=0;tier=0"},
    {Codec::av1, 47, 48, "level-idx=5;profile=1;tier=0"},
    {Codec::h265, 49, 50, "level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST"},
    {Codec::h265, 51, 52, "level-id=93;profile-id=2;tier-flag=0;tx-mode=SRST"},
    {Codec::h265, 53, 54, "level-id=93;profile-id=1;tier-flag=1;tx-mode=SRST"},
    {Codec::h265, 55, 56, "level-id=93;profile-id=2;tier-flag=1;tx-mode=SRST"},
}};

enum class H264Profile : std::uint8_t {
    constrained_baseline,
    baseline,
    main,
    constrained_high,
    high,
    high_444,
};

/// RFC 6184, table 5: profile_idc, and which bits of profile-iop must be set or clear.
struct H264Pattern {
    std::uint8_t idc;
    std::uint8_t mask;
    std::uint8_t bits;
    H264Profile profile;
};
constexpr std::array<H264Pattern, 9> h264_patterns{{
    {0x42, 0x4F, 0x40, H264Profile::constrained_baseline},
    {0x4D, 0x8F, 0x80, H264Profile::constrained_baseline},
    {0x58, 0xCF, 0xC0, H264Profile::constrained_baseline},
    {0x42, 0x4F, 0x00, H264Profile::baseline},
    {0x58, 0xCF, 0x80, H264Profile::baseline},
    {0x4D, 0xAF, 0x00, H264Profile::main},
    {0x64, 0xFF, 0x00, H264Profile::high},
    {0x64, 0xFF, 0x0C, H264Profile::constrained_high},
    {0xF4, 0xFF, 0x00, H264Profile::high_444},
}};

std::optional<H264Profile> h264_profile(std::string_view fmtp) {
    // Without the parameter RFC 6184 implies Baseline; all of this field means constrained
    // baseline.
    const auto text = fmtp_value(fmtp, "profile-level-id").value_or("42e01f");
    std::uint32_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, value, 16);
    if (text.size() != 6 || error != std::errc{} || at != end) return std::nullopt;
    const auto idc = static_cast<std::uint8_t>(value >> 16);
    const auto iop = static_cast<std::uint8_t>(value >> 8);
    for (const auto& pattern : h264_patterns) {
        if (pattern.idc == idc && (iop & pattern.mask) == pattern.bits) return pattern.profile;
    }
    return std::nullopt;
}

bool same_h264(std::string_view a, std::string_view b) {
    const auto profile = h264_profile(a);
    return profile && profile == h264_profile(b) &&
           fmtp_value(a, "packetization-mode").value_or("0") ==
               fmtp_value(b, "packetization-mode").value_or("0");
}

bool same_value(std::string_view a, std::string_view b, std::string_view name,
                std::string_view otherwise) {
    return fmtp_value(a, name).value_or(otherwise) == fmtp_value(b, name).value_or(otherwise);
}

bool same_profile(Codec codec, std::string_view a, std::string_view b) {
    switch (codec) {
    case Codec::vp9: // RFC 9628, section 6
        return same_value(a, b, "profile-id", "0");
    case Codec::h264:
        return same_h264(a, b);
    case Codec::h265: // RFC 7798, section 7.1
        return same_value(a, b, "profile-id", "1") && same_value(a, b, "tier-flag", "0") &&
               same_value(a, b, "tx-mode", "SRST");
    case Codec::av1: // the AV1 payload specification, section 7.2.1
        return same_value(a, b, "profile", "0") && same_value(a, b, "tier", "0");
    case Codec::opus:
    case Codec::vp8:
    case Codec::pcmu:
    case Codec::pcma:
        break;
    }
    return true;
}

rtp::ExtensionMap make_canonical(std::initializer_list<rtp::Extension> extensions) {
    rtp::ExtensionMap map;
    for (const auto extension : extensions)
        map.set(rtp::canonical_id(extension), extension);
    map.set_mixed(true);
    return map;
}

} // namespace

std::span<const RoutedFormat> routed_formats() {
    return formats;
}

const RoutedFormat* match_format(const PayloadType& payload) {
    const auto codec = codec_from_name(payload.codec);
    if (!codec || payload.clock_rate != clock_rate(*codec)) return nullptr;
    const auto at = std::find_if(formats.begin(), formats.end(), [&](const RoutedFormat& format) {
        return format.codec == *codec && format.channels() == payload.channels &&
               same_profile(*codec, format.fmtp, payload.fmtp);
    });
    return at == formats.end() ? nullptr : &*at;
}

const RoutedFormat& default_format(Codec codec) {
    return *std::find_if(formats.begin(), formats.end(),
                         [&](const RoutedFormat& format) { return format.codec == codec; });
}

std::vector<Codec> default_video_order() {
    return {Codec::vp8, Codec::vp9, Codec::h264, Codec::av1, Codec::h265};
}

Result<std::vector<Codec>> parse_video_order(std::string_view list) {
    std::vector<Codec> order;
    while (!list.empty()) {
        const auto name = text::trim(text::take_until(list, ','));
        const auto codec = codec_from_name(name);
        if (!codec || media_kind(*codec) != MediaKind::video) {
            return fail(fmt::format(
                "\"{}\" is no video codec that is routed: use VP8, VP9, H264, AV1, H265", name));
        }
        if (std::find(order.begin(), order.end(), *codec) != order.end()) {
            return fail(fmt::format("{} is listed twice", codec_name(*codec)));
        }
        order.push_back(*codec);
    }
    if (order.empty()) return fail("no video codec is listed: use VP8, VP9, H264, AV1, H265");
    return order;
}

const rtp::ExtensionMap& canonical_extensions(MediaKind kind) {
    using rtp::Extension;
    static const auto audio =
        make_canonical({Extension::mid, Extension::audio_level, Extension::transport_cc,
                        Extension::abs_send_time, Extension::abs_capture_time});
    static const auto video =
        make_canonical({Extension::mid, Extension::transport_cc, Extension::abs_send_time,
                        Extension::abs_capture_time, Extension::video_orientation,
                        Extension::playout_delay, Extension::dependency_descriptor});
    return kind == MediaKind::audio ? audio : video;
}

} // namespace parley::sdp
