#include "core/media/av1_payload.hpp"
#include "tests/core/media/packets.hpp"
#include "tests/core/rtp/codec/av1_streams.hpp"

#include <gtest/gtest.h>

namespace parley::media::test {
namespace {

namespace av1 = rtp::test;

// One OBU as the only element of a packet.
Octets packet(const Octets& obu, bool new_sequence = false) {
    return joined({{static_cast<std::uint8_t>(0x10 | (new_sequence ? 0x08 : 0))}, obu});
}
// A keyframe of two packets.
void send_keyframe(Stream& stream) {
    stream.send(packet(av1::sequence_header(), true)).send_last(packet(av1::key_frame(40)));
}

TEST(Av1Payload, UnitsHaveNoDelimiterAndTheirConfiguration) {
    Stream stream{Codec::av1};
    send_keyframe(stream);
    stream.send_last(packet(av1::delta_frame(30)));
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_EQ(units[0].unit.data, joined({av1::sequence_header(), av1::key_frame(40)}));
    EXPECT_TRUE(units[0].unit.keyframe);
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->width, 640);
    EXPECT_EQ(units[0].format->height, 360);
    EXPECT_EQ(units[0].format->configuration,
              joined({{0x81, 0x01, 0x0C, 0x00}, av1::sequence_header()}));
    EXPECT_EQ(units[1].unit.data, av1::delta_frame(30));
}

TEST(Av1Payload, NothingComesBetweenALossAndAKeyframe) {
    Stream stream{Codec::av1};
    stream.send_last(packet(av1::delta_frame(30))).send_last(packet(av1::delta_frame(30)));
    EXPECT_TRUE(stream.depacketizer().take_keyframe_wish());
    EXPECT_FALSE(stream.depacketizer().take_keyframe_wish());
    send_keyframe(stream);
    stream.lose().send_last(packet(av1::delta_frame(30)));
    EXPECT_TRUE(stream.depacketizer().take_keyframe_wish());
    stream.send_last(packet(av1::delta_frame(31)));
    EXPECT_FALSE(stream.depacketizer().take_keyframe_wish());
    EXPECT_EQ(stream.units().size(), 1U);
    send_keyframe(stream);
    stream.send_last(packet(av1::delta_frame(32)));
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_TRUE(units[0].discontinuity);
    EXPECT_FALSE(stream.depacketizer().take_keyframe_wish());
}

TEST(Av1Payload, AnObuThatLacksItsEndIsNoUnit) {
    Stream stream{Codec::av1};
    send_keyframe(stream);
    auto cut = packet(av1::delta_frame(30));
    cut[0] |= 0x40; // goes on
    stream.send_last(cut);
    EXPECT_TRUE(stream.depacketizer().frozen());
    stream.send_last(packet(av1::delta_frame(31)));
    send_keyframe(stream);
    EXPECT_EQ(stream.units().size(), 2U);
}

TEST(Av1Payload, AKeyframeCutByALossLeavesNothingBehind) {
    Stream stream{Codec::av1};
    stream.send(packet(av1::sequence_header(), true)).lose().next_picture();
    send_keyframe(stream);
    EXPECT_EQ(stream.data(),
              std::vector<Octets>{joined({av1::sequence_header(), av1::key_frame(40)})});
}

} // namespace
} // namespace parley::media::test
