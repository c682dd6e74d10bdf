#include "core/rtp/codec/vp8.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

// RFC 7741, section 4.2: X R N S R PID | I L T K RSV | M PictureID | TL0PICIDX | TID Y KEYIDX
TEST(Vp8Descriptor, ReadsEveryField) {
    const Payload payload{0xB0, 0xF0, 0x92, 0x34, 0x56, 0xAB, 0x01};
    const auto packet = Vp8Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->size, 6);
    EXPECT_TRUE(packet->non_reference);
    EXPECT_TRUE(packet->partition_start);
    EXPECT_EQ(packet->partition_id, 0);
    EXPECT_TRUE(packet->long_picture_id);
    EXPECT_EQ(packet->picture_id, 0x1234);
    EXPECT_EQ(packet->tl0_pic_idx, 0x56);
    EXPECT_EQ(packet->temporal_id, 2);
    EXPECT_TRUE(packet->layer_sync);
    EXPECT_EQ(packet->key_idx, 0x0B);
    EXPECT_TRUE(packet->frame_start);
    EXPECT_FALSE(packet->keyframe);
}

TEST(Vp8Descriptor, ReadsTheMinimalDescriptor) {
    const Payload payload{0x10, 0x01};
    const auto packet = Vp8Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->size, 1);
    EXPECT_EQ(packet->picture_id_at, 0);
    EXPECT_EQ(packet->tl0_pic_idx_at, 0);
    EXPECT_FALSE(packet->has_temporal_id);
    EXPECT_FALSE(packet->has_key_idx);
}

TEST(Vp8Descriptor, ReadsAShortPictureId) {
    const Payload payload{0x90, 0x80, 0x7F, 0x00};
    const auto packet = Vp8Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_FALSE(packet->long_picture_id);
    EXPECT_EQ(packet->picture_id, 0x7F);
    EXPECT_EQ(packet->size, 3);
}

TEST(Vp8Descriptor, TellsTheSizeOfAKeyframe) {
    // Frame tag, start code 9D 01 2A, 640x360 with scale bits set.
    const Payload payload{0x10, 0x50, 0x01, 0x00, 0x9D, 0x01, 0x2A, 0x80, 0x42, 0x68, 0x81};
    const auto packet = Vp8Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->keyframe);
    EXPECT_EQ(packet->width, 640);
    EXPECT_EQ(packet->height, 360);
}

TEST(Vp8Descriptor, KeyframeWithoutItsStartCodeTellsNoSize) {
    const Payload payload{0x10, 0x50, 0x01, 0x00, 0x9D, 0x01, 0x2B, 0x80, 0x02, 0x68, 0x01};
    const auto packet = Vp8Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->keyframe);
    EXPECT_EQ(packet->width, 0);
}

TEST(Vp8Descriptor, OnlyTheFirstPartitionsStartIsAFrameStart) {
    for (const std::uint8_t first : {0x00, 0x11, 0x17, 0x01}) {
        const Payload payload{first, 0x00};
        const auto packet = Vp8Descriptor::parse(payload);
        ASSERT_TRUE(packet);
        EXPECT_FALSE(packet->frame_start) << int{first};
        EXPECT_FALSE(packet->keyframe) << int{first};
    }
}

TEST(Vp8Descriptor, RefusesEveryTruncation) {
    const Payload payload{0x90, 0xF0, 0x92, 0x34, 0x56, 0xAB, 0x01};
    for (std::size_t size = 0; size < payload.size(); ++size) {
        EXPECT_FALSE(Vp8Descriptor::parse(Bytes{payload}.first(size))) << size;
    }
    EXPECT_TRUE(Vp8Descriptor::parse(payload));
}

TEST(Vp8Descriptor, RewritesItsCountersAndNothingElse) {
    Payload payload{0x90, 0xF0, 0xFF, 0xFE, 0xFF, 0xFF, 0x01};
    const auto packet = Vp8Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    packet->rewrite({.picture_id = 3, .tl0_pic_idx = 2, .key_idx = 4}, payload);
    EXPECT_EQ(payload, (Payload{0x90, 0xF0, 0x80, 0x01, 0x01, 0xE3, 0x01}));
}

TEST(Vp8Descriptor, AShortPictureIdStaysShort) {
    Payload payload{0x90, 0x80, 0x7F, 0x00};
    const auto packet = Vp8Descriptor::parse(payload);
    ASSERT_TRUE(packet);
    packet->rewrite({.picture_id = 0x1002}, payload);
    EXPECT_EQ(payload, (Payload{0x90, 0x80, 0x01, 0x00}));
}

} // namespace
} // namespace parley::rtp
