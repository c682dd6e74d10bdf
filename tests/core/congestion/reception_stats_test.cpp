#include "core/congestion/reception_stats.hpp"

#include <gtest/gtest.h>

namespace parley::congestion {
namespace {

constexpr std::uint64_t cycle = 0x10000;

TEST(ReceptionStats, ReportsLossSinceTheLastReportAndInAll) {
    ReceptionStats stats{90000};
    Instant now{1s};
    for (std::uint64_t i = 0; i < 100; ++i) {
        if (i % 4 != 3) stats.on_packet(cycle + 10 + i, static_cast<std::uint32_t>(i * 3000), now);
    }
    auto block = stats.report(7, now);
    EXPECT_EQ(block.ssrc, 7U);
    EXPECT_EQ(stats.expected(), 99U) << "the last one lost is not known yet";
    EXPECT_EQ(block.cumulative_lost, 24);
    EXPECT_EQ(block.fraction_lost, 24 * 256 / 99);
    EXPECT_EQ(block.highest_sequence, 108U) << "cycles count from 0";

    for (std::uint64_t i = 100; i < 200; ++i)
        stats.on_packet(cycle + 10 + i, 0, now);
    block = stats.report(7, now);
    EXPECT_EQ(block.fraction_lost, 1 * 256 / 101);
    EXPECT_EQ(block.cumulative_lost, 25);

    block = stats.report(7, now);
    EXPECT_EQ(block.fraction_lost, 0) << "nothing came";
}

TEST(ReceptionStats, CountsCyclesOverTheWrap) {
    ReceptionStats stats{8000};
    stats.on_packet(cycle + 0xFFFF, 0, Instant{1s});
    stats.on_packet(2 * cycle + 1, 0, Instant{1s});
    const auto block = stats.report(1, Instant{1s});
    EXPECT_EQ(block.highest_sequence, 0x10001U);
    EXPECT_EQ(block.cumulative_lost, 1);
}

TEST(ReceptionStats, DuplicatesMakeTheCumulativeLossNegativeButNotTheFraction) {
    ReceptionStats stats{8000};
    for (int i = 0; i < 3; ++i)
        stats.on_packet(cycle, 0, Instant{1s});
    const auto block = stats.report(1, Instant{1s});
    EXPECT_EQ(block.cumulative_lost, -2);
    EXPECT_EQ(block.fraction_lost, 0);
}

TEST(ReceptionStats, AReorderedFirstPacketCounts) {
    ReceptionStats stats{8000};
    stats.on_packet(cycle + 5, 0, Instant{1s});
    stats.on_packet(cycle + 4, 0, Instant{1s});
    EXPECT_EQ(stats.expected(), 2U);
    EXPECT_EQ(stats.cumulative_lost(), 0);
}

TEST(ReceptionStats, ASenderThatStartsOverHasLostNothing) {
    ReceptionStats stats{8000};
    for (std::uint64_t i = 0; i < 10; ++i)
        stats.on_packet(cycle + i, 0, Instant{1s});
    stats.report(1, Instant{1s});
    stats.on_packet(cycle + 40'000, 0, Instant{2s});
    stats.on_packet(cycle + 40'002, 0, Instant{2s});
    const auto block = stats.report(1, Instant{2s});
    EXPECT_EQ(block.cumulative_lost, 1);
    EXPECT_EQ(block.fraction_lost, 256 / 3);
    EXPECT_EQ(block.highest_sequence, 40'002U);
}

TEST(ReceptionStats, JitterIsZeroForAnEvenStream) {
    ReceptionStats stats{48000};
    Instant now{1s};
    for (std::uint32_t i = 0; i < 500; ++i, now += 20ms) {
        stats.on_packet(cycle + i, 0xFFFFF000 + i * 960, now);
    }
    EXPECT_EQ(stats.jitter(), 0U);
}

TEST(ReceptionStats, JitterConvergesToTheMeanDeviation) {
    ReceptionStats stats{48000};
    Instant now{1s};
    // Every second packet is 5 ms late: |D| is always 5 ms, 240 units (RFC 3550, A.8).
    for (std::uint32_t i = 0; i < 500; ++i, now += 20ms) {
        stats.on_packet(cycle + i, i * 960, now + (i % 2 ? 5ms : 0ms));
    }
    EXPECT_NEAR(stats.jitter(), 240, 2);
    EXPECT_NEAR(static_cast<double>(stats.jitter_time().count()), 5e6, 5e4);
    EXPECT_EQ(stats.report(1, now).jitter, stats.jitter());
}

TEST(ReceptionStats, PacingWithinAFrameIsNoJitter) {
    ReceptionStats stats{90000};
    Instant now{1s};
    std::uint64_t sequence = cycle;
    for (std::uint32_t frame = 0; frame < 200; ++frame, now += 33'333'333ns) {
        for (int packet = 0; packet < 5; ++packet) {
            stats.on_packet(sequence++, frame * 3000, now + packet * 2ms);
        }
    }
    EXPECT_LE(stats.jitter(), 1U);
}

TEST(ReceptionStats, ATimestampLeapIsNoJitter) {
    ReceptionStats stats{90000};
    stats.on_packet(cycle, 0, Instant{1s});
    stats.on_packet(cycle + 1, 0x40000000, Instant{1s + 33ms});
    EXPECT_EQ(stats.jitter(), 0U);
    stats.on_packet(cycle + 2, 0x40000000 + 2970, Instant{1s + 66ms});
    EXPECT_EQ(stats.jitter(), 0U);
}

TEST(ReceptionStats, EchoesTheLastSenderReport) {
    ReceptionStats stats{90000};
    stats.on_packet(cycle, 0, Instant{1s});
    EXPECT_EQ(stats.report(1, Instant{2s}).last_sender_report, 0U);
    stats.on_sender_report(NtpTime{0x1111'2222'3333'4444}, Instant{2s});
    const auto block = stats.report(1, Instant{3500ms});
    EXPECT_EQ(block.last_sender_report, 0x2222'3333U);
    EXPECT_EQ(block.delay_since_last_sender_report, 98304U) << "1.5 s";
}

} // namespace
} // namespace parley::congestion
