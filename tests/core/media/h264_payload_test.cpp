#include "core/media/h264_payload.hpp"
#include "tests/core/media/bit_writer.hpp"
#include "tests/core/media/packets.hpp"

#include <gtest/gtest.h>

namespace parley::media::test {
namespace {

// Written by x264.
const Octets sps_640x360{0x67, 0x42, 0xC0, 0x16, 0xD9, 0x00, 0xA0, 0x2F, 0xF9,
                         0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00,
                         0x03, 0x00, 0x0A, 0x0F, 0x16, 0x2E, 0x48};
const Octets sps_1920x1080{0x67, 0x64, 0x00, 0x28, 0xAC, 0xD9, 0x40, 0x78, 0x02,
                           0x27, 0xE5, 0xC0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04,
                           0x00, 0x00, 0x03, 0x00, 0x28, 0x3C, 0x60, 0xC6, 0x58};
const Octets pps{0x68, 0xCB, 0x83, 0xCB, 0x20}; // both ids are 0
const Octets other_pps{0x68, 0xCE, 0x3C, 0x80};
const Octets idr{0x65, 0x88, 0x84, 0x11, 0x22};
const Octets second_idr_slice{0x65, 0x40, 0x84, 0x33};
const Octets delta{0x41, 0x9A, 0x24, 0x44};
const Octets sei{0x06, 0x05, 0x01, 0xAA, 0x80};
const Octets delimiter{0x09, 0xF0};
const Octets filler{0x0C, 0xFF, 0x80};

Octets stap_a(std::initializer_list<Octets> nals) {
    Octets all{0x78};
    for (const auto& nal : nals)
        all = joined({all, aggregated(nal)});
    return all;
}
Octets fu_a(const Octets& nal, std::size_t from, std::size_t to) {
    Octets all{static_cast<std::uint8_t>((nal[0] & 0xE0) | 28),
               static_cast<std::uint8_t>((nal[0] & 0x1F) | (from == 1 ? 0x80 : 0) |
                                         (to == nal.size() ? 0x40 : 0))};
    all.insert(all.end(), nal.begin() + static_cast<std::ptrdiff_t>(from),
               nal.begin() + static_cast<std::ptrdiff_t>(to));
    return all;
}
Octets avcc(const Octets& sps, const Octets& pps_nal) {
    Octets all{1, sps[1], sps[2], sps[3], 0xFF, 0xE1};
    all = joined({all, aggregated(sps), {1}, aggregated(pps_nal)});
    if (sps[1] == 100) all = joined({all, {0xFD, 0xF8, 0xF8, 0x00}});
    return all;
}

class H264 : public testing::Test {
  protected:
    void send_keyframe(const Octets& sps = sps_640x360, const Octets& pps_nal = pps) {
        stream_.send(sps).send(pps_nal).send_last(idr);
    }
    Stream stream_{Codec::h264};
};

TEST_F(H264, SingleNalUnitsComeWithLengthsAndWithoutParameterSets) {
    stream_.send(delimiter).send(sps_640x360).send(pps).send(sei).send(idr).send(filler);
    stream_.send_last(second_idr_slice).send_last(delta);
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_EQ(units[0].unit.data, joined({sized(sei), sized(idr), sized(second_idr_slice)}));
    EXPECT_TRUE(units[0].unit.keyframe);
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->codec, Codec::h264);
    EXPECT_EQ(units[0].format->width, 640);
    EXPECT_EQ(units[0].format->height, 360);
    EXPECT_EQ(units[0].format->configuration, avcc(sps_640x360, pps));
    EXPECT_EQ(units[1].unit.data, sized(delta));
    EXPECT_FALSE(units[1].unit.keyframe);
}

TEST_F(H264, AggregationPacketsAreTakenApart) {
    stream_.send(stap_a({sps_640x360, pps, sei})).send_last(stap_a({idr, second_idr_slice}));
    EXPECT_EQ(stream_.data(),
              std::vector<Octets>{joined({sized(sei), sized(idr), sized(second_idr_slice)})});
}

TEST_F(H264, FragmentsArePutTogether) {
    stream_.send(fu_a(sps_640x360, 1, 9)).send(fu_a(sps_640x360, 9, sps_640x360.size()));
    stream_.send(pps).send(fu_a(idr, 1, 3)).send(fu_a(idr, 3, 4)).send_last(fu_a(idr, 4, 5));
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 1U);
    EXPECT_EQ(units[0].unit.data, sized(idr));
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->configuration, avcc(sps_640x360, pps));
}

TEST_F(H264, AFragmentThatLacksItsEndOrItsStartIsNoUnit) {
    send_keyframe();
    stream_.send_last(fu_a(delta, 1, 3));
    EXPECT_TRUE(stream_.depacketizer().frozen());
    send_keyframe();
    stream_.send_last(fu_a(delta, 2, 4));
    EXPECT_TRUE(stream_.depacketizer().frozen());
    send_keyframe();
    stream_.send(fu_a(delta, 1, 3)).send_last(delta);
    EXPECT_TRUE(stream_.depacketizer().frozen());
    EXPECT_EQ(stream_.data(), std::vector(3, sized(idr)));
}

TEST_F(H264, TheInterleavedModeIsBroken) {
    for (const unsigned type : {0, 25, 26, 27, 29, 30, 31}) {
        send_keyframe();
        stream_.send_last({static_cast<std::uint8_t>(0x60 | type), 0, 0, 0, 0});
        EXPECT_TRUE(stream_.depacketizer().frozen()) << type;
    }
    EXPECT_EQ(stream_.depacketizer().counters().broken, 7U);
}

TEST_F(H264, ParameterSetsMayComeBySdpAlone) {
    // The two above, in base64.
    Stream stream{Codec::h264, "packetization-mode=1;profile-level-id=42c016;sprop-parameter-sets="
                               "Z0LAFtkAoC/5cBEAAAMAAQAAAwAKDxYuSA==,aMuDyyA="};
    stream.send_last(idr);
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 1U);
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->configuration, avcc(sps_640x360, pps));
    EXPECT_FALSE(stream.depacketizer().take_keyframe_wish());
}

TEST_F(H264, WithoutParameterSetsAKeyframeCannotBeDecoded) {
    stream_.send_last(idr);
    EXPECT_TRUE(stream_.depacketizer().frozen());
    EXPECT_TRUE(stream_.depacketizer().take_keyframe_wish());
    stream_.send(sps_640x360).send_last(idr); // its PPS is missing still
    EXPECT_TRUE(stream_.units().empty());
    send_keyframe();
    EXPECT_EQ(stream_.data(), std::vector<Octets>{sized(idr)});
}

TEST_F(H264, ParameterSetsMayHaveATimeOfTheirOwn) {
    stream_.send(sps_640x360).send_last(pps).send_last(idr);
    EXPECT_EQ(stream_.data(), std::vector<Octets>{sized(idr)});
    EXPECT_FALSE(stream_.depacketizer().take_keyframe_wish());
}

TEST_F(H264, NewParameterSetsAreANewFormat) {
    send_keyframe();
    send_keyframe();
    send_keyframe(sps_1920x1080);
    send_keyframe(sps_1920x1080, other_pps);
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 4U);
    EXPECT_TRUE(units[0].format);
    EXPECT_FALSE(units[1].format);
    ASSERT_TRUE(units[2].format);
    EXPECT_EQ(units[2].format->width, 1920);
    EXPECT_EQ(units[2].format->configuration, avcc(sps_1920x1080, pps));
    ASSERT_TRUE(units[3].format);
    EXPECT_EQ(units[3].format->configuration, avcc(sps_1920x1080, other_pps));
}

TEST_F(H264, ParameterSetsThatChangeWithoutAKeyframeStayInTheUnit) {
    send_keyframe();
    stream_.send(pps).send_last(delta).send(other_pps).send_last(delta);
    stream_.send_last(idr);
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 4U);
    EXPECT_EQ(units[1].unit.data, sized(delta));
    EXPECT_EQ(units[2].unit.data, joined({sized(other_pps), sized(delta)}));
    ASSERT_TRUE(units[3].format);
    EXPECT_EQ(units[3].format->configuration, avcc(sps_640x360, other_pps));
}

TEST_F(H264, AKeyframeWhoseParameterSetsAreLostIsLeftOut) {
    send_keyframe();
    stream_.lose(2).send_last(idr);
    EXPECT_EQ(stream_.data(), std::vector<Octets>{sized(idr)});
    EXPECT_TRUE(stream_.depacketizer().frozen());
    EXPECT_TRUE(stream_.depacketizer().take_keyframe_wish());
    send_keyframe();
    EXPECT_EQ(stream_.data(), std::vector<Octets>{sized(idr)});
}

TEST_F(H264, WhatFollowsALossWithTheSameTimeIsNoBeginning) {
    stream_.send(sps_640x360).send(pps).lose().send_last(idr); // an SEI, perhaps
    EXPECT_TRUE(stream_.units().empty());
    EXPECT_TRUE(stream_.depacketizer().take_keyframe_wish());
}

TEST_F(H264, ALaterSliceIsNoBeginning) {
    send_keyframe();
    stream_.lose().send_last(second_idr_slice);
    EXPECT_EQ(stream_.units().size(), 1U);
    EXPECT_TRUE(stream_.depacketizer().frozen());
}

TEST_F(H264, ParameterSetsWithoutEndAreRefused) {
    stream_.send(sps_640x360);
    for (unsigned id = 0; id < 40; ++id)
        stream_.send(BitWriter{}.bits(0x68, 8).ue(id).ue(0).bits(1, 1).bytes());
    stream_.send_last(idr);
    EXPECT_EQ(stream_.depacketizer().counters().broken, 1U);
    EXPECT_TRUE(stream_.units().empty());
    send_keyframe();
    EXPECT_EQ(stream_.units().size(), 1U);
}

} // namespace
} // namespace parley::media::test
