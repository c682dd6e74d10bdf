// A call over bad links: publisher to router and router to subscriber through the emulator, with
// NACK, RTX and PLI in both directions.
#include "core/netem/link.hpp"
#include "tests/core/router/harness.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <set>

namespace parley {
namespace {

using namespace test;

/// A browser's receiving side, as far as loss goes: asks for what is missing, puts frames together,
/// and decodes those whose predecessors it has.
class Receiver {
  public:
    /// Media or, with the original sequence number taken off, a retransmission.
    void on_packet(Buffer bytes, Instant now) {
        const auto view = rtp::PacketView::parse(bytes);
        ASSERT_TRUE(view);
        Bytes payload = view->payload();
        std::uint16_t sequence = view->sequence();
        if (view->payload_type() == 103) {
            ASSERT_GE(payload.size(), 2U);
            sequence = load_be16(payload.data());
            payload = payload.subspan(2);
        }
        const std::uint64_t index = unwrapper_.unwrap(sequence);
        if (next_ == 0) next_ = index;
        if (index < next_) return;
        Packet packet{Buffer(payload.begin(), payload.end()), view->timestamp(), view->marker()};
        const auto [at, fresh] = packets_.try_emplace(index, packet);
        if (!fresh) {
            EXPECT_EQ(at->second.payload, packet.payload) << "one number, two packets";
            EXPECT_EQ(at->second.timestamp, packet.timestamp);
        }
        decode(now);
    }
    /// Sequence numbers missing for longer than a reordering lasts.
    std::vector<std::uint16_t> missing(Instant now) {
        std::vector<std::uint16_t> out;
        if (packets_.empty()) return out;
        for (std::uint64_t i = next_; i < packets_.rbegin()->first; ++i) {
            if (packets_.count(i) != 0) continue;
            auto& asked = asked_[i];
            if (now - asked < 100ms) continue;
            asked = now;
            out.push_back(static_cast<std::uint16_t>(i));
        }
        return out;
    }
    bool stuck(Instant now) const { return decoded_ != 0 && now - last_decoded_ > 400ms; }

    unsigned decoded() const { return decoded_; }
    Duration longest_freeze() const { return freeze_; }

  private:
    struct Packet {
        Buffer payload;
        std::uint32_t timestamp = 0;
        bool marker = false;
    };
    void decode(Instant now) {
        for (;;) {
            // A whole frame in order, or the next keyframe that is whole.
            if (take_frame(next_, false, now)) continue;
            bool skipped = false;
            for (auto& [index, packet] : packets_) {
                if (index <= next_) continue;
                const auto descriptor = rtp::Vp8Descriptor::parse(packet.payload);
                if (descriptor && descriptor->keyframe && take_frame(index, true, now)) {
                    skipped = true;
                    break;
                }
            }
            if (!skipped) return;
        }
    }
    bool take_frame(std::uint64_t first, bool must_be_key, Instant now) {
        const auto start = packets_.find(first);
        if (start == packets_.end()) return false;
        const auto descriptor = rtp::Vp8Descriptor::parse(start->second.payload);
        if (!descriptor || !descriptor->frame_start || (must_be_key && !descriptor->keyframe)) {
            return false;
        }
        if (!descriptor->keyframe && decoded_ == 0) return false;
        for (std::uint64_t i = first;; ++i) {
            const auto at = packets_.find(i);
            if (at == packets_.end()) return false;
            EXPECT_EQ(at->second.timestamp, start->second.timestamp);
            if (!at->second.marker) continue;
            if (picture_id_ && !descriptor->keyframe) {
                EXPECT_EQ(descriptor->picture_id, (*picture_id_ + 1) & 0x7FFF);
            }
            picture_id_ = descriptor->picture_id;
            next_ = i + 1;
            packets_.erase(packets_.begin(), packets_.upper_bound(i));
            if (decoded_++ != 0) freeze_ = std::max(freeze_, now - last_decoded_);
            last_decoded_ = now;
            return true;
        }
    }

    rtp::SeqUnwrapper unwrapper_;
    std::uint64_t next_ = 0;
    std::map<std::uint64_t, Packet> packets_;
    std::map<std::uint64_t, Instant> asked_;
    std::optional<std::uint16_t> picture_id_;
    unsigned decoded_ = 0;
    Instant last_decoded_{};
    Duration freeze_{};
};

struct Outcome {
    unsigned decoded = 0;
    Duration freeze{};
    unsigned plis = 0;
    std::uint64_t repaired = 0;
};

/// 30 frames a second for 20 s; both ways lose, reorder and duplicate as `link` says.
Outcome call(const netem::LinkConfig& link, std::uint64_t seed) {
    Room room;
    IncomingTrack track{vp8_config(), room.clock};
    Vp8Layer layer;
    layer.packets_per_frame = 5;
    layer.sequence = 65'000; // wraps on the way
    track.bind(0, layer.ssrc);
    track.bind_rtx(0, rtp::Ssrc{2});
    Subscriber viewer{video_subscription()};
    viewer.enter(room);
    netem::Link up{link, seed};
    netem::Link down{link, seed + 1};
    Receiver receiver;
    Outcome outcome;

    std::map<std::uint16_t, RawPacket> sent; // the publisher's memory
    std::uint16_t rtx_sequence = 0;
    bool keyframe_wanted = true;
    std::deque<std::pair<Instant, std::function<void()>>> feedback; // half a round trip away
    std::size_t flushed = 0;
    Instant next_frame = room.now;
    viewer.subscription.switch_source(track, room.now);

    for (const Instant end = room.now + 20s; room.now < end;) {
        room.tick(1ms);
        if (room.now >= next_frame) {
            next_frame += 33ms;
            for (auto& raw : layer.frame(std::exchange(keyframe_wanted, false), 2970)) {
                sent[raw.sequence] = raw;
                up.push(serialize(raw), room.now);
            }
        }
        std::vector<const MediaPacket*> batch;
        std::deque<netem::Link::Packet> arrived;
        while (auto packet = up.pop(room.now)) {
            arrived.push_back(std::move(*packet));
            const auto view = rtp::PacketView::parse(arrived.back().bytes);
            const auto* stored = view->ssrc() == rtp::Ssrc{2}
                                     ? track.receive_rtx(0, *view, room.map, room.now)
                                     : track.receive(0, *view, room.map, room.now);
            if (stored != nullptr) batch.push_back(stored);
        }
        room.forward(track, 0, batch);
        track.take_feedback(
            room.now, [&](rtp::Ssrc, std::span<const std::uint16_t> nacks, bool pli) {
                outcome.plis += pli ? 1 : 0;
                feedback.emplace_back(
                    room.now + link.latency,
                    [&, lost = std::vector<std::uint16_t>(nacks.begin(), nacks.end()), pli] {
                        keyframe_wanted = keyframe_wanted || pli;
                        for (const std::uint16_t sequence : lost) {
                            RawPacket raw = sent.at(sequence);
                            raw.ssrc = rtp::Ssrc{2};
                            raw.payload_type = 97;
                            raw.payload.insert(raw.payload.begin(),
                                               {static_cast<std::uint8_t>(sequence >> 8),
                                                static_cast<std::uint8_t>(sequence)});
                            raw.sequence = rtx_sequence++;
                            up.push(serialize(raw), room.now);
                        }
                    });
            });
        for (auto& packets = viewer.sink.packets; flushed < packets.size(); ++flushed) {
            down.push(packets[flushed].bytes, room.now);
        }
        while (auto packet = down.pop(room.now))
            receiver.on_packet(packet->bytes, room.now);
        if (const auto lost = receiver.missing(room.now); !lost.empty()) {
            feedback.emplace_back(room.now + link.latency, [&, lost] {
                for (const auto sequence : lost)
                    viewer.subscription.retransmit(sequence, room.now);
            });
        }
        if (receiver.stuck(room.now)) {
            feedback.emplace_back(room.now + link.latency,
                                  [&] { viewer.subscription.handle_keyframe_request(room.now); });
        }
        while (!feedback.empty() && feedback.front().first <= room.now) {
            feedback.front().second();
            feedback.pop_front();
        }
    }
    std::set<std::pair<rtp::Ssrc, std::uint64_t>> indexes;
    for (const auto& packet : viewer.sink.packets) {
        EXPECT_TRUE(indexes.insert({packet.view().ssrc(), packet.index}).second);
    }
    outcome.decoded = receiver.decoded();
    outcome.freeze = receiver.longest_freeze();
    outcome.repaired = track.layer(0).counters().packets_repaired;
    return outcome;
}

TEST(LossyLink, PerfectLinkDecodesEverything) {
    netem::LinkConfig link;
    link.latency = 20ms;
    const auto outcome = call(link, 1);
    EXPECT_GE(outcome.decoded, 600U);
    EXPECT_LT(outcome.freeze, 100ms);
    EXPECT_EQ(outcome.repaired, 0U);
    EXPECT_LE(outcome.plis, 1U);
}

TEST(LossyLink, ReorderingAndDuplicatesCostNothing) {
    netem::LinkConfig link;
    link.latency = 20ms;
    link.jitter = 2ms;
    link.reorder = 0.05;
    link.reorder_by = 8ms;
    link.duplicate = 0.05;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const auto outcome = call(link, seed);
        EXPECT_GE(outcome.decoded, 595U);
        EXPECT_LT(outcome.freeze, 200ms);
        EXPECT_LE(outcome.plis, 1U);
    }
}

TEST(LossyLink, TenPercentLossBothWaysFreezesForLessThanASecond) {
    netem::LinkConfig link;
    link.latency = 30ms;
    link.loss = 0.1;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto outcome = call(link, seed);
        EXPECT_GE(outcome.decoded, 570U) << seed;
        EXPECT_LT(outcome.freeze, 1s) << seed;
        EXPECT_GT(outcome.repaired, 200U) << seed;
    }
}

TEST(LossyLink, BurstsOfLossAreSurvived) {
    netem::LinkConfig link;
    link.latency = 30ms;
    link.bursts = netem::GilbertElliott{0.01, 0.2, 0.0, 0.9};
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto outcome = call(link, seed);
        EXPECT_GE(outcome.decoded, 550U) << seed;
        EXPECT_LT(outcome.freeze, 1s) << seed;
    }
}

} // namespace
} // namespace parley
