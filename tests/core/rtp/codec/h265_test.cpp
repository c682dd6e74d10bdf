#include "core/rtp/codec/h265.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

constexpr std::uint8_t header(unsigned type) {
    return static_cast<std::uint8_t>(type << 1);
}

TEST(H265Packet, EveryIrapTypeIsAKeyframeStart) {
    for (unsigned type = 0; type < 32; ++type) {
        const auto packet = H265Packet::parse(Payload{header(type), 0x01, 0x80});
        ASSERT_TRUE(packet);
        EXPECT_EQ(packet->keyframe_start, type >= 16 && type <= 23) << type;
        EXPECT_TRUE(packet->frame_start) << type;
    }
}

TEST(H265Packet, ALaterSliceStartsNothing) {
    const auto packet = H265Packet::parse(Payload{header(19), 0x01, 0x40});
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->has_irap);
    EXPECT_FALSE(packet->keyframe_start);
    EXPECT_FALSE(packet->frame_start);
}

TEST(H265Packet, LooksIntoAggregationPackets) {
    // VPS, then an IDR slice.
    const Payload payload{header(48), 0x01, 0x00, 0x03,       header(32), 0x01,
                          0xAA,       0x00, 0x03, header(19), 0x01,       0x80};
    const auto packet = H265Packet::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->keyframe_start);
    EXPECT_TRUE(packet->has_irap);
    EXPECT_FALSE(H265Packet::parse(Bytes{payload}.first(payload.size() - 1)));
}

TEST(H265Packet, OnlyTheFirstFragmentIsAStart) {
    EXPECT_TRUE(H265Packet::parse(Payload{header(49), 0x01, 0x93, 0x80})->keyframe_start);
    EXPECT_FALSE(H265Packet::parse(Payload{header(49), 0x01, 0x13, 0x80})->keyframe_start);
}

TEST(H265Packet, TellsItsTemporalLayer) {
    EXPECT_EQ(H265Packet::parse(Payload{header(1), 0x03, 0x80})->temporal_id, 2);
    EXPECT_FALSE(H265Packet::parse(Payload{header(1), 0x00, 0x80})) << "TID + 1 is never 0";
    EXPECT_FALSE(H265Packet::parse(Payload{header(1), 0x01}));
}

} // namespace
} // namespace parley::rtp
