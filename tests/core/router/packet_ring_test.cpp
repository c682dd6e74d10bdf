#include "core/router/packet_ring.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley {
namespace {

constexpr Instant start{100s};

std::vector<std::uint8_t> filled(std::size_t size, std::uint64_t seed) {
    return std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(seed * 31));
}

TEST(PacketRing, KeepsPayloadAndDescriptor) {
    PacketRing ring{PacketRing::video};
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(ring.find(0), nullptr);
    const auto* packet = ring.insert(70'000, as_bytes("payload"), as_bytes("dd"), start);
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(ring.find(70'000), packet);
    EXPECT_EQ(as_text(packet->payload()), "payload");
    EXPECT_EQ(as_text(packet->descriptor()), "dd");
    EXPECT_EQ(packet->arrival, start);
    EXPECT_EQ(ring.newest(), 70'000U);
    EXPECT_EQ(ring.insert(70'000, as_bytes("other"), {}, start), nullptr) << "duplicate";
    EXPECT_EQ(as_text(ring.find(70'000)->payload()), "payload");
}

TEST(PacketRing, TakesPacketsInAnyOrder) {
    PacketRing ring{PacketRing::video};
    for (const std::uint64_t index : {105U, 101U, 103U, 102U}) {
        EXPECT_NE(ring.insert(index, as_bytes("x"), {}, start), nullptr);
    }
    EXPECT_FALSE(ring.whole_since(101));
    EXPECT_NE(ring.insert(104, as_bytes("x"), {}, start), nullptr);
    EXPECT_TRUE(ring.whole_since(101));
    EXPECT_FALSE(ring.whole_since(100));
    EXPECT_FALSE(ring.whole_since(106));
    EXPECT_EQ(ring.newest(), 105U);
}

TEST(PacketRing, GrowsToHoldItsHistoryThenStops) {
    PacketRing ring{PacketRing::video};
    // 2000 packets a second of 1100 bytes: 3 MB and 3000 slots for 1.5 s.
    std::uint64_t index = 1 << 16;
    Instant now = start;
    std::size_t settled = 0;
    for (int i = 0; i < 20'000; ++i, ++index, now += 500us) {
        ASSERT_NE(ring.insert(index, filled(1100, index), {}, now), nullptr);
        if (i == 10'000) settled = ring.allocated_bytes();
    }
    EXPECT_EQ(ring.allocated_bytes(), settled) << "nothing is allocated once it has its size";
    for (std::uint64_t back = 0; back < 2900; ++back) {
        const auto* packet = ring.find(index - 1 - back);
        ASSERT_NE(packet, nullptr) << back;
        ASSERT_EQ(packet->payload()[700], filled(1, packet->index)[0]);
    }
}

TEST(PacketRing, AudioStaysSmall) {
    PacketRing ring{PacketRing::audio};
    Instant now = start;
    for (std::uint64_t i = 0; i < 5000; ++i, now += 20ms) {
        ASSERT_NE(ring.insert(65'536 + i, filled(100, i), {}, now), nullptr);
    }
    EXPECT_LT(ring.allocated_bytes(), 40'000U);
    for (std::uint64_t back = 0; back < 50; ++back) {
        EXPECT_NE(ring.find(65'536 + 4999 - back), nullptr) << "a second";
    }
}

TEST(PacketRing, NeverOverwritesPacketsOfTheSameTurn) {
    constexpr PacketRing::Limits tiny{4, 8, 1024, 4096, 10ms};
    PacketRing ring{tiny};
    std::vector<const MediaPacket*> turn;
    std::vector<std::uint64_t> indexes;
    for (std::uint64_t i = 0; i < 200; ++i) {
        // A hostile sender leaps so that slots collide, with packets that exhaust the chunks.
        const std::uint64_t index = 100 + i * 8;
        if (const auto* packet = ring.insert(index, filled(300, index), {}, start)) {
            turn.push_back(packet);
            indexes.push_back(index);
        }
    }
    ASSERT_FALSE(turn.empty());
    for (std::size_t i = 0; i < turn.size(); ++i) {
        EXPECT_EQ(turn[i]->index, indexes[i]);
        EXPECT_EQ(turn[i]->payload()[299], filled(1, indexes[i])[0]);
    }
    EXPECT_NE(ring.insert(100'000, filled(300, 1), {}, start + 20ms), nullptr)
        << "the next turn may";
}

TEST(PacketRing, GrowingKeepsPointersOfTheTurn) {
    PacketRing ring{PacketRing::video};
    std::vector<const MediaPacket*> turn;
    for (std::uint64_t i = 0; i < 1500; ++i) {
        turn.push_back(ring.insert(1000 + i, filled(10, i), {}, start));
        ASSERT_NE(turn.back(), nullptr);
    }
    for (std::uint64_t i = 0; i < 1500; ++i) {
        EXPECT_EQ(turn[i]->index, 1000 + i);
        EXPECT_EQ(turn[i]->payload()[9], filled(1, i)[0]);
    }
}

TEST(PacketRing, OldestIsOverwrittenAndForgotten) {
    constexpr PacketRing::Limits small{8, 8, 256, 1024, 1ms};
    PacketRing ring{small};
    Instant now = start;
    for (std::uint64_t i = 0; i < 100; ++i, now += 2ms) {
        ASSERT_NE(ring.insert(i, filled(100, i), {}, now), nullptr);
    }
    EXPECT_EQ(ring.find(10), nullptr);
    EXPECT_NE(ring.find(99), nullptr);
    EXPECT_EQ(ring.insert(50, filled(100, 50), {}, now), nullptr) << "older than the ring";
    EXPECT_FALSE(ring.whole_since(90));
    EXPECT_LE(ring.allocated_bytes(), 1024 + 8 * 128U);
}

TEST(PacketRing, RefusesWhatNoPacketCanBe) {
    PacketRing ring{PacketRing::audio};
    EXPECT_EQ(ring.insert(1, filled(70'000, 1), {}, start), nullptr);
    EXPECT_EQ(ring.insert(1, {}, filled(256, 1), start), nullptr);
    EXPECT_NE(ring.insert(1, {}, {}, start), nullptr) << "padding has no payload";
}

} // namespace
} // namespace parley
