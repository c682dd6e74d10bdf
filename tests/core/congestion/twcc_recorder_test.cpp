#include "core/congestion/twcc_recorder.hpp"
#include "core/rtcp/packet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <vector>

namespace parley::congestion {
namespace {

using testing::ElementsAre;

class TwccRecorderTest : public testing::Test {
  protected:
    struct Message {
        rtcp::TransportFeedback header;
        std::vector<rtcp::PacketStatus> statuses;
    };

    /// Everything that is due now.
    std::vector<Message> feedback(std::size_t room = 1200) {
        std::vector<Message> messages;
        buffers.emplace_back(room);
        rtcp::CompoundBuilder out{buffers.back()};
        while (recorder.feedback(1, now, out)) {
            auto reader = rtcp::CompoundReader::open(out.written());
            while (const auto item = reader->next()) {
                const auto& header = std::get<rtcp::TransportFeedback>(*item);
                messages.push_back({header, {}});
                auto cursor = header.statuses();
                while (auto status = cursor.next())
                    messages.back().statuses.push_back(*status);
            }
            buffers.emplace_back(room);
            out = rtcp::CompoundBuilder{buffers.back()};
        }
        return messages;
    }
    std::vector<std::uint16_t> received(const Message& message) {
        std::vector<std::uint16_t> all;
        for (const auto& status : message.statuses) {
            if (status.arrival) all.push_back(status.sequence);
        }
        return all;
    }

    TwccRecorder recorder;
    Instant now{100s};
    std::vector<std::vector<std::uint8_t>> buffers;
};

TEST_F(TwccRecorderTest, ReportsArrivalsAndLossesWhenDue) {
    EXPECT_FALSE(recorder.next_deadline());
    recorder.on_packet(10, 77, now);
    EXPECT_EQ(recorder.next_deadline(), now + 50ms);
    recorder.on_packet(11, 77, now + 2ms);
    recorder.on_packet(14, 77, now + 10ms);
    now += 49ms;
    EXPECT_TRUE(feedback().empty());
    now += 1ms;
    const auto messages = feedback();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].header.media_ssrc, 77U);
    EXPECT_THAT(messages[0].statuses,
                ElementsAre(rtcp::PacketStatus{10, 0}, rtcp::PacketStatus{11, 8},
                            rtcp::PacketStatus{12, {}}, rtcp::PacketStatus{13, {}},
                            rtcp::PacketStatus{14, 40}));
    EXPECT_FALSE(recorder.next_deadline()) << "nothing is left to report";
}

TEST_F(TwccRecorderTest, GoesOnWhereTheLastFeedbackEnded) {
    recorder.on_packet(10, 1, now);
    now += 50ms;
    feedback();
    recorder.on_packet(13, 1, now);
    now += 50ms;
    const auto messages = feedback();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].header.base_sequence, 11);
    EXPECT_EQ(messages[0].header.feedback_count, 1);
    EXPECT_EQ(messages[0].statuses.size(), 3U);
}

TEST_F(TwccRecorderTest, FollowsTheWrap) {
    for (const std::uint16_t sequence : {0xFFFE, 0xFFFF, 0, 2})
        recorder.on_packet(sequence, 1, now);
    now += 50ms;
    const auto messages = feedback();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_THAT(received(messages[0]), ElementsAre(0xFFFE, 0xFFFF, 0, 2));
    EXPECT_EQ(messages[0].statuses.size(), 5U);
}

TEST_F(TwccRecorderTest, ReordersWithinAFeedbackAndCountsTheFirstArrival) {
    recorder.on_packet(10, 1, now);
    recorder.on_packet(12, 1, now + 1ms);
    recorder.on_packet(11, 1, now + 3ms);
    recorder.on_packet(11, 1, now + 9ms);
    now += 50ms;
    const auto messages = feedback();
    EXPECT_THAT(messages.at(0).statuses,
                ElementsAre(rtcp::PacketStatus{10, 0}, rtcp::PacketStatus{11, 12},
                            rtcp::PacketStatus{12, 4}));
}

TEST_F(TwccRecorderTest, ReportsALatePacketAgain) {
    recorder.on_packet(10, 1, now);
    recorder.on_packet(12, 1, now);
    now += 50ms;
    feedback();
    recorder.on_packet(11, 1, now);
    recorder.on_packet(13, 1, now);
    now += 50ms;
    const auto messages = feedback();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].header.base_sequence, 11);
    EXPECT_THAT(received(messages[0]), ElementsAre(11, 12, 13));
}

TEST_F(TwccRecorderTest, ForgetsWhatComesMuchTooLate) {
    std::uint16_t sequence = 10;
    const auto until = now + 2s;
    for (; now < until; now += 50ms) {
        if (sequence != 12) recorder.on_packet(sequence, 1, now);
        ++sequence;
        feedback();
    }
    feedback();
    recorder.on_packet(12, 1, now);
    recorder.on_packet(sequence, 1, now);
    now += 50ms;
    const auto messages = feedback();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_THAT(received(messages[0]), testing::Not(testing::Contains(12)));
}

TEST_F(TwccRecorderTest, ManyPacketsDoNotWait) {
    for (std::uint16_t i = 0; i < 199; ++i)
        recorder.on_packet(i, 1, now);
    EXPECT_GT(*recorder.next_deadline(), now);
    recorder.on_packet(199, 1, now);
    EXPECT_EQ(*recorder.next_deadline(), now);
    EXPECT_EQ(feedback().at(0).statuses.size(), 200U);
}

TEST_F(TwccRecorderTest, SplitsOverDatagramsAndLosesNothing) {
    std::vector<std::uint16_t> sent;
    for (std::uint16_t i = 0; i < 1000; ++i) {
        if (i % 7 == 3) continue;
        recorder.on_packet(i, 1, now + i * 300us);
        sent.push_back(i);
    }
    now += 300ms;
    const auto messages = feedback(200);
    EXPECT_GT(messages.size(), 4U);
    std::vector<std::uint16_t> all;
    std::uint8_t count = 0;
    std::uint16_t next = 0;
    for (const auto& message : messages) {
        EXPECT_EQ(message.header.feedback_count, count++);
        EXPECT_EQ(message.header.base_sequence, next);
        next = static_cast<std::uint16_t>(next + message.statuses.size());
        for (const auto sequence : received(message))
            all.push_back(sequence);
    }
    EXPECT_EQ(all, sent);
}

TEST_F(TwccRecorderTest, StartsAfreshAfterALeap) {
    recorder.on_packet(10, 1, now);
    recorder.on_packet(20000, 1, now);
    now += 50ms;
    const auto messages = feedback();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0].header.base_sequence, 20000);
    EXPECT_EQ(messages[0].statuses.size(), 1U);
}

TEST_F(TwccRecorderTest, ALongGapInTimeStartsANewMessage) {
    recorder.on_packet(1, 1, now);
    recorder.on_packet(2, 1, now + 20s);
    now += 20s;
    const auto messages = feedback();
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_THAT(messages[1].statuses, ElementsAre(rtcp::PacketStatus{2, 80'000}));
}

TEST_F(TwccRecorderTest, StaysBoundedWhenNobodyCollects) {
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        recorder.on_packet(static_cast<std::uint16_t>(i), 1, now + i * 10us);
    }
    now += 2s;
    std::size_t statuses = 0;
    for (const auto& message : feedback())
        statuses += message.statuses.size();
    EXPECT_EQ(statuses, 4096U) << "the newest of them";
}

} // namespace
} // namespace parley::congestion
