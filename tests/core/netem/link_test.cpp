#include "core/netem/link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace parley::netem {
namespace {

struct Arrival {
    std::uint64_t tag;
    Instant at;
    bool operator==(const Arrival&) const = default;
};

std::vector<Arrival> drain(Link& link) {
    std::vector<Arrival> all;
    while (const auto deadline = link.next_deadline()) {
        const auto packet = link.pop(*deadline);
        EXPECT_TRUE(packet) << "a deadline is when something arrives";
        if (!packet) break;
        EXPECT_EQ(packet->due, *deadline);
        all.push_back({packet->tag, packet->due});
    }
    return all;
}

/// `count` packets of `size`, one each `spacing`, tagged from 0.
std::vector<Arrival> run(const LinkConfig& config, std::uint64_t count, Duration spacing = 1ms,
                         std::size_t size = 1000, std::uint64_t seed = 1) {
    Link link{config, seed};
    for (std::uint64_t i = 0; i < count; ++i) {
        link.push(size, Instant{} + static_cast<std::int64_t>(i) * spacing, i);
    }
    return drain(link);
}

TEST(Link, DeliversAtOnceAndWholeByDefault) {
    Link link{{}};
    const std::vector<std::uint8_t> bytes{1, 2, 3};
    link.push(bytes, Instant{5ms}, 42);
    const auto packet = link.pop(Instant{5ms});
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->bytes, bytes);
    EXPECT_EQ(packet->size, 3U);
    EXPECT_EQ(packet->tag, 42U);
    EXPECT_FALSE(link.pop(Instant{1s}));
    EXPECT_FALSE(link.next_deadline());
}

TEST(Link, DelaysByItsLatency) {
    Link link{{.latency = 20ms}};
    link.push(std::size_t{100}, Instant{1ms});
    EXPECT_FALSE(link.pop(Instant{20ms}));
    EXPECT_EQ(link.next_deadline(), Instant{21ms});
    EXPECT_TRUE(link.pop(Instant{21ms}));
}

TEST(Link, TheSameSeedIsTheSameNetwork) {
    const LinkConfig config{.latency = 30ms,
                            .jitter = 10ms,
                            .loss = 0.1,
                            .bursts = GilbertElliott{0.05, 0.3, 0, 0.8},
                            .reorder = 0.05,
                            .duplicate = 0.05,
                            .rate = 5'000'000};
    EXPECT_EQ(run(config, 2000), run(config, 2000));
    EXPECT_NE(run(config, 2000), run(config, 2000, 1ms, 1000, 2));
}

TEST(Link, LosesTheShareItIsTold) {
    const auto arrived = run({.loss = 0.1}, 20'000).size();
    EXPECT_NEAR(static_cast<double>(arrived), 18'000, 150);
    EXPECT_EQ(run({.loss = 1}, 100).size(), 0U);
}

TEST(Link, LosesInBursts) {
    // Bad a quarter of the time (p / (p + r)), for 10 packets on average (1 / r).
    const auto arrived = run({.bursts = GilbertElliott{1.0 / 30, 0.1, 0, 1}}, 60'000);
    EXPECT_NEAR(static_cast<double>(arrived.size()), 45'000, 1500);
    std::size_t bursts = 0;
    for (std::size_t i = 1; i < arrived.size(); ++i) {
        if (arrived[i].tag != arrived[i - 1].tag + 1) ++bursts;
    }
    EXPECT_NEAR((60'000.0 - static_cast<double>(arrived.size())) / static_cast<double>(bursts), 10,
                1);
}

TEST(Link, JitterSpreadsArrivalsButKeepsTheirOrder) {
    const auto arrived = run({.latency = 50ms, .jitter = 5ms}, 5000, 100ms);
    ASSERT_EQ(arrived.size(), 5000U);
    double sum = 0;
    double squares = 0;
    for (const auto& arrival : arrived) {
        const auto delay = arrival.at - Instant{static_cast<std::int64_t>(arrival.tag) * 100ms};
        const auto ms = static_cast<double>(delay.count()) / 1e6;
        sum += ms;
        squares += ms * ms;
    }
    const auto mean = sum / 5000;
    EXPECT_NEAR(mean, 50, 0.5);
    EXPECT_NEAR(std::sqrt(squares / 5000 - mean * mean), 5, 0.3);

    const auto dense = run({.latency = 50ms, .jitter = 20ms}, 5000, 100us);
    EXPECT_TRUE(std::is_sorted(dense.begin(), dense.end(),
                               [](const auto& a, const auto& b) { return a.tag < b.tag; }));
}

TEST(Link, ReordersTheShareItIsTold) {
    const auto arrived = run({.latency = 10ms, .reorder = 0.1, .reorder_by = 5ms}, 10'000);
    ASSERT_EQ(arrived.size(), 10'000U);
    std::size_t overtaken = 0;
    std::uint64_t newest = 0;
    for (const auto& arrival : arrived) {
        if (arrival.tag < newest) ++overtaken;
        newest = std::max(newest, arrival.tag);
    }
    EXPECT_NEAR(static_cast<double>(overtaken), 1000, 120);
}

TEST(Link, DuplicatesTheShareItIsTold) {
    EXPECT_NEAR(static_cast<double>(run({.duplicate = 0.2}, 10'000).size()), 12'000, 150);
}

TEST(Link, SpacesPacketsByItsRate) {
    // 1000 bytes take 8 ms at 1 Mbit/s.
    const auto arrived = run({.latency = 5ms, .rate = 1'000'000}, 3, 0ms);
    ASSERT_EQ(arrived.size(), 3U);
    EXPECT_EQ(arrived[0].at, Instant{13ms});
    EXPECT_EQ(arrived[1].at, Instant{21ms});
    EXPECT_EQ(arrived[2].at, Instant{29ms});
}

TEST(Link, DropsWhatItsQueueDoesNotHold) {
    Link link{{.rate = 1'000'000, .queue = 3500}};
    for (std::uint64_t i = 0; i < 10; ++i)
        link.push(std::size_t{1000}, Instant{}, i);
    EXPECT_EQ(drain(link).size(), 3U);
    EXPECT_EQ(link.counters().overflow, 7U);
    link.push(std::size_t{1000}, Instant{24ms}, 10);
    EXPECT_EQ(drain(link).size(), 1U) << "the queue has drained";
}

TEST(Link, ABlockedLinkDeliversOnlyWhatWasUnderWay) {
    Link link{{.latency = 10ms}};
    link.push(std::size_t{10}, Instant{}, 1);
    link.configure({.latency = 10ms, .blocked = true});
    link.push(std::size_t{10}, Instant{}, 2);
    link.configure({.latency = 10ms});
    link.push(std::size_t{10}, Instant{}, 3);
    const auto arrived = drain(link);
    ASSERT_EQ(arrived.size(), 2U);
    EXPECT_EQ(arrived[1].tag, 3U);
}

TEST(Link, CountsWhatBecameOfEveryPacket) {
    Link link{{.loss = 0.2, .duplicate = 0.1, .rate = 2'000'000, .queue = 20'000}};
    for (std::uint64_t i = 0; i < 5000; ++i) {
        link.push(std::size_t{1000}, Instant{static_cast<std::int64_t>(i) * 3ms}, i);
    }
    drain(link);
    const auto& counters = link.counters();
    EXPECT_EQ(counters.pushed, 5000U);
    EXPECT_EQ(counters.pushed + counters.duplicated,
              counters.delivered + counters.lost + counters.overflow);
    EXPECT_GT(counters.overflow, 0U);
}

} // namespace
} // namespace parley::netem
