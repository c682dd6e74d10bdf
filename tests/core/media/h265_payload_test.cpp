#include "core/media/h265_payload.hpp"
#include "tests/core/media/packets.hpp"

#include <gtest/gtest.h>

namespace parley::media::test {
namespace {

// Written by x265, of 320x240.
const Octets vps{0x40, 0x01, 0x0C, 0x01, 0xFF, 0xFF, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00,
                 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x3C, 0xBA, 0x02, 0x40};
const Octets sps{0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00,
                 0x03, 0x00, 0x00, 0x03, 0x00, 0x3C, 0xA0, 0x0A, 0x08, 0x0F, 0x16, 0x5B,
                 0xA4, 0xA4, 0xC2, 0xFF, 0xF0, 0x00, 0x10, 0x00, 0x16, 0xA0, 0xC0, 0xC0,
                 0xC0, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x0F, 0x04};
const Octets pps{0x44, 0x01, 0xC0, 0x71, 0x83, 0x12};

Octets slice(unsigned type, std::uint8_t last = 0x55) { // the first of a picture, by PPS 0
    const std::uint8_t flags = type >= 16 && type <= 23 ? 0xA0 : 0xC0;
    return {static_cast<std::uint8_t>(type << 1), 0x01, flags, 0x11, last};
}
const auto idr = slice(19);
const auto cra = slice(21);
const auto rasl = slice(9);
const auto trailing = slice(1);

class H265 : public testing::Test {
  protected:
    void send_keyframe(const Octets& picture) {
        stream_.send(joined({{48 << 1, 1}, aggregated(vps), aggregated(sps), aggregated(pps)}));
        stream_.send_last(picture);
    }
    Stream stream_{Codec::h265};
};

TEST_F(H265, AggregatedSingleAndFragmentedNalUnits) {
    send_keyframe(idr);
    stream_.send({49 << 1, 0x01, 0x80 | 1, 0xC0}).send_last({49 << 1, 0x01, 0x40 | 1, 0x11, 0x55});
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_EQ(units[0].unit.data, sized(idr));
    EXPECT_TRUE(units[0].unit.keyframe);
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->width, 320);
    EXPECT_EQ(units[0].format->height, 240);
    EXPECT_EQ(units[1].unit.data, sized(trailing));
    EXPECT_FALSE(units[1].unit.keyframe);
}

TEST_F(H265, AKeyframeNeedsItsVpsToo) {
    stream_.send(sps).send(pps).send_last(idr);
    EXPECT_TRUE(stream_.units().empty());
    EXPECT_TRUE(stream_.depacketizer().take_keyframe_wish());
    stream_.send(vps).send_last(idr);
    EXPECT_EQ(stream_.units().size(), 1U);
}

TEST_F(H265, LeadingPicturesAreLeftOutWhereTheyReferToWhatIsLost) {
    send_keyframe(cra); // the stream's first: what its leading pictures refer to never came
    stream_.send_last(rasl).send_last(trailing);
    EXPECT_EQ(stream_.data(), (std::vector<Octets>{sized(cra), sized(trailing)}));
    send_keyframe(cra);
    stream_.send_last(rasl).send_last(trailing);
    EXPECT_EQ(stream_.data(), (std::vector<Octets>{sized(cra), sized(rasl), sized(trailing)}));
    stream_.lose();
    send_keyframe(cra);
    stream_.send_last(rasl).send_last(trailing);
    EXPECT_EQ(stream_.data(), (std::vector<Octets>{sized(cra), sized(trailing)}));
}

TEST_F(H265, BrokenAggregationAndPaciAreRefused) {
    send_keyframe(idr);
    stream_.send_last({48 << 1, 1, 0, 9, 1, 2});
    EXPECT_TRUE(stream_.depacketizer().frozen());
    send_keyframe(idr);
    stream_.send_last({50 << 1, 1, 0, 9, 1, 2});
    EXPECT_TRUE(stream_.depacketizer().frozen());
    EXPECT_EQ(stream_.depacketizer().counters().broken, 2U);
}

} // namespace
} // namespace parley::media::test
