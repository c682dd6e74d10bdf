#include "core/media/depacketizer.hpp"
#include "tests/core/media/packets.hpp"
#include "tests/core/rtp/codec/av1_streams.hpp"

#include <gtest/gtest.h>

namespace parley::media::test {
namespace {

const Octets start{0, 0, 0, 1};
const Octets sps{0x67, 0x42, 0xC0, 0x16, 0xD9, 0x00, 0xA0, 0x2F, 0xF9, 0x70, 0x11, 0x00, 0x00,
                 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x0A, 0x0F, 0x16, 0x2E, 0x48};
const Octets pps{0x68, 0xCB, 0x83, 0xCB, 0x20};
const Octets idr{0x65, 0x88, 0x84, 0x11, 0x22};
const Octets delta{0x41, 0x9A, 0x24, 0x44};

TEST(UnitReader, H264StartsWithAKeyframeAndItsParameterSets) {
    const auto reader = UnitReader::create(Codec::h264);
    EXPECT_FALSE(reader->read(joined({start, delta})));
    EXPECT_FALSE(reader->read(joined({start, idr}))) << "no parameter sets";
    const auto key =
        reader->read(joined({start, {0x09, 0xF0}, start, sps, start, pps, start, idr}));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->unit.data, sized(idr));
    EXPECT_TRUE(key->unit.keyframe);
    ASSERT_TRUE(key->format);
    EXPECT_EQ(key->format->width, 640);
    const auto next = reader->read(joined({start, delta}));
    ASSERT_TRUE(next);
    EXPECT_EQ(next->unit.data, sized(delta));
    EXPECT_FALSE(next->format);
    EXPECT_FALSE(reader->read({}));
    EXPECT_FALSE(reader->read(joined({start, {0x80, 1}})));
}

TEST(UnitReader, Av1LosesDelimitersAndPadding) {
    const auto reader = UnitReader::create(Codec::av1);
    namespace av1 = rtp::test;
    EXPECT_FALSE(reader->read(joined({av1::delimiter, av1::delta_frame(20)})));
    const auto key =
        reader->read(joined({av1::delimiter, av1::sequence_header(), av1::key_frame(20),
                             av1::obu(rtp::ObuType::padding, {1, 2})}));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->unit.data, joined({av1::sequence_header(), av1::key_frame(20)}));
    ASSERT_TRUE(key->format);
    EXPECT_EQ(key->format->width, 640);
    EXPECT_FALSE(reader->read(Octets{0xFF, 0xFF}));
}

TEST(UnitReader, OpusAndG711AsTheyAre) {
    const auto opus = UnitReader::create(Codec::opus)->read(Octets{0xFC, 1, 2, 3, 4});
    ASSERT_TRUE(opus);
    EXPECT_EQ(opus->unit.data, (Octets{0xFC, 1, 2, 3, 4}));
    EXPECT_EQ(opus->duration, 960U);
    ASSERT_TRUE(opus->format);
    EXPECT_EQ(opus->format->channels, 2);
    EXPECT_FALSE(UnitReader::create(Codec::opus)->read({}));
    const auto pcmu = UnitReader::create(Codec::pcmu)->read(Octets(160, 0xFF));
    ASSERT_TRUE(pcmu);
    EXPECT_EQ(pcmu->duration, 160U);
}

} // namespace
} // namespace parley::media::test
