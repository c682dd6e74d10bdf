// A late joiner gets a picture at once, and is not behind for it afterwards.
#include "tests/core/router/harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace parley {
namespace {

using namespace test;

/// How far behind the capture a receiver must play to show every frame in time: it learns the delay
/// of each packet against its timestamp, and its jitter buffer keeps the largest.
class Playout {
  public:
    void on_packet(const RecordingSink::Packet& packet) {
        const double timestamp = unwrapper_.unwrap(packet.view().timestamp()) / 90.0;
        const double arrival = std::chrono::duration<double, std::milli>(packet.at - epoch).count();
        delays_.push_back(arrival - timestamp);
    }
    /// ms, against the quickest packet of the last `packets`.
    [[nodiscard]] double lateness_of_first() const {
        const auto tail = std::min_element(delays_.end() - 30, delays_.end());
        return *std::max_element(delays_.begin(), delays_.end()) - *tail;
    }

  private:
    rtp::TimestampUnwrapper unwrapper_;
    std::vector<double> delays_;
};

class LateJoinerTest : public testing::Test {
  protected:
    explicit LateJoinerTest(bool on_demand = true) : track{config(on_demand), room.clock} {
        track.bind(0, layer.ssrc);
        old.enter(room);
        old.subscription.switch_source(track, room.now);
    }
    static IncomingTrack::Config config(bool on_demand) {
        auto config = vp8_config();
        config.keyframes_on_demand = on_demand;
        return config;
    }
    void play(unsigned frames, bool keyframe_first = false) {
        for (unsigned i = 0; i < frames; ++i) {
            room.tick(33ms);
            room.deliver(track, 0, layer.frame(keyframe_first && i == 0, 2970));
        }
    }
    void join() {
        joiner.enter(room);
        joiner.subscription.switch_source(track, room.now);
    }
    void expect_in_step_after_5s() {
        play(150);
        Playout playout;
        for (const auto& packet : joiner.sink.of(rtp::Ssrc{0x8000}))
            playout.on_packet(packet);
        EXPECT_LT(playout.lateness_of_first(), 50) << "ms behind an old subscriber for ever";
        // Both show the same picture at the same time, and say so in their reports.
        const auto capture = [&](Subscriber& subscriber) {
            const auto report = subscriber.subscription.sender_report(room.now);
            const auto last = subscriber.sink.packets.back().view().timestamp();
            return rtp::distance(last, report->rtp_timestamp);
        };
        EXPECT_NEAR(capture(old), capture(joiner), 90);
    }

    Room room;
    Vp8Layer layer;
    IncomingTrack track;
    Subscriber old{video_subscription()};
    Subscriber joiner{video_subscription(0x8000)};
};

TEST_F(LateJoinerTest, YoungGroupOfPicturesComesFromTheRingSqueezed) {
    play(20, true);
    join();
    const auto& packets = joiner.sink.packets;
    ASSERT_EQ(packets.size(), 60U) << "at once, without asking the publisher";
    EXPECT_EQ(room.plis(track), 0U);
    EXPECT_TRUE(packets[0].vp8().keyframe);
    std::set<std::uint32_t> timestamps;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        EXPECT_EQ(packets[i].index, packets[0].index + i);
        timestamps.insert(packets[i].view().timestamp());
    }
    EXPECT_EQ(timestamps.size(), 20U) << "every frame keeps a time of its own";
    const auto span = packets.back().view().timestamp() - packets.front().view().timestamp();
    EXPECT_LE(span, 1800U) << "20 ms";
    expect_in_step_after_5s();
    for (std::size_t i = 1; i < packets.size(); ++i) {
        EXPECT_EQ(packets[i].index, packets[i - 1].index + 1);
    }
}

TEST_F(LateJoinerTest, RetransmissionOfASqueezedPacketIsTheSamePacket) {
    play(20, true);
    join();
    play(3);
    for (const std::size_t i : {0U, 7U, 31U, 59U, 62U}) {
        const auto wanted = joiner.sink.of(rtp::Ssrc{0x8000})[i];
        ASSERT_TRUE(joiner.subscription.retransmit(wanted.view().sequence(), room.now));
        const auto again = joiner.sink.of(rtp::Ssrc{0x8001}).back();
        EXPECT_EQ(again.view().timestamp(), wanted.view().timestamp()) << i;
    }
}

TEST_F(LateJoinerTest, OldGroupOfPicturesMeansOneKeyframeForAllWhoJoin) {
    play(60, true);
    Subscriber second{video_subscription(0x9000)};
    join();
    second.enter(room);
    second.subscription.switch_source(track, room.now);
    EXPECT_TRUE(joiner.sink.packets.empty());
    EXPECT_EQ(room.plis(track), 1U) << "merged";
    play(2);
    EXPECT_EQ(room.plis(track), 0U);
    play(1, true);
    EXPECT_EQ(joiner.sink.packets.size(), 3U);
    EXPECT_EQ(second.sink.packets.size(), 3U);
    expect_in_step_after_5s();
}

TEST_F(LateJoinerTest, TornGroupOfPicturesIsNotReplayed) {
    play(3, true);
    auto frame = layer.frame(false);
    frame.erase(frame.begin());
    room.deliver(track, 0, frame);
    play(3);
    join();
    EXPECT_TRUE(joiner.sink.packets.empty());
    EXPECT_EQ(room.plis(track), 1U);
}

TEST_F(LateJoinerTest, LargeGroupGoesOutInBurstsAndLivePacketsStayBehindIt) {
    layer.packets_per_frame = 12;
    play(25, true); // 300 packets
    join();
    EXPECT_LE(joiner.sink.packets.size(), 100U) << "not all at once";
    for (int i = 0; i < 10; ++i)
        room.tick(3ms);
    play(3);
    const auto& packets = joiner.sink.packets;
    ASSERT_EQ(packets.size(), 336U);
    for (std::size_t i = 1; i < packets.size(); ++i) {
        EXPECT_EQ(packets[i].index, packets[i - 1].index + 1);
        EXPECT_GE(rtp::distance(packets[i - 1].view().timestamp(), packets[i].view().timestamp()),
                  0);
    }
    expect_in_step_after_5s();
}

TEST_F(LateJoinerTest, LivePacketsDuringTheReplayAreSentOnce) {
    layer.packets_per_frame = 12;
    play(25, true);
    join();
    ASSERT_TRUE(joiner.subscription.next_deadline());
    play(2); // the turn's packets are in the ring before the replay goes on
    room.deliver(track, 0, layer.frame(false)); // more, within the same turn
    play(1);
    std::set<std::uint64_t> indexes;
    for (const auto& packet : joiner.sink.packets) {
        EXPECT_TRUE(indexes.insert(packet.index).second) << "an SRTP index used twice";
    }
    for (int i = 0; i < 10; ++i)
        room.tick(5ms);
    play(1);
    EXPECT_EQ(joiner.sink.packets.size(), 30U * 12U);
    EXPECT_FALSE(joiner.subscription.next_deadline());
}

TEST_F(LateJoinerTest, LatePacketDuringTheReplayTakesItsPlace) {
    layer.packets_per_frame = 12;
    play(24, true);
    join(); // reads the first hundred
    room.tick(1ms);
    auto frame = layer.frame(false);
    const auto late = frame[3];
    frame.erase(frame.begin() + 3);
    room.deliver(track, 0, frame);
    for (int i = 0; i < 10; ++i)
        room.tick(5ms);
    room.deliver(track, 0, {late});
    const auto& packets = joiner.sink.packets;
    ASSERT_EQ(packets.size(), 300U);
    EXPECT_EQ(packets.back().index, packets.front().index + 24 * 12 + 3);
}

class FileSourceTest : public LateJoinerTest {
  protected:
    FileSourceTest() : LateJoinerTest{false} {}
};

TEST_F(FileSourceTest, SourceWithoutKeyframesOnDemandIsJoinedFromAnOldGroup) {
    layer.packets_per_frame = 2;
    play(150, true); // five seconds
    join();
    for (int i = 0; i < 10; ++i)
        room.tick(5ms);
    EXPECT_EQ(room.plis(track), 0U);
    const auto& packets = joiner.sink.packets;
    ASSERT_EQ(packets.size(), 300U);
    EXPECT_LE(packets.back().view().timestamp() - packets.front().view().timestamp(), 1800U);
    expect_in_step_after_5s();
}

} // namespace
} // namespace parley
