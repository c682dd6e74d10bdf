#include "core/rtp/sequence.hpp"

#include <gtest/gtest.h>

namespace parley::rtp {
namespace {

TEST(Seq, ComparesTheShortWayRound) {
    EXPECT_TRUE(Seq{1}.after(Seq{0}));
    EXPECT_TRUE(Seq{0}.after(Seq{65535}));
    EXPECT_TRUE(Seq{100}.after(Seq{65500}));
    EXPECT_FALSE(Seq{65535}.after(Seq{0}));
    EXPECT_FALSE(Seq{7}.after(Seq{7}));
    EXPECT_EQ(Seq{65535}.next(), Seq{0});
}

TEST(SeqUnwrapper, FollowsWrapsAndLatePackets) {
    SeqUnwrapper unwrapper;
    const auto first = unwrapper.unwrap(65534);
    EXPECT_EQ(first & 0xFFFF, 65534U);
    EXPECT_EQ(unwrapper.unwrap(65535), first + 1);
    EXPECT_EQ(unwrapper.unwrap(1), first + 3);
    EXPECT_EQ(unwrapper.unwrap(0), first + 2) << "late across the wrap";
    EXPECT_EQ(unwrapper.newest(), first + 3) << "late packets do not move the reference";
    EXPECT_EQ(unwrapper.peek(65533), first - 1) << "older than the first one";
}

TEST(SeqUnwrapper, ManyCycles) {
    SeqUnwrapper unwrapper;
    const auto first = unwrapper.unwrap(0);
    std::uint64_t last = first;
    for (std::uint64_t i = 1000; i < 400'000; i += 1000) {
        last = unwrapper.unwrap(static_cast<std::uint16_t>(i));
        EXPECT_EQ(last, first + i);
    }
}

TEST(SeqUnwrapper, RestartStaysAboveEverythingBefore) {
    SeqUnwrapper unwrapper;
    const auto before = unwrapper.unwrap(5000);
    const auto after = unwrapper.restart(4000);
    EXPECT_GT(after, before);
    EXPECT_EQ(after & 0xFFFF, 4000U);
    EXPECT_EQ(unwrapper.unwrap(4001), after + 1);
    EXPECT_EQ(unwrapper.restart(4002), after + 2) << "no more than needed";
}

TEST(TimestampUnwrapper, WrapsAt32Bits) {
    TimestampUnwrapper unwrapper;
    const auto first = unwrapper.unwrap(0xFFFFFF00);
    EXPECT_EQ(unwrapper.unwrap(0x00000100), first + 0x200);
}

} // namespace
} // namespace parley::rtp
