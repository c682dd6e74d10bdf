#include "core/congestion/nack_generator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::congestion {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Event = NackGenerator::Event;

class NackGeneratorTest : public testing::Test {
  protected:
    std::vector<std::uint16_t> take() {
        std::vector<std::uint16_t> asked;
        given_up = nacks.take(now, asked);
        return asked;
    }

    NackGenerator nacks;
    Instant now{1s};
    std::size_t given_up = 0;
};

TEST_F(NackGeneratorTest, AsksForNothingWhileNothingIsMissing) {
    for (std::uint64_t sequence = 100; sequence < 200; ++sequence) {
        EXPECT_EQ(nacks.on_packet(sequence, now), Event::in_order);
    }
    EXPECT_FALSE(nacks.next_deadline());
    EXPECT_THAT(take(), IsEmpty());
}

TEST_F(NackGeneratorTest, WaitsForReorderedPacketsBeforeItAsks) {
    nacks.on_packet(100, now);
    EXPECT_EQ(nacks.on_packet(103, now), Event::gap);
    EXPECT_THAT(take(), IsEmpty());
    EXPECT_EQ(nacks.next_deadline(), now + 10ms);

    now += 5ms;
    EXPECT_EQ(nacks.on_packet(101, now), Event::recovered);
    now += 5ms;
    EXPECT_THAT(take(), ElementsAre(102));
    EXPECT_EQ(nacks.on_packet(102, now), Event::recovered);
    EXPECT_FALSE(nacks.next_deadline());
    EXPECT_EQ(nacks.counters().recovered, 2U);
    EXPECT_EQ(nacks.counters().requested, 1U);
}

TEST_F(NackGeneratorTest, AsksAgainByTheRoundTripTimeAndBacksOff) {
    nacks.set_rtt(40ms);
    nacks.on_packet(100, now);
    nacks.on_packet(102, now);
    std::vector<Duration> waits;
    for (auto last = now; const auto deadline = nacks.next_deadline(); last = now) {
        now = *deadline;
        const auto asked = take();
        if (asked.empty()) break;
        EXPECT_THAT(asked, ElementsAre(101));
        waits.push_back(now - last);
    }
    ASSERT_EQ(waits.size(), 10U);
    EXPECT_EQ(waits[0], 10ms);
    EXPECT_EQ(waits[1], 60ms);
    EXPECT_EQ(waits[2], 75ms);
    for (std::size_t i = 2; i < waits.size(); ++i) {
        EXPECT_GE(waits[i], waits[i - 1]);
        EXPECT_LE(waits[i], 500ms);
    }
    EXPECT_EQ(given_up, 1U) << "and then gives up, so that a keyframe can be asked for";
    EXPECT_FALSE(nacks.next_deadline());
}

TEST_F(NackGeneratorTest, NeverAsksMoreOftenThanTheLeastInterval) {
    nacks.set_rtt(1ms);
    nacks.on_packet(1, now);
    nacks.on_packet(3, now);
    now += 10ms;
    EXPECT_THAT(take(), ElementsAre(2));
    now += 19ms;
    EXPECT_THAT(take(), IsEmpty());
    now += 1ms;
    EXPECT_THAT(take(), ElementsAre(2));
}

TEST_F(NackGeneratorTest, GivesUpWhatIsTooOld) {
    nacks.set_rtt(1s);
    nacks.on_packet(1, now);
    nacks.on_packet(3, now);
    now += 10ms;
    take();
    now += 2s;
    EXPECT_THAT(take(), IsEmpty());
    EXPECT_EQ(given_up, 1U);
    EXPECT_EQ(nacks.on_packet(2, now), Event::duplicate) << "nobody waits for it any more";
}

TEST_F(NackGeneratorTest, FollowsTheSequenceNumberOverItsWrap) {
    nacks.on_packet(0x1FFFE, now);
    nacks.on_packet(0x20002, now);
    now += 10ms;
    EXPECT_THAT(take(), ElementsAre(0xFFFF, 0, 1));
}

TEST_F(NackGeneratorTest, ALargeLeapIsReportedAndNotRepaired) {
    nacks.on_packet(100, now);
    nacks.on_packet(102, now);
    EXPECT_EQ(nacks.on_packet(1000, now), Event::reset);
    EXPECT_EQ(nacks.missing(), 0U);
    EXPECT_EQ(nacks.on_packet(1001, now), Event::in_order);
}

TEST_F(NackGeneratorTest, BoundsItsListByGivingUpTheOldest) {
    std::uint64_t sequence = 0;
    nacks.on_packet(sequence, now);
    for (int i = 0; i < 4; ++i)
        nacks.on_packet(sequence += 201, now);
    EXPECT_EQ(nacks.missing(), 500U);
    EXPECT_FALSE(nacks.is_missing(1));
    EXPECT_TRUE(nacks.is_missing(803));
    EXPECT_LE(*nacks.next_deadline(), now) << "the news does not wait";
    EXPECT_THAT(take(), IsEmpty());
    EXPECT_EQ(given_up, 300U);
    take();
    EXPECT_EQ(given_up, 0U) << "told once";
}

TEST_F(NackGeneratorTest, AKeyframeMakesOlderPacketsNeedless) {
    nacks.on_packet(10, now);
    nacks.on_packet(13, now);
    nacks.on_packet(15, now);
    nacks.forget_before(13);
    EXPECT_FALSE(nacks.is_missing(11));
    now += 10ms;
    EXPECT_THAT(take(), ElementsAre(14));
    EXPECT_EQ(given_up, 0U);
}

TEST_F(NackGeneratorTest, KnowsDuplicates) {
    nacks.on_packet(10, now);
    EXPECT_EQ(nacks.on_packet(10, now), Event::duplicate);
    nacks.on_packet(12, now);
    EXPECT_EQ(nacks.on_packet(11, now), Event::recovered);
    EXPECT_EQ(nacks.on_packet(11, now), Event::duplicate);
    EXPECT_EQ(nacks.on_packet(3, now), Event::duplicate) << "from before the first";
}

} // namespace
} // namespace parley::congestion
