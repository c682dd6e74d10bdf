#include "core/rtp/codec/codec.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley {
namespace {

using Payload = std::vector<std::uint8_t>;

TEST(Codec, IsFoundByItsNameInAnyCase) {
    for (std::size_t i = 0; i < codec_count; ++i) {
        const auto codec = static_cast<Codec>(i);
        EXPECT_EQ(codec_from_name(codec_name(codec)), codec);
    }
    EXPECT_EQ(codec_from_name("OPUS"), Codec::opus);
    EXPECT_EQ(codec_from_name("vp8"), Codec::vp8);
    EXPECT_EQ(codec_from_name("VP80"), std::nullopt);
    EXPECT_EQ(codec_from_name("rtx"), std::nullopt);
    EXPECT_EQ(codec_from_name(""), std::nullopt);
}

TEST(Codec, HasItsClockRateAndKind) {
    EXPECT_EQ(clock_rate(Codec::opus), 48000U);
    EXPECT_EQ(clock_rate(Codec::pcmu), 8000U);
    EXPECT_EQ(clock_rate(Codec::av1), 90000U);
    EXPECT_EQ(media_kind(Codec::pcma), MediaKind::audio);
    EXPECT_EQ(media_kind(Codec::h265), MediaKind::video);
}

TEST(Inspect, EveryAudioPacketCanBeJoinedAt) {
    const auto info = rtp::inspect(Codec::opus, Payload{0xFC});
    EXPECT_TRUE(info.valid);
    EXPECT_TRUE(info.keyframe_start);
    EXPECT_FALSE(rtp::inspect(Codec::opus, {}).valid);
}

TEST(Inspect, TellsLayersAndKeyframesOfEachVideoCodec) {
    const auto vp8 = rtp::inspect(Codec::vp8, Payload{0xB0, 0xF0, 0x92, 0x34, 0x56, 0xAB, 0x01});
    EXPECT_TRUE(vp8.valid);
    EXPECT_TRUE(vp8.frame_start);
    EXPECT_FALSE(vp8.keyframe_start);
    EXPECT_TRUE(vp8.discardable);
    EXPECT_TRUE(vp8.switch_up);
    EXPECT_EQ(vp8.temporal_id, 2);

    const auto vp9 = rtp::inspect(Codec::vp9, Payload{0xAC, 0x92, 0x34, 0x53, 0x77, 0xAA});
    EXPECT_EQ(vp9.temporal_id, 2);
    EXPECT_EQ(vp9.spatial_id, 1);

    EXPECT_TRUE(rtp::inspect(Codec::h264, Payload{0x65, 0x88, 0x80}).keyframe_start);
    EXPECT_TRUE(rtp::inspect(Codec::h265, Payload{0x26, 0x01, 0x80}).keyframe_start);
    EXPECT_TRUE(rtp::inspect(Codec::av1, Payload{0x18, 0x08, 0x00}).keyframe_start);
}

TEST(Inspect, SaysNothingOfABrokenPayload) {
    for (const auto codec : {Codec::vp8, Codec::vp9, Codec::h264, Codec::h265, Codec::av1}) {
        const auto info = rtp::inspect(codec, Payload{0xFF});
        EXPECT_FALSE(info.valid) << codec_name(codec);
        EXPECT_FALSE(info.keyframe_start) << codec_name(codec);
    }
}

} // namespace
} // namespace parley
