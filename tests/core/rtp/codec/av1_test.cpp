#include "core/rtp/codec/av1.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

TEST(Av1Packet, AKeyframeStartsANewSequence) {
    // W = 2, N; a sequence header OBU of 3 bytes, then a frame OBU.
    const auto packet = Av1Packet::parse(Payload{0x28, 0x03, 0x08, 0x00, 0x00, 0x30, 0x10});
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->new_sequence);
    EXPECT_TRUE(packet->frame_start);
    EXPECT_EQ(packet->obu_count, 2);
    EXPECT_FALSE(packet->continues_previous);
    EXPECT_FALSE(packet->continued);
}

TEST(Av1Packet, AFragmentsContinuationStartsNothing) {
    const auto packet = Av1Packet::parse(Payload{0xD0, 0xAA});
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->continues_previous);
    EXPECT_TRUE(packet->continued);
    EXPECT_FALSE(packet->frame_start);
}

TEST(Av1Packet, ATileGroupStartsNoFrame) {
    EXPECT_FALSE(Av1Packet::parse(Payload{0x10, 0x20, 0xAA})->frame_start);
    EXPECT_TRUE(Av1Packet::parse(Payload{0x10, 0x30, 0xAA})->frame_start);
}

TEST(Av1Packet, TellsTheLayersOfItsFirstObu) {
    // W = 1, frame OBU with an extension header: temporal 2, spatial 1.
    const auto packet = Av1Packet::parse(Payload{0x10, 0x34, 0x48, 0xAA});
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->temporal_id, 2);
    EXPECT_EQ(packet->spatial_id, 1);
}

// Sequence headers written by libaom.
const Payload sequence_640x360{0x0A, 0x0B, 0x00, 0x00, 0x00, 0x0C, 0xC4,
                               0xFF, 0x67, 0x36, 0xBE, 0x40, 0x10};
const Payload sequence_1920x1080{0x0A, 0x0B, 0x00, 0x00, 0x00, 0x42, 0xAB,
                                 0xBF, 0xC3, 0x77, 0x6B, 0xE4, 0x01};

TEST(Av1Packet, TellsTheSizeOfItsSequenceHeader) {
    auto payload = sequence_1920x1080;
    payload.insert(payload.begin(), 0x18); // W = 1, N
    const auto packet = Av1Packet::parse(payload);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->width, 1920);
    EXPECT_EQ(packet->height, 1080);

    // As RTP has it: no size field in the OBU, the element's length before it.
    payload = {0x28, 0x0C, 0x08};
    payload.insert(payload.end(), sequence_640x360.begin() + 2, sequence_640x360.end());
    payload.insert(payload.end(), {0x30, 0x10});
    const auto two = Av1Packet::parse(payload);
    ASSERT_TRUE(two);
    EXPECT_EQ(two->width, 640);
    EXPECT_EQ(two->height, 360);
}

TEST(Av1Packet, RefusesWhatCannotBe) {
    EXPECT_FALSE(Av1Packet::parse(Payload{}));
    EXPECT_FALSE(Av1Packet::parse(Payload{0x10})) << "nothing behind the header";
    EXPECT_FALSE(Av1Packet::parse(Payload{0x98, 0xAA})) << "N and Z together";
    EXPECT_FALSE(Av1Packet::parse(Payload{0x00, 0x05, 0x30})) << "a size past the end";
    EXPECT_FALSE(Av1Packet::parse(Payload{0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0}))
        << "a size that does not end";
    EXPECT_FALSE(Av1Packet::parse(Payload{0x10, 0x34})) << "an extension header cut off";
}

TEST(DependencyDescriptor, ReadsTheMandatoryFields) {
    const auto descriptor = DependencyDescriptor::parse(Payload{0x85, 0x12, 0x34});
    ASSERT_TRUE(descriptor);
    EXPECT_TRUE(descriptor->frame_start);
    EXPECT_FALSE(descriptor->frame_end);
    EXPECT_EQ(descriptor->template_id, 5);
    EXPECT_EQ(descriptor->frame_number, 0x1234);
    EXPECT_FALSE(descriptor->has_structure);
}

TEST(DependencyDescriptor, SaysWhetherAStructureIsAttached) {
    EXPECT_TRUE(DependencyDescriptor::parse(Payload{0x80, 0, 1, 0x80, 0x00})->has_structure);
    EXPECT_FALSE(DependencyDescriptor::parse(Payload{0x80, 0, 1, 0x20, 0x00})->has_structure);
    EXPECT_FALSE(DependencyDescriptor::parse(Payload{0x80, 0}));
}

TEST(DependencyDescriptor, ShiftsItsFrameNumber) {
    Payload extension{0xC5, 0xFF, 0xFE, 0x80};
    DependencyDescriptor::shift_frame_number(extension, 5);
    EXPECT_EQ(extension, (Payload{0xC5, 0x00, 0x03, 0x80}));
}

} // namespace
} // namespace parley::rtp
