#include "core/tap/queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace parley::tap {
namespace {

constexpr std::size_t packet_size = 1000;
constexpr std::size_t record_size = record_header_size + rtp_prefix_size + packet_size;

class TapQueueTest : public testing::Test {
  protected:
    void packet(char content = 'x', StreamId stream = StreamId{1}) {
        const auto room = queue.begin_rtp(packet_size, now);
        ASSERT_EQ(room.size(), packet_size);
        std::fill(room.begin(), room.end(), static_cast<std::uint8_t>(content));
        queue.end_rtp(stream, 0, {}, packet_size);
    }
    /// A message of its own.
    void message() {
        packet();
        queue.seal(now);
    }

    Instant now{100s};
    Queue queue{QueueLimits{20 * record_size, 2s},
                [](const Down& down) { return std::get<Closed>(down).reason; }};
};

TEST_F(TapQueueTest, GathersRecordsInOrderUntilSealed) {
    packet('a');
    queue.control(Down{Closed{"news"}}, now);
    packet('b');
    EXPECT_TRUE(queue.empty());
    queue.seal(now);
    queue.seal(now);
    ASSERT_FALSE(queue.empty());
    RecordReader reader{queue.front()};
    EXPECT_EQ(reader.next()->body[0], 'a');
    EXPECT_EQ(as_text(reader.next()->body), "news");
    EXPECT_EQ(reader.next()->body[0], 'b');
    EXPECT_FALSE(reader.next());
    queue.pop();
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.waiting_bytes(), 0U);
}

TEST_F(TapQueueTest, TakesBackAStreamsMediaButNoNews) {
    message(); // of the stream alone
    packet('a', StreamId{2});
    packet('b');
    queue.control(Down{Closed{"news"}}, now);
    queue.rtcp(StreamId{1}, as_bytes("report"), now);
    packet('c', StreamId{2});
    queue.seal(now);
    packet('d'); // in the message that is being filled
    queue.drop(StreamId{1}, now);
    EXPECT_EQ(queue.waiting_bytes(), queue.front().size()) << "one message is left";
    RecordReader reader{queue.front()};
    EXPECT_EQ(reader.next()->body[0], 'a');
    EXPECT_EQ(as_text(reader.next()->body), "news");
    EXPECT_EQ(reader.next()->body[0], 'c');
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.broken());
    queue.pop();
    EXPECT_TRUE(queue.empty());
    packet('e');
    queue.seal(now);
    EXPECT_EQ(queue.front().size(), record_size) << "and goes on";
}

TEST_F(TapQueueTest, WhatDoesNotFitOneMessageBeginsTheNext) {
    for (unsigned i = 0; i <= max_message_size / record_size; ++i)
        packet();
    queue.seal(now);
    EXPECT_LE(queue.front().size(), max_message_size);
    queue.pop();
    ASSERT_FALSE(queue.empty());
    EXPECT_EQ(queue.front().size(), record_size);
}

TEST_F(TapQueueTest, FilledByBytesItTakesNewFramesOnlyWhenHalfHasGone) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(queue.roomy(now)) << i;
        message();
    }
    EXPECT_FALSE(queue.roomy(now));
    for (int i = 0; i < 9; ++i) {
        queue.pop();
        EXPECT_FALSE(queue.roomy(now)) << "11 to 19 of 20 wait";
    }
    queue.pop();
    EXPECT_TRUE(queue.roomy(now));
    message();
    EXPECT_TRUE(queue.roomy(now)) << "again up to the limit";
}

TEST_F(TapQueueTest, FilledByAgeItTakesNewFramesOnlyWhenWhatWaitsIsYoung) {
    message();
    now += 1s;
    message();
    EXPECT_EQ(queue.age(now), 1s);
    now += 999ms;
    EXPECT_TRUE(queue.roomy(now));
    now += 1ms;
    EXPECT_FALSE(queue.roomy(now)) << "the oldest has waited for 2 s";
    now += 1ms;
    queue.pop();
    EXPECT_FALSE(queue.roomy(now)) << "the next one for over 1 s";
    queue.pop();
    EXPECT_TRUE(queue.roomy(now));
    EXPECT_EQ(queue.age(now), 0s);
}

TEST_F(TapQueueTest, AFrameThatHasBegunFindsAQuarterMoreRoom) {
    for (int i = 0; i < 24; ++i)
        message();
    EXPECT_FALSE(queue.roomy(now));
    EXPECT_FALSE(queue.full());
    message();
    EXPECT_TRUE(queue.full());
    queue.control(Down{Closed{"news"}}, now);
    queue.seal(now);
    for (int i = 0; i < 25; ++i)
        queue.pop();
    EXPECT_EQ(as_text(RecordReader{queue.front()}.next()->body), "news") << "news always goes in";
}

TEST_F(TapQueueTest, MemoryIsUsedAgain) {
    std::set<const std::uint8_t*> places;
    for (int i = 0; i < 100; ++i) {
        message();
        places.insert(queue.front().data());
        queue.pop();
    }
    EXPECT_LE(places.size(), 2U) << "the message that is filled, and the one that waits";
}

} // namespace
} // namespace parley::tap
