#include "core/rtp/codec/av1_packetizer.hpp"
#include "tests/core/rtp/codec/av1_streams.hpp"

#include <gtest/gtest.h>

namespace parley::rtp {
namespace {

using namespace test;

constexpr std::size_t roomy = 1200;
constexpr std::uint8_t z = 0x80;
constexpr std::uint8_t y = 0x40;
constexpr std::uint8_t n = 0x08;

std::vector<Octets> payloads_of(Av1Packetizer& packetizer, const Octets& stream, std::size_t max) {
    EXPECT_TRUE(packetizer.plan(stream, max));
    std::vector<Octets> payloads;
    for (std::size_t i = 0; i < packetizer.payload_count(); ++i) {
        Octets payload(packetizer.payload_size(i));
        packetizer.write(i, payload);
        payloads.push_back(payload);
    }
    return payloads;
}
std::vector<Octets> payloads_of(const Octets& stream, std::size_t max) {
    Av1Packetizer packetizer;
    return payloads_of(packetizer, stream, max);
}

Octets without_size(Octets obu) { // whose size field is one byte
    obu[0] &= 0xFD;
    obu.erase(obu.begin() + (obu[0] & 0x04 ? 2 : 1));
    return obu;
}

TEST(Av1Packetizer, CountsUpToThreeObusAndLeavesOutTheLastLength) {
    const auto metadata = obu(ObuType::metadata, {1, 2, 3});
    const auto payloads =
        payloads_of(joined({delimiter, sequence_header(), metadata, key_frame(20)}), roomy);
    ASSERT_EQ(payloads.size(), 1U);
    EXPECT_EQ(payloads[0], joined({{0x30 | n, 12},
                                   without_size(sequence_header()),
                                   {4},
                                   without_size(metadata),
                                   without_size(key_frame(20))}));
}

TEST(Av1Packetizer, GivesMoreThanThreeObusALengthEach) {
    const auto metadata = obu(ObuType::metadata, {1, 2, 3});
    const auto bare = without_size(metadata);
    const auto payloads =
        payloads_of(joined({metadata, metadata, metadata, delta_frame(20)}), roomy);
    ASSERT_EQ(payloads.size(), 1U);
    EXPECT_EQ(payloads[0],
              joined({{0x00, 4}, bare, {4}, bare, {4}, bare, {21}, without_size(delta_frame(20))}));
}

TEST(Av1Packetizer, CutsAnObuOverPackets) {
    const auto frame = delta_frame(100);
    const auto bare = without_size(frame);
    const auto payloads = payloads_of(frame, 41);
    ASSERT_EQ(payloads.size(), 3U);
    EXPECT_EQ(payloads[0][0], 0x10 | y);
    EXPECT_EQ(payloads[1][0], 0x10 | y | z);
    EXPECT_EQ(payloads[2][0], 0x10 | z);
    Octets together;
    for (const auto& payload : payloads) {
        EXPECT_LE(payload.size(), 41U);
        together.insert(together.end(), payload.begin() + 1, payload.end());
    }
    EXPECT_EQ(together, bare);
}

TEST(Av1Packetizer, DropsDelimitersTileListsAndPadding) {
    const auto payloads = payloads_of(joined({delimiter, obu(ObuType::padding, {0, 0x80}),
                                              delta_frame(5), obu(ObuType::tile_list, {1, 2})}),
                                      roomy);
    ASSERT_EQ(payloads.size(), 1U);
    EXPECT_EQ(payloads[0], joined({{0x10}, without_size(delta_frame(5))}));
    EXPECT_TRUE(payloads_of(delimiter, roomy).empty());
}

TEST(Av1Packetizer, MarksTheFirstPacketOfASequenceAlone) {
    Av1Packetizer packetizer;
    const auto first = payloads_of(packetizer, joined({sequence_header(), key_frame(90)}), 50);
    ASSERT_GE(first.size(), 2U);
    EXPECT_TRUE(first[0][0] & n);
    EXPECT_FALSE(first[1][0] & n);
    EXPECT_FALSE(payloads_of(packetizer, delta_frame(20), 50)[0][0] & n);
    EXPECT_FALSE(payloads_of(packetizer, joined({sequence_header(), delta_frame(20)}), 50)[0][0] &
                 n)
        << "a repeated header starts nothing";
}

TEST(Av1Packetizer, KeepsLayersApartAndTheirHeadersOn) {
    const auto low = layer_obu(ObuType::frame, 1, 0, frame_payload(0x30, 10));
    const auto high = layer_obu(ObuType::frame, 1, 1, frame_payload(0x30, 10));
    const auto payloads = payloads_of(joined({low, high}), roomy);
    ASSERT_EQ(payloads.size(), 2U);
    EXPECT_EQ(payloads[0], joined({{0x10}, without_size(low)}));
    EXPECT_EQ(payloads[1], joined({{0x10}, without_size(high)}));
}

TEST(Av1Packetizer, PutsASequenceHeaderFirst) {
    const auto payloads =
        payloads_of(joined({obu(ObuType::metadata, {1}), sequence_header(), key_frame(5)}), roomy);
    ASSERT_EQ(payloads.size(), 2U);
    EXPECT_EQ(payloads[1][0], 0x20);
    EXPECT_EQ(payloads[1][2] >> 3, 1);
}

TEST(Av1Packetizer, FillsPacketsOfAnySizeToTheByteButNotBeyond) {
    for (std::size_t max = Av1Packetizer::min_payload; max < 300; ++max) {
        const auto payloads = payloads_of(delta_frame(1000), max);
        for (std::size_t i = 0; i + 1 < payloads.size(); ++i)
            ASSERT_EQ(payloads[i].size(), max);
        ASSERT_LE(payloads.back().size(), max);
    }
}

TEST(Av1Packetizer, RefusesWhatIsNotAv1) {
    Av1Packetizer packetizer;
    EXPECT_FALSE(packetizer.plan(Octets{0xFF, 0xFF, 0xFF}, roomy));
    EXPECT_EQ(packetizer.payload_count(), 0U);
    EXPECT_FALSE(packetizer.plan(obu(ObuType::sequence_header, {0x00}), roomy));
    EXPECT_TRUE(packetizer.plan({}, roomy));
    EXPECT_EQ(packetizer.payload_count(), 0U);
}

} // namespace
} // namespace parley::rtp
