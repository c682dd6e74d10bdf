#include "core/rtp/codec/av1_sequence.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

TEST(Av1Sequence, ReadsWhatLibaomWrites) {
    const Payload header{0x00, 0x00, 0x00, 0x42, 0xAB, 0xBF, 0xC3, 0x77, 0x6B, 0xE4, 0x01};
    const auto sequence = Av1Sequence::parse(header);
    ASSERT_TRUE(sequence);
    EXPECT_EQ(sequence->profile, 0);
    EXPECT_EQ(sequence->level_idx, 8);
    EXPECT_EQ(sequence->tier, 0);
    EXPECT_EQ(sequence->width, 1920);
    EXPECT_EQ(sequence->height, 1080);
    EXPECT_EQ(sequence->bit_depth, 8);
    EXPECT_TRUE(sequence->subsampling_x && sequence->subsampling_y);
    EXPECT_FALSE(sequence->monochrome);
    EXPECT_FALSE(sequence->still_only);
}

TEST(Av1Sequence, ReadsPastTimingDecoderModelAndOperatingPoints) {
    // Profile 0; timing info with equal intervals and a decoder model with delays of 10 bits;
    // display delays; two operating points, one with a tier, a model and a delay of its own.
    const Payload header = [] {
        Payload bytes;
        unsigned used = 0;
        const auto put = [&](std::uint64_t value, unsigned count) {
            while (count-- != 0) {
                if (used % 8 == 0) bytes.push_back(0);
                bytes.back() |= static_cast<std::uint8_t>((value >> count & 1) << (7 - used % 8));
                ++used;
            }
        };
        put(0, 5);
        put(1, 1);
        put(1, 32), put(60, 32), put(1, 1), put(0b00101, 5);
        put(1, 1), put(9, 5), put(1, 32), put(9, 5), put(9, 5);
        put(1, 1), put(1, 5);
        put(0x103, 12), put(9, 5), put(1, 1), put(1, 1), put(0x155, 10), put(0x2AA, 10), put(1, 1);
        put(1, 1), put(5, 4);
        put(0x101, 12), put(5, 5), put(0, 1), put(0, 1);
        put(9, 4), put(8, 4), put(639, 10), put(359, 9);
        put(1, 1), put(0x55, 7);                    // frame ids
        put(5, 3), put(3, 4), put(1, 1), put(2, 2); // tools, order hints
        put(0, 1), put(1, 1), put(0, 1), put(1, 1); // screen content, integer motion vectors
        put(6, 3), put(5, 3);                       // order hint bits, superres to restoration
        put(1, 1), put(0, 1), put(0, 1), put(0, 1); // 10 bits, colour range
        return bytes;
    }();
    const auto sequence = Av1Sequence::parse(header);
    ASSERT_TRUE(sequence);
    EXPECT_EQ(sequence->width, 640);
    EXPECT_EQ(sequence->height, 360);
    EXPECT_EQ(sequence->level_idx, 9);
    EXPECT_EQ(sequence->tier, 1);
    EXPECT_EQ(sequence->bit_depth, 10);
    EXPECT_EQ(sequence->top_spatial_id, 0);
    for (std::size_t length = 0; length < header.size(); ++length) {
        EXPECT_FALSE(Av1Sequence::parse(Bytes{header}.first(length))) << length;
    }
}

} // namespace
} // namespace parley::rtp
