#include "core/base/bytes.hpp"
#include "core/rtcp/feedback_chunks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace parley::rtcp {
namespace {

using testing::ElementsAre;

std::vector<unsigned> pack(const std::vector<unsigned>& symbols) {
    std::array<std::uint8_t, 256> out{};
    FeedbackChunks chunks{out.data()};
    FeedbackChunks counted{nullptr};
    for (const auto symbol : symbols) {
        chunks.add(static_cast<StatusSymbol>(symbol));
        counted.add(static_cast<StatusSymbol>(symbol));
        EXPECT_EQ(chunks.count(), counted.count());
    }
    chunks.finish();
    std::vector<unsigned> written;
    for (std::size_t i = 0; i < chunks.count(); ++i)
        written.push_back(load_be16(&out[i * 2]));
    return written;
}

// The examples of draft-holmer-rmcat-transport-wide-cc-extensions-01, sections 3.1.3 and 3.1.4.
TEST(FeedbackChunks, PacksARun) {
    EXPECT_THAT(pack(std::vector<unsigned>(221, 0)), ElementsAre(0x00DD));
    EXPECT_THAT(pack(std::vector<unsigned>(24, 1)), ElementsAre(0x2018));
}

TEST(FeedbackChunks, PacksAOneBitVector) {
    EXPECT_THAT(pack({0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0}), ElementsAre(0x9F1C));
}

TEST(FeedbackChunks, PacksATwoBitVector) {
    EXPECT_THAT(pack({0, 1, 2, 1, 1, 0, 2}), ElementsAre(0xC000 | 0b00'01'10'01'01'00'10));
}

TEST(FeedbackChunks, GoesToTwoBitsWhenALargeDeltaFollowsManySmall) {
    EXPECT_THAT(pack({1, 0, 1, 1, 1, 1, 1, 1, 1, 2}),
                ElementsAre(0xC000 | 0b01'00'01'01'01'01'01, 0xC000 | 0b01'01'10'00'00'00'00));
}

TEST(FeedbackChunks, SplitsRunsLongerThan8191) {
    EXPECT_THAT(pack(std::vector<unsigned>(8192 + 8191, 0)), ElementsAre(0x1FFF, 0x1FFF, 0x0001));
}

TEST(FeedbackChunks, AnUnfinishedVectorIsFilledWithZeros) {
    EXPECT_THAT(pack({1, 0}), ElementsAre(0xC000 | 0b01'00'00'00'00'00'00));
    EXPECT_THAT(pack({1, 0, 1, 1, 1, 1, 1, 1}), ElementsAre(0x8000 | 0b10111111000000));
}

} // namespace
} // namespace parley::rtcp
