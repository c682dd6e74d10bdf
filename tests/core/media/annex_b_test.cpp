#include "core/media/annex_b.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley::media {
namespace {

using Octets = std::vector<std::uint8_t>;

std::vector<Octets> nals_of(const Octets& stream) {
    std::vector<Octets> all;
    AnnexBReader reader{stream};
    for (auto nal = reader.next(); !nal.empty(); nal = reader.next())
        all.emplace_back(nal.begin(), nal.end());
    return all;
}

TEST(AnnexB, FindsNalUnitsBehindStartCodesOfBothLengths) {
    EXPECT_EQ(nals_of({0, 0, 0, 1, 9, 8, 0, 0, 1, 7, 1, 6, 0, 0, 0, 1, 5}),
              (std::vector<Octets>{{9, 8}, {7, 1, 6}, {5}}));
}

TEST(AnnexB, LeavesOutWhatIsNoNalUnit) {
    EXPECT_EQ(nals_of({4, 4, 0, 0, 1, 9, 0, 0, 0, 0, 0, 1, 0, 0, 1, 8, 0, 0}),
              (std::vector<Octets>{{9}, {8}}));
    EXPECT_TRUE(nals_of({}).empty());
    EXPECT_TRUE(nals_of({0, 0, 1}).empty());
    EXPECT_TRUE(nals_of({1, 1, 1, 0, 1}).empty());
}

} // namespace
} // namespace parley::media
