#include "core/router/clock_mapping.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace parley {
namespace {

constexpr Instant start{500s};
constexpr WallClock wall{start, NtpTime{std::uint64_t{3'900'000'000} << 32}};

double ms(Duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
}

/// A publisher with a clock of its own, and a network with a fixed way plus some jitter.
struct Publisher {
    Duration offset{}; ///< of its wall clock
    double drift = 1;  ///< its seconds a second of ours
    Duration way = 40ms;

    [[nodiscard]] NtpTime ntp(Instant t) const {
        return wall.ntp + offset +
               Duration{
                   static_cast<std::int64_t>(static_cast<double>((t - start).count()) * drift)};
    }
    [[nodiscard]] std::uint32_t timestamp(Instant t, std::uint32_t origin,
                                          std::uint32_t rate) const {
        const double seconds = static_cast<double>((t - start).count()) * drift / 1e9;
        return origin + static_cast<std::uint32_t>(static_cast<std::uint64_t>(seconds * rate));
    }
};

TEST(ClockMapping, ArrivalStandsInBeforeTheFirstReport) {
    PublisherClock clock{wall};
    ClockMapping mapping{90'000, clock};
    EXPECT_FALSE(mapping.started());
    mapping.on_packet(5000, start);
    EXPECT_TRUE(mapping.started());
    EXPECT_FALSE(mapping.synchronized());
    EXPECT_EQ(mapping.ntp(5000, start), wall.ntp);
    EXPECT_NEAR(ms(mapping.ntp(5000 + 90'000, start) - wall.ntp), 1000, 0.001);
    EXPECT_NEAR(ms(mapping.ntp(5000 - 9000, start) - wall.ntp), -100, 0.001);
    EXPECT_EQ(mapping.timestamp(wall.ntp + 2s, start), 5000U + 180'000U);
}

TEST(ClockMapping, TheQuickestPacketCountsAndTheCorrectionIsSlewed) {
    PublisherClock clock{wall};
    ClockMapping mapping{48'000, clock};
    mapping.on_packet(0, start + 30ms); // delayed by 30 ms
    const auto before = mapping.ntp(9600, start + 200ms);
    mapping.on_packet(9600, start + 200ms); // not delayed
    EXPECT_NEAR(ms(mapping.ntp(9600, start + 200ms) - before), 0, 0.001) << "no jump";
    EXPECT_NEAR(ms(mapping.ntp(9600, start + 3s) - wall.ntp_at(start + 200ms)), 0, 0.001);
}

TEST(ClockMapping, SkewedPublisherClocksMapToOurTimeline) {
    // Its clock is an hour and a bit off and runs 50 ppm fast.
    Publisher publisher{3723s, 1.00005};
    PublisherClock clock{wall};
    ClockMapping video{90'000, clock};
    ClockMapping audio{48'000, clock};
    double worst = 0;
    double largest_step = 0;
    double last = 0;
    for (int i = 1; i <= 600; ++i) { // ten minutes
        const Instant sent = start + i * 1s;
        const Instant arrival = sent + publisher.way + (i % 7) * 3ms;
        for (auto* mapping : {&video, &audio}) {
            const std::uint32_t rate = mapping->clock_rate();
            const auto timestamp = publisher.timestamp(sent, 4'294'900'000U, rate);
            mapping->on_packet(timestamp, arrival);
            if (i > 3) {
                clock.on_sender_report(publisher.ntp(sent), arrival);
                mapping->on_sender_report(publisher.ntp(sent), timestamp, arrival);
            }
            const double error =
                ms(mapping->ntp(timestamp, arrival) - wall.ntp_at(sent + publisher.way));
            if (mapping == &video) {
                if (i > 1) largest_step = std::max(largest_step, std::abs(error - last));
                last = error;
            }
            if (i > 60) worst = std::max(worst, std::abs(error));
        }
        if (i > 10) {
            // The two tracks of one publisher are in step to a millisecond: lips.
            const auto v = video.ntp(publisher.timestamp(sent, 4'294'900'000U, 90'000), arrival);
            const auto a = audio.ntp(publisher.timestamp(sent, 4'294'900'000U, 48'000), arrival);
            EXPECT_NEAR(ms(v - a), 0, 1) << i;
        }
    }
    EXPECT_LT(worst, 20) << "ms, of which the clock's drift over the window is 6";
    EXPECT_LT(largest_step, 22) << "ms in a second: slewed, never jumped";
}

TEST(ClockMapping, SwitchFromArrivalToReportsIsSlewed) {
    Publisher publisher{-10s};
    PublisherClock clock{wall};
    ClockMapping mapping{90'000, clock};
    // The video's capture is 80 ms before its packets arrive, and the report says so.
    const Instant capture = start + 1s;
    const Instant arrival = capture + 80ms;
    mapping.on_packet(90'000, arrival);
    const auto before = mapping.ntp(90'000, arrival);
    clock.on_sender_report(publisher.ntp(arrival - 10ms), arrival);
    mapping.on_sender_report(publisher.ntp(capture), 90'000, arrival);
    EXPECT_TRUE(mapping.synchronized());
    EXPECT_NEAR(ms(mapping.ntp(90'000, arrival) - before), 0, 0.01);
    EXPECT_NEAR(ms(mapping.ntp(90'000, arrival + 1s) - before), -20, 0.1) << "2 %";
    EXPECT_NEAR(ms(mapping.ntp(90'000, arrival + 10s) - before), -70, 0.1) << "and there it stays";
}

TEST(ClockMapping, ThereAndBackAgain) {
    PublisherClock clock{wall};
    ClockMapping mapping{90'000, clock};
    clock.on_sender_report(NtpTime{std::uint64_t{1} << 40}, start);
    mapping.on_sender_report(NtpTime{std::uint64_t{1} << 40}, 0xFFFFFFF0, start);
    for (const Duration d : {-20s, 0s, 1s, 3600s}) {
        const auto ntp = wall.ntp_at(start) + Duration{d};
        const auto timestamp = mapping.timestamp(ntp, start);
        EXPECT_NEAR(ms(mapping.ntp(timestamp, start) - ntp), 0, 0.02);
    }
}

TEST(PublisherClock, ReportWithoutAClockIsOfNoUse) {
    PublisherClock clock{wall};
    EXPECT_FALSE(clock.on_sender_report(NtpTime{0}, start));
    EXPECT_FALSE(clock.known());
    ClockMapping mapping{90'000, clock};
    mapping.on_packet(1, start);
    mapping.on_sender_report(NtpTime{0}, 1, start);
    EXPECT_FALSE(mapping.synchronized());
}

TEST(PublisherClock, OneLateReportChangesNothingAClockThatWasSetDoes) {
    Publisher publisher{100s};
    PublisherClock clock{wall};
    Instant now = start;
    const auto report = [&](Duration way) {
        now += 1s;
        clock.on_sender_report(publisher.ntp(now - way), now);
        return ms(clock.to_ours(publisher.ntp(now), now) - wall.ntp_at(now));
    };
    for (int i = 0; i < 10; ++i)
        EXPECT_NEAR(report(10ms), 10, 1);
    EXPECT_NEAR(report(3s), 10, 1);
    EXPECT_NEAR(report(500ms), 10, 1);
    publisher.offset -= 50s; // set back
    for (int i = 0; i < 3; ++i)
        report(10ms);
    EXPECT_NEAR(report(10ms), 10, 1);
    publisher.offset += 90s; // set forward
    EXPECT_NEAR(report(10ms), 10, 1);
}

} // namespace
} // namespace parley
