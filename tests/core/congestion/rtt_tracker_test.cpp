#include "core/congestion/rtt_tracker.hpp"

#include <gtest/gtest.h>

namespace parley::congestion {
namespace {

constexpr NtpTime sent{0xE600'FFFF'F000'0000};

rtcp::ReportBlock answer(Duration held) {
    rtcp::ReportBlock block;
    block.last_sender_report = sent.middle();
    block.delay_since_last_sender_report =
        static_cast<std::uint32_t>(held.count() * 65536 / 1'000'000'000);
    return block;
}

TEST(RttTracker, TakesTheHoldingTimeOff) {
    RttTracker rtt;
    // The middle of the NTP time wraps in between.
    const auto sample = rtt.on_report(answer(500ms), sent + 580ms);
    ASSERT_TRUE(sample);
    EXPECT_NEAR(static_cast<double>(sample->count()), 80e6, 1e5);
    EXPECT_EQ(rtt.latest(), sample);
}

TEST(RttTracker, SmoothsAnEighthOfEachSample) {
    RttTracker rtt;
    EXPECT_EQ(rtt.smoothed_or(100ms), 100ms);
    rtt.on_report(answer(0ms), sent + 80ms);
    rtt.on_report(answer(0ms), sent + 160ms);
    EXPECT_NEAR(static_cast<double>(rtt.smoothed()->count()), 90e6, 1e5);
}

TEST(RttTracker, IgnoresReportsWithoutASenderReport) {
    RttTracker rtt;
    EXPECT_FALSE(rtt.on_report({}, sent));
    EXPECT_FALSE(rtt.smoothed());
}

TEST(RttTracker, IgnoresWhatCannotBe) {
    RttTracker rtt;
    EXPECT_FALSE(rtt.on_report(answer(1s), sent + 500ms)) << "held longer than it took";
    EXPECT_FALSE(rtt.on_report(answer(0s), sent + 40s));
    EXPECT_TRUE(rtt.on_report(answer(1s), sent + 999ms)) << "rounding, on a short path";
    EXPECT_LE(*rtt.latest(), 1us);
}

TEST(RttTracker, ReadsDlrrTheSameWay) {
    RttTracker rtt;
    const auto sample = rtt.on_dlrr({1, sent.middle(), 65536}, sent + 1200ms);
    ASSERT_TRUE(sample);
    EXPECT_NEAR(static_cast<double>(sample->count()), 200e6, 1e5);
}

} // namespace
} // namespace parley::congestion
