#include "core/rtp/codec/av1_depacketizer.hpp"
#include "core/rtp/codec/av1_packetizer.hpp"
#include "tests/core/rtp/codec/av1_streams.hpp"

#include <gtest/gtest.h>

namespace parley::rtp {
namespace {

using namespace test;

/// Units on their way: packets that can be taken away or spoilt, and what comes out.
class Av1Depacketizing : public testing::Test {
  protected:
    struct Sent {
        Octets payload;
        std::uint32_t timestamp;
        bool marker;
    };

    std::vector<Sent> packets_of(const Octets& unit, std::size_t max = 60) {
        EXPECT_TRUE(packetizer_.plan(unit, max));
        timestamp_ += 3000;
        std::vector<Sent> packets;
        for (std::size_t i = 0; i < packetizer_.payload_count(); ++i) {
            Octets payload(packetizer_.payload_size(i));
            packetizer_.write(i, payload);
            packets.push_back({payload, timestamp_, i + 1 == packetizer_.payload_count()});
        }
        return packets;
    }
    void receive(const Sent& packet, bool gap = false) {
        const Av1Depacketizer::Packet p{packet.payload, packet.timestamp, packet.marker, gap};
        if (auto unit = depacketizer_.ended_before(p)) received_.push_back(std::move(*unit));
        if (auto unit = depacketizer_.push(p)) received_.push_back(std::move(*unit));
    }
    void receive_all(const Octets& unit) {
        for (const auto& packet : packets_of(unit))
            receive(packet);
    }
    void receive_keyframe() {
        receive_all(key);
        ASSERT_EQ(received_.size(), 1U);
        received_.clear();
        depacketizer_.take_keyframe_wish();
    }

    const Octets key = joined({delimiter, sequence_header(), key_frame(200)});
    const Octets delta = joined({delimiter, delta_frame(150)});

    Av1Packetizer packetizer_;
    Av1Depacketizer depacketizer_;
    std::vector<Av1TemporalUnit> received_;
    std::uint32_t timestamp_ = 0xFFFFF000; // wraps
};

TEST_F(Av1Depacketizing, GivesBackWhatWasSent) {
    receive_all(key);
    receive_all(delta);
    ASSERT_EQ(received_.size(), 2U);
    EXPECT_EQ(received_[0].bytes, key);
    EXPECT_TRUE(received_[0].keyframe);
    EXPECT_EQ(received_[0].sequence.width, 640);
    EXPECT_EQ(received_[1].bytes, delta);
    EXPECT_FALSE(received_[1].keyframe);
    EXPECT_FALSE(received_[1].discontinuity);
    EXPECT_FALSE(depacketizer_.take_keyframe_wish());
}

TEST_F(Av1Depacketizing, KeepsExtensionHeaders) {
    const auto layers = joined({delimiter, sequence_header(),
                                layer_obu(ObuType::frame, 0, 0, frame_payload(0x10, 100)),
                                layer_obu(ObuType::frame, 0, 1, frame_payload(0x30, 100))});
    receive_all(layers);
    ASSERT_EQ(received_.size(), 1U);
    EXPECT_EQ(received_[0].bytes, layers);
}

TEST_F(Av1Depacketizing, BeginsWithAKeyframe) {
    receive_all(delta);
    EXPECT_TRUE(received_.empty());
    EXPECT_TRUE(depacketizer_.take_keyframe_wish());
    EXPECT_FALSE(depacketizer_.take_keyframe_wish()) << "said once";
    receive_all(key);
    ASSERT_EQ(received_.size(), 1U);
    EXPECT_TRUE(received_[0].discontinuity);
}

TEST_F(Av1Depacketizing, EndsAUnitByTheNextTimestampWhereNoMarkerIsSet) {
    for (auto packet : packets_of(key)) {
        packet.marker = false;
        receive(packet);
    }
    EXPECT_TRUE(received_.empty());
    EXPECT_TRUE(depacketizer_.unit_open());
    receive(packets_of(delta)[0]);
    ASSERT_EQ(received_.size(), 1U);
    EXPECT_EQ(received_[0].bytes, key);
}

TEST_F(Av1Depacketizing, GivesTheLastUnitAtTheEnd) {
    for (auto packet : packets_of(key)) {
        packet.marker = false;
        receive(packet);
    }
    EXPECT_TRUE(depacketizer_.finish());
    EXPECT_FALSE(depacketizer_.finish());
}

TEST_F(Av1Depacketizing, LeavesOutAUnitWhicheverOfItsPacketsIsLost) {
    for (std::size_t lost = 0; lost < 3; ++lost) {
        depacketizer_.reset();
        received_.clear();
        receive_keyframe();
        const auto packets = packets_of(delta);
        ASSERT_EQ(packets.size(), 3U);
        bool gap = false;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            if (i != lost)
                receive(packets[i], std::exchange(gap, false));
            else
                gap = true;
        }
        const auto next = packets_of(delta);
        for (const auto& packet : next)
            receive(packet, std::exchange(gap, false));
        ASSERT_EQ(received_.size(), 1U) << lost;
        EXPECT_EQ(received_[0].bytes, delta);
        EXPECT_TRUE(received_[0].discontinuity);
        EXPECT_TRUE(depacketizer_.take_keyframe_wish());
    }
}

TEST_F(Av1Depacketizing, TakesUpAgainAtOnceAfterAWholeUnitIsLost) {
    receive_keyframe();
    packets_of(delta); // never arrives
    const auto packets = packets_of(delta);
    for (std::size_t i = 0; i < packets.size(); ++i)
        receive(packets[i], i == 0);
    ASSERT_EQ(received_.size(), 1U);
    EXPECT_TRUE(received_[0].discontinuity);
}

TEST_F(Av1Depacketizing, WaitsForAKeyframeWhereAsked) {
    depacketizer_.set_wait_for_keyframe(true);
    receive_keyframe();
    const auto packets = packets_of(delta);
    receive(packets[0], true);
    receive(packets[1]);
    receive(packets[2]);
    receive_all(delta);
    EXPECT_TRUE(received_.empty());
    EXPECT_TRUE(depacketizer_.take_keyframe_wish());
    receive_all(key);
    receive_all(delta);
    ASSERT_EQ(received_.size(), 2U);
    EXPECT_TRUE(received_[0].keyframe && received_[0].discontinuity);
    EXPECT_FALSE(received_[1].discontinuity);
}

TEST_F(Av1Depacketizing, IsNotTakenInByALayerOfALostPicture) {
    receive_keyframe();
    const auto packets =
        packets_of(joined({layer_obu(ObuType::frame, 0, 0, frame_payload(0x30, 20)),
                           layer_obu(ObuType::frame, 0, 1, frame_payload(0x30, 20))}));
    ASSERT_EQ(packets.size(), 2U);
    receive(packets[1], true);
    EXPECT_TRUE(received_.empty());
}

TEST_F(Av1Depacketizing, TakesObusWithSizeFieldsAndIgnoresDelimiters) {
    Octets payload{0x30 | 0x08, 2};
    for (const auto& part : {delimiter, Octets{13}, sequence_header(), key_frame(10)})
        payload.insert(payload.end(), part.begin(), part.end());
    receive({payload, 1, true});
    ASSERT_EQ(received_.size(), 1U);
    EXPECT_EQ(received_[0].bytes, joined({delimiter, sequence_header(), key_frame(10)}));
}

TEST_F(Av1Depacketizing, LeavesOutAUnitWithABrokenPacket) {
    const Octets broken[] = {
        {},                       // no aggregation header
        {0x10},                   // no element
        {0x90, 0xAA},             // continues nothing
        {0x20, 0x05, 0x30},       // a length past the end
        {0x30, 0x01, 0x30, 0x01}, // fewer elements than counted
        {0x10, 0xB0, 0x10},       // the forbidden bit
        {0x10, 0x08, 0x00},       // a sequence header that ends at once
        {0x10, 0x32, 0x7F, 0x30}, // an OBU whose size is more than there is
    };
    for (const auto& payload : broken) {
        depacketizer_.reset();
        received_.clear();
        receive_keyframe();
        receive({payload, ++timestamp_, true});
        EXPECT_TRUE(received_.empty());
        EXPECT_TRUE(depacketizer_.take_keyframe_wish() || payload.empty());
        receive_all(delta);
        ASSERT_EQ(received_.size(), 1U);
        EXPECT_EQ(received_[0].bytes, delta);
        EXPECT_TRUE(received_[0].discontinuity);
    }
}

TEST_F(Av1Depacketizing, LeavesOutAUnitWhoseLastObuNeverEnds) {
    receive_keyframe();
    auto packets = packets_of(delta);
    packets[1].marker = true;
    receive(packets[0]);
    receive(packets[1]);
    EXPECT_TRUE(received_.empty());
    receive_all(delta);
    EXPECT_EQ(received_.size(), 1U);
}

TEST_F(Av1Depacketizing, HoldsNoMoreThanItsLimit) {
    depacketizer_ = Av1Depacketizer{1000};
    Octets payload(400, 0xAA);
    payload[0] = 0x10 | 0x40;
    payload[1] = 0x30;
    receive({payload, 1, false});
    EXPECT_TRUE(depacketizer_.unit_open());
    payload[0] = 0x10 | 0x40 | 0x80;
    receive({payload, 1, false});
    receive({payload, 1, false});
    EXPECT_FALSE(depacketizer_.unit_open()) << "1200 bytes of one unit";
    receive_all(key);
    EXPECT_EQ(received_.size(), 1U);
}

} // namespace
} // namespace parley::rtp
