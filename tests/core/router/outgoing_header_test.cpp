#include "core/router/outgoing_header.hpp"
#include "core/rtp/codec/av1.hpp"
#include "core/rtp/packet.hpp"
#include "tests/core/router/harness.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

using namespace test;
using rtp::Extension;

class OutgoingHeaderTest : public testing::Test {
  protected:
    rtp::PacketView write(const MediaPacket& packet, std::uint16_t frame_number_offset = 0) {
        out_.assign(header.bound(packet), 0xEE);
        const std::size_t size = header.write(out_.data(), packet, 0xABCD, 0x12345678,
                                              frame_number_offset, context, 0x00A1B2C3);
        EXPECT_LE(size, out_.size());
        out_.resize(size);
        const auto view = rtp::PacketView::parse(out_);
        EXPECT_TRUE(view);
        EXPECT_EQ(view->header_size(), size);
        return *view;
    }
    static Buffer data(const rtp::PacketView& view, Extension extension) {
        const Bytes found = view.find(rtp::canonical_id(extension));
        return {found.begin(), found.end()};
    }

    OutgoingHeader header;
    SendContext context{wall};
    MediaPacket packet;
    Buffer out_;
};

TEST_F(OutgoingHeaderTest, NothingAgreedMeansTwelveBytes) {
    header.build(rtp::Ssrc{99}, 111, "v1", {});
    packet.marker = true;
    packet.values = MediaPacket::has_audio_level;
    const auto view = write(packet);
    EXPECT_EQ(view.header_size(), 12U);
    EXPECT_EQ(view.payload_type(), 111);
    EXPECT_TRUE(view.marker());
    EXPECT_EQ(view.sequence(), 0xABCD);
    EXPECT_EQ(view.timestamp(), 0x12345678U);
    EXPECT_EQ(view.ssrc(), rtp::Ssrc{99});
    EXPECT_FALSE(header.differs_each_time());
}

TEST_F(OutgoingHeaderTest, WhatIsAlikeInAllPackets) {
    header.build(rtp::Ssrc{99}, 96, "video-0123456789", rtp::ExtensionMap::canonical());
    context.transport_sequence = 0xFFFF;
    auto view = write(packet);
    EXPECT_EQ(data(view, Extension::mid).size(), 16U);
    EXPECT_EQ(data(view, Extension::transport_cc), (Buffer{0xFF, 0xFF}));
    EXPECT_EQ(data(view, Extension::abs_send_time), (Buffer{0xA1, 0xB2, 0xC3}));
    view = write(packet);
    EXPECT_EQ(data(view, Extension::transport_cc), (Buffer{0, 0})) << "one counter a transport";
    EXPECT_TRUE(data(view, Extension::rid).empty()) << "layers are ours, not the subscriber's";
    EXPECT_TRUE(header.differs_each_time());
}

TEST_F(OutgoingHeaderTest, ValuesTravelWithTheirPacket) {
    header.build(rtp::Ssrc{99}, 96, "a", rtp::ExtensionMap::canonical());
    packet.values = MediaPacket::has_audio_level | MediaPacket::has_video_orientation |
                    MediaPacket::has_playout_delay | MediaPacket::has_capture_time;
    packet.audio_level = {42, true};
    packet.video_orientation = 3;
    packet.playout_delay[1] = 7;
    packet.capture = NtpTime{0x0102030405060708};
    const auto view = write(packet);
    EXPECT_EQ(data(view, Extension::audio_level), (Buffer{0x80 | 42}));
    EXPECT_EQ(data(view, Extension::video_orientation), (Buffer{3}));
    EXPECT_EQ(data(view, Extension::playout_delay), (Buffer{0, 7, 0}));
    EXPECT_EQ(data(view, Extension::abs_capture_time), (Buffer{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_EQ(data(view, Extension::mid), (Buffer{'a'}));
    packet.values = 0;
    EXPECT_TRUE(data(write(packet), Extension::audio_level).empty());
}

TEST_F(OutgoingHeaderTest, ValuesAloneMakeABlockToo) {
    rtp::ExtensionMap map;
    map.set(3, Extension::audio_level);
    header.build(rtp::Ssrc{99}, 111, "", map);
    EXPECT_EQ(write(packet).header_size(), 12U);
    packet.values = MediaPacket::has_audio_level;
    packet.audio_level = {10, false};
    const auto view = write(packet);
    EXPECT_EQ(view.header_size(), 20U);
    ASSERT_EQ(view.find(3).size(), 1U);
    EXPECT_EQ(view.find(3)[0], 10);
}

TEST_F(OutgoingHeaderTest, LongDescriptorTakesTheTwoByteFormWhereItMay) {
    // Mandatory part (3 bytes), then what stands for a template structure.
    Buffer descriptor{0x80, 0x00, 0x05};
    descriptor.resize(60, 0x11);
    packet.payload_data = descriptor.data();
    packet.descriptor_size = static_cast<std::uint8_t>(descriptor.size());
    packet.values = MediaPacket::has_descriptor | MediaPacket::has_playout_delay;
    header.build(rtp::Ssrc{99}, 45, "av1", rtp::ExtensionMap::canonical());
    auto view = write(packet, 0x0102);
    const Buffer sent = data(view, Extension::dependency_descriptor);
    ASSERT_EQ(sent.size(), 60U);
    EXPECT_EQ(rtp::DependencyDescriptor::parse(sent)->frame_number, 0x0107);
    EXPECT_EQ(descriptor[2], 5) << "the ring's copy stays as it is";
    EXPECT_EQ(data(view, Extension::mid).size(), 3U);
    EXPECT_EQ(data(view, Extension::transport_cc).size(), 2U);
    EXPECT_EQ(data(view, Extension::playout_delay).size(), 3U);

    auto map = rtp::ExtensionMap::canonical();
    map.set_mixed(false);
    header.build(rtp::Ssrc{99}, 45, "av1", map);
    view = write(packet);
    EXPECT_TRUE(data(view, Extension::dependency_descriptor).empty())
        << "a peer that cannot take structures could not follow";
    EXPECT_EQ(data(view, Extension::playout_delay).size(), 3U);
}

TEST(AbsSendTime, Is6Point18Seconds) {
    EXPECT_EQ(OutgoingHeader::abs_send_time(Instant{0s}), 0U);
    EXPECT_EQ(OutgoingHeader::abs_send_time(Instant{1s}), 1U << 18);
    EXPECT_EQ(OutgoingHeader::abs_send_time(Instant{64s + 500ms}), 1U << 17);
}

} // namespace
} // namespace parley
