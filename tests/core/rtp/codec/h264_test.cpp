#include "core/rtp/codec/h264.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

// Sequence parameter sets written by x264.
const Payload baseline_640x360{0x67, 0x42, 0xC0, 0x16, 0xD9, 0x00, 0xA0, 0x2F, 0xF9,
                               0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00,
                               0x03, 0x00, 0x0A, 0x0F, 0x16, 0x2E, 0x48};
const Payload high_1920x1080{0x67, 0x64, 0x00, 0x28, 0xAC, 0xD9, 0x40, 0x78, 0x02,
                             0x27, 0xE5, 0xC0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
                             0x00, 0x00, 0x03, 0x00, 0x28, 0x3C, 0x60, 0xC6, 0x58};

TEST(H264Packet, AnSpsStartsAKeyframeAndTellsItsSize) {
    const auto packet = H264Packet::parse(high_1920x1080);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->keyframe_start);
    EXPECT_TRUE(packet->frame_start);
    EXPECT_TRUE(packet->has_sps);
    EXPECT_FALSE(packet->discardable);
    EXPECT_EQ(packet->width, 1920);
    EXPECT_EQ(packet->height, 1080);
}

TEST(H264Packet, SingleSlices) {
    const auto idr = H264Packet::parse(Payload{0x65, 0x88, 0x80});
    ASSERT_TRUE(idr);
    EXPECT_TRUE(idr->keyframe_start);
    EXPECT_TRUE(idr->has_idr);

    const auto second_slice = H264Packet::parse(Payload{0x65, 0x40, 0x80});
    ASSERT_TRUE(second_slice);
    EXPECT_FALSE(second_slice->keyframe_start);
    EXPECT_FALSE(second_slice->frame_start);

    const auto predicted = H264Packet::parse(Payload{0x41, 0x9A, 0x00});
    ASSERT_TRUE(predicted);
    EXPECT_TRUE(predicted->frame_start);
    EXPECT_FALSE(predicted->keyframe_start);
    EXPECT_FALSE(predicted->discardable);

    EXPECT_TRUE(H264Packet::parse(Payload{0x01, 0x9A, 0x00})->discardable);
}

TEST(H264Packet, LooksIntoAggregationPackets) {
    Payload payload{0x78, 0x00, static_cast<std::uint8_t>(baseline_640x360.size())};
    payload.insert(payload.end(), baseline_640x360.begin(), baseline_640x360.end());
    const Payload rest{0x00, 0x02, 0x68, 0xCE, 0x00, 0x02, 0x65, 0x88};
    payload.insert(payload.end(), rest.begin(), rest.end());
    const auto packet = H264Packet::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->has_sps);
    EXPECT_TRUE(packet->has_idr);
    EXPECT_TRUE(packet->keyframe_start);
    EXPECT_EQ(packet->width, 640);
    EXPECT_FALSE(H264Packet::parse(Bytes{payload}.first(payload.size() - 1)));
    EXPECT_FALSE(H264Packet::parse(Payload{0x78})) << "no unit at all";
    EXPECT_FALSE(H264Packet::parse(Payload{0x78, 0x00, 0x00})) << "an empty unit";
}

TEST(H264Packet, OnlyTheFirstFragmentIsAStart) {
    EXPECT_TRUE(H264Packet::parse(Payload{0x7C, 0x85, 0x88})->keyframe_start);
    EXPECT_FALSE(H264Packet::parse(Payload{0x7C, 0x05, 0x88})->keyframe_start);
    EXPECT_FALSE(H264Packet::parse(Payload{0x7C, 0x45, 0x88})->keyframe_start);
    EXPECT_FALSE(H264Packet::parse(Payload{0x5C, 0x81, 0x9A})->keyframe_start);
    EXPECT_TRUE(H264Packet::parse(Payload{0x5C, 0x81, 0x9A})->frame_start);
    EXPECT_TRUE(H264Packet::parse(Payload{0x1C, 0x01, 0x9A})->discardable);
    EXPECT_FALSE(H264Packet::parse(Payload{0x7C, 0x85}));
}

TEST(H264Packet, RefusesTheInterleavedModesUnits) {
    for (const std::uint8_t type : {0, 25, 26, 27, 29, 30, 31}) {
        EXPECT_FALSE(H264Packet::parse(Payload{static_cast<std::uint8_t>(0x60 | type), 1, 2, 3}))
            << int{type};
    }
}

} // namespace
} // namespace parley::rtp
