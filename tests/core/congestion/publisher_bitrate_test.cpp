#include "core/congestion/publisher_bitrate.hpp"

#include <gtest/gtest.h>

namespace parley::congestion {
namespace {

class PublisherBitrateTest : public testing::Test {
  protected:
    /// One second with `lost` of 1000 packets lost.
    std::uint64_t second(std::uint64_t lost) {
        bitrate.on_packets(1000, 1000 - lost);
        if (!bitrate.next_deadline()) bitrate.update(now);
        now += 1s;
        EXPECT_TRUE(bitrate.update(now));
        return bitrate.bitrate();
    }

    PublisherBitrate bitrate{{.start = 1'000'000, .minimum = 100'000, .cap = 2'000'000}};
    Instant now{1s};
};

TEST_F(PublisherBitrateTest, SaysNothingBeforePacketsCome) {
    EXPECT_FALSE(bitrate.update(now));
    EXPECT_FALSE(bitrate.next_deadline());
    bitrate.on_packets(1, 1);
    EXPECT_FALSE(bitrate.update(now));
    EXPECT_EQ(bitrate.next_deadline(), now + 1s);
}

TEST_F(PublisherBitrateTest, RisesBelowTwoPercentUpToTheCap) {
    EXPECT_EQ(second(0), 1'050'000U);
    EXPECT_EQ(second(19), 1'102'500U);
    for (int i = 0; i < 30; ++i)
        second(0);
    EXPECT_EQ(bitrate.bitrate(), 2'000'000U);
}

TEST_F(PublisherBitrateTest, StaysBetween) {
    EXPECT_EQ(second(20), 1'000'000U);
    EXPECT_EQ(second(100), 1'000'000U);
}

TEST_F(PublisherBitrateTest, FallsByHalfTheLossDownToTheMinimum) {
    EXPECT_EQ(second(200), 900'000U);
    for (int i = 0; i < 60; ++i)
        second(1000);
    EXPECT_EQ(bitrate.bitrate(), 100'000U);
}

TEST_F(PublisherBitrateTest, KeepsItsWordThroughSilence) {
    second(0);
    now += 1s;
    EXPECT_TRUE(bitrate.update(now)) << "the sender forgets a REMB that is not repeated";
    EXPECT_EQ(bitrate.bitrate(), 1'050'000U);
}

TEST_F(PublisherBitrateTest, DuplicatesAreNoCredit) {
    bitrate.on_packets(1000, 500);
    bitrate.on_packets(1000, 3000);
    bitrate.update(now);
    now += 1s;
    bitrate.update(now);
    EXPECT_EQ(bitrate.bitrate(), 875'000U) << "a quarter of 2000 is lost";
}

TEST_F(PublisherBitrateTest, ALowerCapHoldsAtOnce) {
    bitrate.set_cap(300'000);
    EXPECT_EQ(bitrate.bitrate(), 300'000U);
}

} // namespace
} // namespace parley::congestion
