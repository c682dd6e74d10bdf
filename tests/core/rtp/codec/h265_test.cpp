#include "core/rtp/codec/h265.hpp"
#include "core/rtp/codec/h265_sps.hpp"

#include <gtest/gtest.h>

#include <utility>
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

// Sequence parameter sets written by x265.
const Payload sps_640x360{0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00,
                          0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x3F, 0xA0, 0x05, 0x02, 0x01,
                          0x69, 0x65, 0x95, 0x9A, 0x49, 0x32, 0xBC, 0x05, 0xA0, 0x20, 0x00,
                          0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x00, 0xA1};
const Payload sps_1920x1080{0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00,
                            0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x78, 0xA0, 0x03, 0xC0, 0x80,
                            0x10, 0xE5, 0x96, 0x56, 0x69, 0x24, 0xCA, 0xF0, 0x16, 0x80, 0x80,
                            0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x03, 0x02, 0x84};
const Payload sps_444_322x180{0x42, 0x01, 0x01, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9E, 0x08,
                              0x00, 0x00, 0x03, 0x00, 0x00, 0x3C, 0x90, 0x01, 0x49, 0x01, 0x73,
                              0x9E, 0x5C, 0xB2, 0xB3, 0x49, 0x26, 0x57, 0x80, 0xB4, 0x04, 0x00,
                              0x00, 0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0x14, 0x20};

TEST(H265Packet, TellsTheCroppedSizeOfItsSps) {
    const auto size = [](const Payload& sps) {
        const auto packet = H265Packet::parse(sps);
        return std::pair<unsigned, unsigned>(packet->width, packet->height);
    };
    EXPECT_EQ(size(sps_640x360), std::pair(640U, 360U));
    EXPECT_EQ(size(sps_1920x1080), std::pair(1920U, 1080U));
    EXPECT_EQ(size(sps_444_322x180), std::pair(322U, 180U));
    for (std::size_t length = 0; length < 22; ++length) {
        EXPECT_FALSE(parse_h265_sps(Bytes{sps_640x360}.first(length))) << length;
    }
}

TEST(H265Sps, TellsWhatADecoderHasToKnow) {
    const auto main = parse_h265_sps(sps_1920x1080);
    ASSERT_TRUE(main);
    EXPECT_EQ(main->chroma_format_idc, 1);
    EXPECT_EQ(main->luma_bit_depth, 8);
    EXPECT_EQ(main->chroma_bit_depth, 8);
    EXPECT_EQ(main->temporal_layers, 1);
    EXPECT_TRUE(main->temporal_id_nested);
    EXPECT_EQ(main->profile_tier_level[0], 1);    // main profile
    EXPECT_EQ(main->profile_tier_level[11], 120); // level 4
    const auto range_extensions = parse_h265_sps(sps_444_322x180);
    ASSERT_TRUE(range_extensions);
    EXPECT_EQ(range_extensions->chroma_format_idc, 3);
    EXPECT_EQ(range_extensions->profile_tier_level[0], 4);
}

} // namespace
} // namespace parley::rtp
