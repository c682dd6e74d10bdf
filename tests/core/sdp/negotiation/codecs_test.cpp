#include "core/sdp/negotiation/codecs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parley::sdp {
namespace {

PayloadType payload(std::string codec, std::uint32_t clock_rate, std::string fmtp = "",
                    std::uint8_t channels = 1) {
    PayloadType p;
    p.number = 100;
    p.codec = std::move(codec);
    p.clock_rate = clock_rate;
    p.channels = channels;
    p.fmtp = std::move(fmtp);
    return p;
}

std::uint8_t number_of(const PayloadType& p) {
    const auto* const format = match_format(p);
    return format == nullptr ? std::uint8_t{255} : format->payload_type;
}

TEST(RoutedFormats, NumbersAreUniqueAndOutOfTheWayOfRtcp) {
    std::set<int> seen;
    for (const auto& format : routed_formats()) {
        for (const int number : {int{format.payload_type}, int{format.rtx_payload_type}}) {
            if (number == 0 && format.codec != Codec::pcmu) continue; // no RTX
            if (number == 0 && !seen.insert(0).second) continue;      // PCMU has none either
            if (number != 0) {
                EXPECT_TRUE(seen.insert(number).second) << number;
            }
            EXPECT_TRUE(number < 64 || (number >= 96 && number <= 127)) << number;
        }
        EXPECT_EQ(format.rtx_payload_type != 0, format.kind() == MediaKind::video);
    }
}

TEST(RoutedFormats, EachMatchesItselfOnly) {
    for (const auto& format : routed_formats()) {
        EXPECT_EQ(
            match_format(payload(std::string{codec_name(format.codec)}, clock_rate(format.codec),
                                 std::string{format.fmtp}, format.channels())),
            &format);
    }
}

TEST(MatchFormat, TellsH264ProfilesApart) {
    struct Case {
        std::string profile;
        std::string same_as; // profile-level-id of the row, or empty
    };
    const Case cases[] = {
        {"42e01f", "42e01f"}, {"42c01e", "42e01f"}, // GStreamer's x264enc
        {"42C028", "42e01f"}, {"4d801f", "42e01f"}, // main with constraint_set0
        {"42001f", "42001f"}, {"420034", "42001f"}, {"4d001f", "4d001f"}, {"4d401f", "4d001f"},
        {"64001f", "64001f"}, {"640028", "64001f"}, {"640c1f", "640c1f"}, {"f4001f", "f4001f"},
        {"6e001f", ""}, // High 10 is not routed
        {"42e0", ""},         {"42e01fff", ""},     {"zzzzzz", ""},       {"", ""},
    };
    for (const auto& [profile, same_as] : cases) {
        for (const std::string mode : {"0", "1"}) {
            const auto fmtp = [&](const std::string& id) {
                return "profile-level-id=" + id + ";packetization-mode=" + mode;
            };
            const auto* const format = match_format(payload("H264", 90000, fmtp(profile)));
            const auto* const expected =
                same_as.empty() ? nullptr : match_format(payload("H264", 90000, fmtp(same_as)));
            EXPECT_EQ(format, expected) << profile << " mode " << mode;
            EXPECT_EQ(expected == nullptr, same_as.empty());
        }
    }
    // Modes are different formats; both parameters have defaults.
    EXPECT_NE(number_of(payload("H264", 90000, "packetization-mode=1;profile-level-id=42e01f")),
              number_of(payload("H264", 90000, "packetization-mode=0;profile-level-id=42e01f")));
    EXPECT_EQ(number_of(payload("h264", 90000)),
              number_of(payload("H264", 90000, "profile-level-id=42e01f")));
    EXPECT_EQ(match_format(payload("H264", 90000, "packetization-mode=2")), nullptr);
}

TEST(MatchFormat, KnowsDefaultsOfProfiles) {
    EXPECT_EQ(number_of(payload("VP9", 90000)), 98);
    EXPECT_EQ(number_of(payload("VP9", 90000, "max-fs=12288;max-fr=60")), 98); // Firefox
    EXPECT_EQ(number_of(payload("VP9", 90000, "profile-id=2")), 100);
    EXPECT_EQ(match_format(payload("VP9", 90000, "profile-id=7")), nullptr);
    EXPECT_EQ(number_of(payload("AV1", 90000)), 45); // Firefox
    EXPECT_EQ(number_of(payload("AV1", 90000, "level-idx=8;profile=0;tier=0")), 45);
    EXPECT_EQ(number_of(payload("AV1", 90000, "profile=1")), 47);
    EXPECT_EQ(number_of(payload("H265", 90000)), 49);
    EXPECT_EQ(number_of(payload("H265", 90000, "level-id=180;profile-id=1;tier-flag=0")), 49);
    EXPECT_EQ(match_format(payload("H265", 90000, "tx-mode=MRST")), nullptr);
}

TEST(MatchFormat, WantsTheRightClockAndChannels) {
    EXPECT_EQ(number_of(payload("OPUS", 48000, "", 2)), 111); // webrtcbin's spelling
    EXPECT_EQ(match_format(payload("opus", 48000, "", 1)), nullptr);
    EXPECT_EQ(match_format(payload("opus", 16000, "", 2)), nullptr);
    EXPECT_EQ(match_format(payload("VP8", 8000)), nullptr);
    EXPECT_EQ(number_of(payload("PCMU", 8000)), 0);
    EXPECT_EQ(number_of(payload("PCMA", 8000)), 8);
    for (const auto* const name : {"red", "ulpfec", "rtx", "telephone-event", "G722", "CN", ""})
        EXPECT_EQ(match_format(payload(name, 90000)), nullptr) << name;
}

TEST(VideoOrder, ReadsWhatAPropertyHolds) {
    EXPECT_EQ(*parse_video_order("VP8,VP9,H264,AV1,H265"), default_video_order());
    EXPECT_EQ(*parse_video_order(" h264 , vp8 "), (std::vector{Codec::h264, Codec::vp8}));
    for (const auto* const wrong : {"", "VP8,,VP9", "opus", "VP10", "VP8,VP8"}) {
        const auto order = parse_video_order(wrong);
        ASSERT_FALSE(order) << wrong;
        EXPECT_FALSE(order.error().text.empty());
    }
}

TEST(CanonicalExtensions, AreTheSameForBothKindsAndOfOneByte) {
    for (const auto extension : rtp::all_extensions) {
        const auto audio = canonical_extensions(MediaKind::audio).id(extension);
        const auto video = canonical_extensions(MediaKind::video).id(extension);
        EXPECT_TRUE(audio == 0 || video == 0 || audio == video);
        EXPECT_LE(audio, 14);
        EXPECT_LE(video, 14);
    }
    EXPECT_TRUE(canonical_extensions(MediaKind::audio).has(rtp::Extension::audio_level));
    EXPECT_FALSE(canonical_extensions(MediaKind::video).has(rtp::Extension::audio_level));
    EXPECT_FALSE(canonical_extensions(MediaKind::video).has(rtp::Extension::rid));
}

} // namespace
} // namespace parley::sdp
