#include "core/rtcp/builder.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtcp/transport_feedback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <vector>

namespace parley::rtcp {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

std::vector<PacketStatus> statuses_of(const TransportFeedback& feedback) {
    std::vector<PacketStatus> all;
    auto cursor = feedback.statuses();
    while (auto status = cursor.next())
        all.push_back(*status);
    return all;
}

TEST(TransportFeedback, ReadsEveryKindOfChunk) {
    const std::vector<std::uint8_t> body{
        0,    0,    0,    1,    0,    0, 0, 2, // SSRCs
        0xFF, 0xFE, 0x00, 0x1A,                // base 65534, 26 statuses
        0x00, 0x00, 0x02, 0x07,                // reference 2, feedback 7
        0x20, 0x02,                            // run of 2 small
        0xD8, 0x00,                            // 2 bits: small, large, 5 missing
        0x90, 0x00,                            // 1 bit: missing, small, 12 missing
        0x00, 0x03,                            // run of 3 missing
        4,    8,    1,    0xFF, 0xF6, 2,       // deltas
    };
    const auto feedback = TransportFeedback::parse(body);
    ASSERT_TRUE(feedback);
    EXPECT_EQ(feedback->sender_ssrc, 1U);
    EXPECT_EQ(feedback->media_ssrc, 2U);
    EXPECT_EQ(feedback->feedback_count, 7);
    const auto statuses = statuses_of(*feedback);
    ASSERT_EQ(statuses.size(), 26U);
    const std::int64_t base = 2 * ticks_per_reference;
    EXPECT_EQ(statuses[0], (PacketStatus{0xFFFE, base + 4}));
    EXPECT_EQ(statuses[1], (PacketStatus{0xFFFF, base + 12}));
    EXPECT_EQ(statuses[2], (PacketStatus{0, base + 13}));
    EXPECT_EQ(statuses[3], (PacketStatus{1, base + 3}));
    EXPECT_EQ(statuses[4], (PacketStatus{2, std::nullopt}));
    EXPECT_EQ(statuses[10], (PacketStatus{8, base + 5}));
    EXPECT_EQ(statuses[25], (PacketStatus{23, std::nullopt}));

    for (std::size_t size = 0; size < body.size(); ++size) {
        EXPECT_FALSE(TransportFeedback::parse(Bytes{body}.first(size))) << size;
    }
}

TEST(TransportFeedback, RefusesWhatCannotBe) {
    const auto with_chunk = [](std::uint8_t high, std::uint8_t low, std::uint8_t count = 1) {
        const std::array<std::uint8_t, 24> body{0, 0,     0, 1, 0, 0, 0,    2,   0, 1,
                                                0, count, 0, 0, 0, 0, high, low, 0, 0};
        return TransportFeedback::parse(body).has_value();
    };
    EXPECT_TRUE(with_chunk(0x20, 1));
    EXPECT_FALSE(with_chunk(0x20, 0)) << "an empty run";
    EXPECT_FALSE(with_chunk(0x60, 1)) << "the reserved symbol in a run";
    EXPECT_FALSE(with_chunk(0xF0, 0)) << "the reserved symbol in a vector";
    EXPECT_FALSE(with_chunk(0x20, 1, 0)) << "no packets";
}

TEST(TransportFeedback, IsWrittenToTheByte) {
    std::array<std::uint8_t, 64> buffer{};
    CompoundBuilder out{buffer};
    // 10 and 11 arrived 1 ms and 2 ms into the third reference period, 13 much later.
    const std::array<PacketArrival, 3> arrivals{
        {{10, 2 * 256 + 4}, {11, 2 * 256 + 8}, {13, 2 * 256 + 8 + 0x123}}};
    ASSERT_EQ(out.transport_feedback(1, 2, 7, 9, arrivals), 3U);
    EXPECT_THAT(out.written(), ElementsAreArray({
                                   0x8F,
                                   0xCD,
                                   0x00,
                                   0x06, // 7 words
                                   0x00,
                                   0x00,
                                   0x00,
                                   0x01, //
                                   0x00,
                                   0x00,
                                   0x00,
                                   0x02, //
                                   0x00,
                                   0x09,
                                   0x00,
                                   0x05, // base 9, 5 statuses
                                   0x00,
                                   0x00,
                                   0x02,
                                   0x07, //
                                   0xC0 | 0b00'01'01,
                                   0b00'10'00'00, // 9 and 12 missing
                                   0x04,
                                   0x04,
                                   0x01,
                                   0x23,
                                   0x00,
                                   0x00, // deltas, fill
                               }));
}

TEST(TransportFeedback, SplitsWhereADeltaDoesNotFit) {
    std::array<std::uint8_t, 128> buffer{};
    CompoundBuilder out{buffer};
    const std::array<PacketArrival, 3> arrivals{{{1, 0}, {2, 0x7FFF}, {3, 0x7FFF + 0x8000}}};
    EXPECT_EQ(out.transport_feedback(1, 2, 0, 1, arrivals), 2U);
    EXPECT_EQ(out.transport_feedback(1, 2, 1, 3, std::span{arrivals}.subspan(2)), 1U);
}

TEST(TransportFeedback, TheReferenceTimeWrapsAt24Bits) {
    std::array<std::uint8_t, 64> buffer{};
    CompoundBuilder out{buffer};
    const PacketArrival arrival{1, (std::int64_t{1} << 24) * ticks_per_reference + 300};
    ASSERT_EQ(out.transport_feedback(1, 2, 0, 1, {&arrival, 1}), 1U);
    auto reader = CompoundReader::open(out.written());
    const auto item = reader->next();
    EXPECT_THAT(statuses_of(std::get<TransportFeedback>(*item)), ElementsAre(PacketStatus{1, 300}));
}

// Whatever arrives, what the reader gives back is what the builder was given.
TEST(TransportFeedback, RoundTripsRandomArrivals) {
    std::mt19937 random{7};
    for (int round = 0; round < 300; ++round) {
        std::vector<PacketArrival> arrivals;
        std::uint64_t sequence = random() % 0x20000;
        std::int64_t ticks = random() % 100'000;
        const auto loss = random() % 100;
        const auto spread = 1 + random() % 600;
        const auto count = 1 + random() % 400;
        const auto base = sequence;
        for (unsigned i = 0; i < count; ++i, ++sequence) {
            if (random() % 100 < loss) continue;
            if (random() % 50 == 0) sequence += random() % 40;
            ticks = std::max<std::int64_t>(0, ticks + static_cast<int>(random() % spread) -
                                                  static_cast<int>(spread / 8));
            arrivals.push_back({sequence, ticks});
        }
        if (arrivals.empty()) continue;

        std::vector<std::uint8_t> buffer(60 + random() % 1200);
        std::vector<PacketStatus> seen;
        std::span<const PacketArrival> left{arrivals};
        auto next = base;
        while (!left.empty()) {
            CompoundBuilder out{buffer};
            const auto taken = out.transport_feedback(1, 2, 0, next, left);
            ASSERT_GT(taken, 0U);
            auto reader = CompoundReader::open(out.written());
            ASSERT_TRUE(reader);
            const auto item = reader->next();
            ASSERT_TRUE(item && std::holds_alternative<TransportFeedback>(*item));
            for (const auto& status : statuses_of(std::get<TransportFeedback>(*item))) {
                seen.push_back(status);
            }
            next = left[taken - 1].sequence + 1;
            left = left.subspan(taken);
        }

        std::vector<PacketStatus> expected;
        auto arrival = arrivals.begin();
        for (auto at = base; at <= arrivals.back().sequence; ++at) {
            PacketStatus status{static_cast<std::uint16_t>(at), {}};
            if (arrival->sequence == at) status.arrival = (arrival++)->ticks;
            expected.push_back(status);
        }
        ASSERT_EQ(seen, expected) << "round " << round;
    }
}

} // namespace
} // namespace parley::rtcp
