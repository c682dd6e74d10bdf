#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

#include <gtest/gtest.h>

#include <array>

namespace parley {
namespace {

TEST(NtpTime, AddsAndSubtractsToTheNanosecond) {
    const NtpTime start{std::uint64_t{3'900'000'000} << 32};
    for (const Duration d : {Duration{1s}, Duration{-1s}, Duration{1500ms}, Duration{24h * 400}}) {
        EXPECT_EQ((start + d) - start, d);
    }
    // 2^-32 s is a quarter of a nanosecond: the way back is off by less than one.
    const Duration odd{123'456'789};
    const auto error = ((start + odd) - start) - odd;
    EXPECT_LE(std::abs(error.count()), 1);
}

TEST(NtpTime, TheMiddleIsWhatRtcpRepeats) {
    EXPECT_EQ(NtpTime{0x1122334455667788ULL}.middle(), 0x33445566U);
}

TEST(NtpTime, IsNanosecondsSince1970AndBack) {
    EXPECT_EQ(since_1970(NtpTime{std::uint64_t{2'208'988'800} << 32}), 0ns);
    EXPECT_EQ(since_1970(NtpTime{(std::uint64_t{2'208'988'801} << 32) + (1U << 31)}), 1500ms);
    for (const std::int64_t ns : {0LL, 1LL, 999'999'999LL, 1'764'163'921'123'456'789LL,
                                  2'100'000'000'000'000'001LL /* after the era's end in 2036 */}) {
        EXPECT_EQ(since_1970(ntp_since_1970(Duration{ns})).count(), ns);
    }
}

TEST(WallClock, FollowsTheEnginesTimeline) {
    const WallClock wall{Instant{5s}, NtpTime{std::uint64_t{100} << 32}};
    EXPECT_EQ(wall.ntp_at(Instant{7s}).value, std::uint64_t{102} << 32);
    EXPECT_EQ(wall.ntp_at(Instant{4s}).value, std::uint64_t{99} << 32);
}

TEST(ByteReader, ReadingPastTheEndGivesZeroesAndSaysSo) {
    const std::array<std::uint8_t, 3> bytes{1, 2, 3};
    ByteReader reader{bytes};
    EXPECT_EQ(reader.u16(), 0x0102);
    EXPECT_TRUE(reader.ok());
    EXPECT_EQ(reader.u16(), 0);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.u8(), 0) << "once it has failed it stays so";
}

TEST(ByteWriter, WritingPastTheEndWritesNothingAndSaysSo) {
    std::array<std::uint8_t, 3> bytes{};
    ByteWriter writer{bytes};
    writer.u16(0x0102);
    writer.u16(0x0304);
    EXPECT_FALSE(writer.ok());
    EXPECT_EQ(writer.size(), 2U);
    EXPECT_EQ(bytes[2], 0);
}

} // namespace
} // namespace parley
