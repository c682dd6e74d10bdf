#include "core/media/vp9_frame.hpp"
#include "core/media/vp9_payload.hpp"
#include "tests/core/media/bit_writer.hpp"
#include "tests/core/media/packets.hpp"

#include <gtest/gtest.h>

namespace parley::media::test {
namespace {

// Profile 0, shown, BT.709.
Octets key_frame(unsigned width, unsigned height) {
    BitWriter frame;
    frame.bits(2, 2).bits(0, 2).bits(0, 1).bits(0, 1).bits(1, 1).bits(0, 1);
    frame.bits(0x498342, 24).bits(2, 3).bits(0, 1).bits(width - 1, 16).bits(height - 1, 16);
    return frame.bits(0xAB, 8).bytes();
}
// Predicted, of its own size.
Octets layer_frame(unsigned width, unsigned height) {
    BitWriter frame;
    frame.bits(2, 2).bits(0, 2).bits(0, 1).bits(1, 1).bits(1, 1).bits(0, 1);
    frame.bits(0, 2).bits(1, 8).bits(0, 12).bits(0, 3).bits(width - 1, 16).bits(height - 1, 16);
    return frame.bits(0xCD, 8).bytes();
}
const Octets delta_frame = [] {
    BitWriter frame;
    frame.bits(2, 2).bits(0, 2).bits(0, 1).bits(1, 1).bits(1, 1).bits(0, 1);
    return frame.bits(0, 2).bits(1, 8).bits(0, 12).bits(1, 1).bits(0xEF, 16).bytes();
}();

// I, P where predicted, B, E; a 7-bit picture id.
Octets packet(const Octets& data, bool predicted, bool begin = true, bool end = true) {
    return joined({{static_cast<std::uint8_t>(0x80 | (predicted ? 0x40 : 0) | (begin ? 0x08 : 0) |
                                              (end ? 0x04 : 0)),
                    0x01},
                   data});
}
// The same of a layer, in non-flexible mode.
Octets layer_packet(const Octets& data, unsigned spatial, bool predicted) {
    return joined({{static_cast<std::uint8_t>(0xA0 | (predicted ? 0x40 : 0) | 0x0C), 0x01,
                    static_cast<std::uint8_t>(spatial << 1 | (spatial != 0 ? 1 : 0)), 0x00},
                   data});
}

TEST(Vp9Payload, FramesAreStrippedOfTheirDescriptors) {
    Stream stream{Codec::vp9};
    const auto key = key_frame(320, 240);
    stream.send(packet(key, false, true, false)).send_last(packet({1, 2}, false, false, true));
    stream.send_last(packet(delta_frame, true));
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_EQ(units[0].unit.data, joined({key, {1, 2}}));
    EXPECT_TRUE(units[0].unit.keyframe);
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->width, 320);
    EXPECT_EQ(units[0].format->height, 240);
    EXPECT_EQ(units[0].format->configuration, (Octets{0, 20, 0x82, 2, 2, 1, 0, 0}));
    EXPECT_EQ(units[1].unit.data, delta_frame);
    EXPECT_FALSE(units[1].unit.keyframe);
}

TEST(Vp9Payload, AllSpatialLayersAreOneUnitWithAnIndex) {
    Stream stream{Codec::vp9};
    const auto base = key_frame(160, 120);
    const auto upper = layer_frame(640, 480);
    stream.send(layer_packet(base, 0, false)).send_last(layer_packet(upper, 1, false));
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 1U);
    const auto size = [](const Octets& frame) {
        return Octets{static_cast<std::uint8_t>(frame.size()), 0, 0, 0};
    };
    EXPECT_EQ(units[0].unit.data, joined({base, upper, {0xD9}, size(base), size(upper), {0xD9}}));
    EXPECT_TRUE(units[0].unit.keyframe);
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->width, 640);
    EXPECT_EQ(units[0].format->height, 480);
}

TEST(Vp9Payload, AnUpperLayerIsNoBeginning) {
    Stream stream{Codec::vp9};
    stream.send_last(packet(key_frame(160, 120), false));
    stream.lose().send_last(layer_packet(layer_frame(640, 480), 1, false));
    EXPECT_EQ(stream.units().size(), 1U);
    EXPECT_TRUE(stream.depacketizer().take_keyframe_wish());
}

TEST(Vp9Frame, TellsDepthAndSampling) {
    BitWriter frame; // profile 3 of 12 bits, 4:2:2
    frame.bits(2, 2).bits(3, 2).bits(0, 1).bits(0, 1).bits(0, 1).bits(1, 1).bits(0, 1);
    frame.bits(0x498342, 24).bits(1, 1).bits(5, 3).bits(1, 1).bits(1, 1).bits(0, 1).bits(0, 1);
    frame.bits(1919, 16).bits(1079, 16);
    const auto header = Vp9FrameHeader::parse(frame.bytes());
    ASSERT_TRUE(header);
    EXPECT_EQ(header->profile, 3);
    EXPECT_EQ(vp9_format(*header, *header->size).configuration,
              (Octets{3, 41, 0xC5, 2, 2, 9, 0, 0}));
}

TEST(Vp9Frame, RefusesWhatIsNone) {
    EXPECT_FALSE(Vp9FrameHeader::parse(Octets{}));
    EXPECT_FALSE(Vp9FrameHeader::parse(Octets{0x00, 0x49, 0x83, 0x42, 0, 0, 0, 0, 0, 0}));
    auto key = key_frame(320, 240);
    key[1] = 0x48;
    EXPECT_FALSE(Vp9FrameHeader::parse(key));
    EXPECT_FALSE(Vp9FrameHeader::parse(Bytes{key_frame(320, 240)}.first(7)));
}

} // namespace
} // namespace parley::media::test
