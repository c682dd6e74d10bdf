#include "core/router/keyframe_arbiter.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parley {
namespace {

constexpr Instant start{10s};

TEST(KeyframeArbiter, FirstRequestGoesOutAtOnceAndOthersMerge) {
    KeyframeArbiter arbiter;
    EXPECT_FALSE(arbiter.poll(start));
    EXPECT_FALSE(arbiter.next_deadline());
    arbiter.request(KeyframeReason::new_subscription, start);
    arbiter.request(KeyframeReason::recorder, start);
    arbiter.request(KeyframeReason::new_subscription, start + 1ms);
    EXPECT_EQ(arbiter.next_deadline(), start);
    EXPECT_TRUE(arbiter.poll(start + 1ms));
    EXPECT_FALSE(arbiter.poll(start + 2ms));
    EXPECT_EQ(arbiter.counters().sent, 1U);
    EXPECT_EQ(arbiter.counters().merged, 2U);
    EXPECT_EQ(arbiter.reason(), KeyframeReason::new_subscription) << "of the first";
    EXPECT_EQ(arbiter.counters().requests[static_cast<int>(KeyframeReason::new_subscription)], 2U);
    EXPECT_EQ(arbiter.counters().requests[static_cast<int>(KeyframeReason::recorder)], 1U);
    EXPECT_EQ(arbiter.counters().requests[static_cast<int>(KeyframeReason::loss)], 0U);
}

TEST(KeyframeArbiter, BudgetHoldsAgainstAStormOfRequests) {
    KeyframeArbiter arbiter;
    unsigned sent = 0;
    for (Instant now = start; now < start + 10s; now += 10ms) {
        arbiter.request(KeyframeReason::decoder_refresh, now);
        if (arbiter.poll(now)) {
            ++sent;
            arbiter.on_keyframe(now + 5ms); // the publisher obeys each time
        }
    }
    EXPECT_LE(sent, 25U) << "one in 400 ms";
    EXPECT_GE(sent, 24U);
}

TEST(KeyframeArbiter, RepeatsWithBackOffUntilAKeyframeComes) {
    KeyframeArbiter arbiter;
    arbiter.request(KeyframeReason::layer_switch, start);
    std::vector<Duration> at;
    for (Instant now = start; now < start + 10s; now += 10ms) {
        if (arbiter.poll(now)) at.push_back(now - start);
    }
    EXPECT_EQ(at, (std::vector<Duration>{0ms, 400ms, 1200ms, 2800ms, 4800ms, 6800ms, 8800ms}));
    arbiter.on_keyframe(start + 10s);
    EXPECT_FALSE(arbiter.pending());
    EXPECT_FALSE(arbiter.poll(start + 20s));
    EXPECT_FALSE(arbiter.next_deadline());
}

TEST(KeyframeArbiter, HurriesWhenTheSourceWakesUp) {
    KeyframeArbiter arbiter;
    arbiter.request(KeyframeReason::new_subscription, start);
    for (Instant now = start; now < start + 5s; now += 100ms)
        arbiter.poll(now);
    arbiter.hurry(start + 5500ms);
    EXPECT_TRUE(arbiter.poll(start + 5500ms));
    arbiter.hurry(start + 5510ms);
    EXPECT_FALSE(arbiter.poll(start + 5510ms)) << "within the budget all the same";
}

TEST(KeyframeArbiter, CancelledWhenNobodyWaits) {
    KeyframeArbiter arbiter;
    arbiter.request(KeyframeReason::segment, start);
    arbiter.cancel();
    EXPECT_FALSE(arbiter.poll(start));
}

TEST(KeyframeArbiter, ReasonsHaveDistinctNames) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < keyframe_reason_count; ++i) {
        names.insert(to_string(static_cast<KeyframeReason>(i)));
    }
    EXPECT_EQ(names.size(), keyframe_reason_count);
    EXPECT_EQ(names.count(""), 0U);
}

} // namespace
} // namespace parley
