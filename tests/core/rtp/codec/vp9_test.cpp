#include "core/rtp/codec/vp9.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

// RFC 9628, section 4.2: I P L F B E V Z
TEST(Vp9Descriptor, ReadsNonFlexibleMode) {
    // I L B E: 15-bit picture id, TID 2, U, SID 1, D, TL0PICIDX.
    const Payload payload{0xAC, 0x92, 0x34, 0x53, 0x77, 0xAA};
    const auto packet = Vp9Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->size, 5);
    EXPECT_FALSE(packet->flexible);
    EXPECT_FALSE(packet->inter_predicted);
    EXPECT_TRUE(packet->frame_start);
    EXPECT_TRUE(packet->frame_end);
    EXPECT_EQ(packet->picture_id, 0x1234);
    EXPECT_EQ(packet->temporal_id, 2);
    EXPECT_TRUE(packet->switching_up);
    EXPECT_EQ(packet->spatial_id, 1);
    EXPECT_TRUE(packet->inter_layer);
    EXPECT_EQ(packet->tl0_pic_idx, 0x77);
    EXPECT_EQ(packet->rewrite_size(), 5U);
    EXPECT_FALSE(packet->keyframe()) << "an upper spatial layer is no place to start";
}

TEST(Vp9Descriptor, ReadsFlexibleModeWithItsReferences) {
    // I P L F B: 7-bit picture id, layers, P_DIFF 1 (more), P_DIFF 2.
    const Payload payload{0xF8, 0x11, 0x20, 0x03, 0x04, 0xAA};
    const auto packet = Vp9Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->size, 5);
    EXPECT_TRUE(packet->flexible);
    EXPECT_EQ(packet->picture_id, 0x11);
    EXPECT_EQ(packet->temporal_id, 1);
    EXPECT_EQ(packet->tl0_pic_idx_at, 0);
    EXPECT_EQ(packet->rewrite_size(), 2U);
}

TEST(Vp9Descriptor, AKeyframeIsTheStartOfAnIntraPictureOfTheLowestLayer) {
    EXPECT_TRUE(Vp9Descriptor::parse(Payload{0x88, 0x01, 0xAA})->keyframe());
    EXPECT_FALSE(Vp9Descriptor::parse(Payload{0x80, 0x01, 0xAA})->keyframe()) << "not its start";
    EXPECT_FALSE(Vp9Descriptor::parse(Payload{0xC8, 0x01, 0xAA})->keyframe()) << "predicted";
}

TEST(Vp9Descriptor, TellsTheSizeOfTheHighestLayer) {
    // V; N_S = 2 (three layers), Y, G; sizes; one picture with one P_DIFF.
    const Payload payload{0x8A, 0x01, 0x58, 0x00, 0xA0, 0x00, 0x5A, 0x01, 0x40, 0x00,
                          0xB4, 0x02, 0x80, 0x01, 0x68, 0x01, 0x04, 0x01, 0xAA};
    const auto packet = Vp9Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->has_structure);
    EXPECT_EQ(packet->spatial_layers, 3);
    EXPECT_EQ(packet->width, 640);
    EXPECT_EQ(packet->height, 360);
    EXPECT_EQ(packet->size, 18);
    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_FALSE(Vp9Descriptor::parse(Bytes{payload}.first(size))) << size;
    }
}

TEST(Vp9Descriptor, RefusesAFourthReference) {
    EXPECT_TRUE(Vp9Descriptor::parse(Payload{0xD8, 0x11, 0x03, 0x05, 0x06, 0xAA}));
    EXPECT_FALSE(Vp9Descriptor::parse(Payload{0xD8, 0x11, 0x03, 0x05, 0x07, 0x08, 0xAA}));
}

TEST(Vp9Descriptor, RefusesFlexibleModeWithoutAPictureId) {
    EXPECT_FALSE(Vp9Descriptor::parse(Payload{0x18, 0xAA, 0xAA}));
}

TEST(Vp9Descriptor, RewritesItsCountersAndNothingElse) {
    Payload payload{0xAC, 0xFF, 0xFF, 0x53, 0xFF, 0xAA};
    const auto packet = Vp9Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    packet->rewrite({.picture_id = 2, .tl0_pic_idx = 3}, payload);
    EXPECT_EQ(payload, (Payload{0xAC, 0x80, 0x01, 0x53, 0x02, 0xAA}));
}

} // namespace
} // namespace parley::rtp
