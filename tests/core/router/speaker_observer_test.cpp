#include "core/router/speaker_observer.hpp"

#include <gtest/gtest.h>

#include <map>

namespace parley {
namespace {

class SpeakerObserverTest : public testing::Test {
  protected:
    /// Everybody sends a level each 20 ms.
    void run(Duration time, const std::map<SpeakerObserver::Id, int>& levels) {
        for (const Instant end = now + time; now < end; now += 20ms) {
            for (const auto& [id, level] : levels) {
                observer.on_level(id, {static_cast<std::uint8_t>(level), level < 50}, now);
            }
            if (observer.poll(now)) ++changes;
        }
    }
    std::vector<SpeakerObserver::Id> ids() {
        std::vector<SpeakerObserver::Id> out;
        for (const auto& speaker : observer.speakers())
            out.push_back(speaker.id);
        return out;
    }

    SpeakerObserver observer;
    Instant now{10s};
    int changes = 0;
};

TEST_F(SpeakerObserverTest, SilenceHasNoSpeakers) {
    run(5s, {{1, 127}, {2, 80}});
    EXPECT_TRUE(observer.speakers().empty());
    EXPECT_FALSE(observer.loudest());
    EXPECT_EQ(changes, 0);
}

TEST_F(SpeakerObserverTest, LoudestFirst) {
    run(2s, {{1, 40}, {2, 20}, {3, 127}});
    EXPECT_EQ(ids(), (std::vector<SpeakerObserver::Id>{2, 1}));
    EXPECT_NEAR(observer.speakers()[0].level, 20, 1);
    EXPECT_EQ(observer.loudest(), 2U);
    EXPECT_LE(changes, 4) << "no news in a steady state";
}

TEST_F(SpeakerObserverTest, AClickIsNoSpeech) {
    observer.on_level(1, {5, true}, now);
    now += 20ms;
    observer.on_level(1, {127, false}, now);
    run(1s, {{1, 127}});
    EXPECT_EQ(changes, 0);
}

TEST_F(SpeakerObserverTest, SpeechEndsAfterSilenceOrWhenPacketsStop) {
    run(1s, {{1, 30}});
    ASSERT_EQ(ids().size(), 1U);
    run(300ms, {{1, 127}});
    EXPECT_EQ(ids().size(), 1U) << "a pause between words";
    run(1s, {{1, 127}});
    EXPECT_TRUE(ids().empty());
    run(1s, {{1, 30}});
    ASSERT_EQ(ids().size(), 1U);
    run(2s, {}); // discontinuous transmission
    EXPECT_TRUE(ids().empty());
    EXPECT_EQ(observer.loudest(), 1U) << "is still the one to be seen";
    EXPECT_FALSE(observer.next_deadline()) << "nothing more to look at";
}

TEST_F(SpeakerObserverTest, LoudestChangesAfterTwoSecondsOnly) {
    run(1s, {{1, 30}, {2, 127}});
    ASSERT_EQ(observer.loudest(), 1U);
    run(1500ms, {{1, 127}, {2, 20}});
    EXPECT_EQ(observer.loudest(), 1U);
    run(500ms, {{1, 10}, {2, 40}}); // back before the two seconds were over
    EXPECT_EQ(observer.loudest(), 1U);
    run(1500ms, {{1, 127}, {2, 20}});
    EXPECT_EQ(observer.loudest(), 1U) << "the time starts anew";
    run(1500ms, {{1, 127}, {2, 20}});
    EXPECT_EQ(observer.loudest(), 2U);
}

TEST_F(SpeakerObserverTest, WhoLeavesIsReplacedAtOnce) {
    run(1s, {{1, 20}, {2, 40}});
    ASSERT_EQ(observer.loudest(), 1U);
    observer.remove(1, now);
    EXPECT_TRUE(observer.poll(now));
    EXPECT_EQ(ids(), (std::vector<SpeakerObserver::Id>{2}));
    EXPECT_EQ(observer.loudest(), 2U);
    observer.remove(99, now);
    EXPECT_FALSE(observer.poll(now));
}

} // namespace
} // namespace parley
