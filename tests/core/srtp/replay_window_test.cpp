#include "core/srtp/replay_window.hpp"

#include <gtest/gtest.h>

#include <set>

namespace parley::srtp {
namespace {

TEST(ReplayWindow, AgreesWithASetOverJumpsOfAllSizes) {
    std::uint64_t state = 1;
    const auto random = [&state] {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return state >> 33;
    };
    ReplayWindow<128> window{1000};
    std::set<std::uint64_t> seen = {1000};
    for (int i = 0; i < 100000; ++i) {
        const auto range = random() % 50 == 0 ? 400 : 140;
        const auto index = window.highest() + 8 - std::min(window.highest(), random() % range) +
                           (random() % 200 == 0 ? 1000 : 0);
        const bool too_old = index + 128 <= window.highest();
        EXPECT_EQ(window.is_new(index), !too_old && !seen.contains(index)) << index;
        if (window.is_new(index)) {
            window.accept(index);
            seen.insert(index);
        }
    }
}

TEST(StreamTable, ForgetsTheStreamThatWasSilentForTheLongest) {
    StreamTable<ReplayWindow<64>> table{3};
    for (std::uint32_t ssrc = 1; ssrc <= 3; ++ssrc)
        table.add(ssrc, 10 * ssrc);
    ASSERT_NE(table.find(1), nullptr); // 2 is the oldest now
    table.add(4, 40);
    EXPECT_EQ(table.size(), 3U);
    EXPECT_EQ(table.find(2), nullptr);
    ASSERT_NE(table.find(1), nullptr);
    EXPECT_EQ(table.find(1)->highest(), 10U);
    ASSERT_NE(table.find(3), nullptr);
    EXPECT_EQ(table.find(3)->highest(), 30U);
    ASSERT_NE(table.find(4), nullptr);
    EXPECT_EQ(table.find(4)->highest(), 40U);
}

} // namespace
} // namespace parley::srtp
