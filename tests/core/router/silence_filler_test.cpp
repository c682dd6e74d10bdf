// Audio of a viewer who is switched from speaker to speaker, and of nobody in between.
#include "core/router/silence_filler.hpp"
#include "tests/core/router/harness.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace parley {
namespace {

using namespace test;

class SilenceFillerTest : public testing::Test {
  protected:
    SilenceFillerTest() {
        IncomingTrack::Config config;
        config.codec = Codec::opus;
        config.payload_type = 111;
        for (auto& source : sources) {
            source.track = std::make_unique<IncomingTrack>(config, room.clock);
            source.track->bind(0, source.ssrc);
        }
        sources[1].timestamp = 3'000'000'000;
        sources[1].sequence = 60'000;
        viewer.enter(room);
    }
    struct Source {
        std::unique_ptr<IncomingTrack> track;
        rtp::Ssrc ssrc{3};
        std::uint16_t sequence = 5;
        std::uint32_t timestamp = 77;
    };
    static Subscription::Config config() {
        Subscription::Config config;
        config.ssrc = rtp::Ssrc{0x200};
        config.payload_type = 120;
        config.extensions.set(2, rtp::Extension::audio_level);
        return config;
    }
    void run(Duration time) {
        for (const Instant end = room.now + time; room.now < end;) {
            room.tick(20ms);
            filler.poll(viewer.subscription, room.now);
            for (auto& source : sources) {
                RawPacket raw;
                raw.payload_type = 111;
                raw.sequence = source.sequence++;
                raw.timestamp = source.timestamp += 960;
                raw.ssrc = source.ssrc;
                raw.payload = {0x78, 1, 2, 3};
                raw.extensions = {{rtp::Extension::audio_level, {30}}};
                room.deliver(*source.track, 0, {raw});
            }
        }
    }
    void expect_continuous() {
        const auto& packets = viewer.sink.packets;
        for (std::size_t i = 1; i < packets.size(); ++i) {
            EXPECT_EQ(packets[i].index, packets[i - 1].index + 1) << i;
            const auto step =
                rtp::distance(packets[i - 1].view().timestamp(), packets[i].view().timestamp());
            EXPECT_NEAR(step, 960, 960) << i;
            EXPECT_GE(step, 480) << i;
        }
        const double elapsed =
            std::chrono::duration<double>(packets.back().at - packets.front().at).count();
        EXPECT_NEAR(packets.back().view().timestamp() - packets.front().view().timestamp(),
                    elapsed * 48'000, 3 * 960);
    }

    Room room;
    Source sources[2];
    Subscriber viewer{config()};
    SilenceFiller filler{Codec::opus};
};

TEST_F(SilenceFillerTest, StreamGoesOnThroughSilenceAndSwitches) {
    auto& subscription = viewer.subscription;
    filler.start(room.now);
    run(1s);
    EXPECT_GE(viewer.sink.packets.size(), 50U) << "an empty room sounds silent";
    const Bytes silence = viewer.sink.packets[0].payload();
    EXPECT_EQ(Buffer(silence.begin(), silence.end()), (Buffer{0xF8, 0xFF, 0xFE}));
    filler.stop();
    subscription.switch_source(*sources[0].track, room.now);
    run(1s);
    EXPECT_EQ(viewer.sink.packets.back().view().find(2)[0], 30);
    subscription.switch_source(*sources[1].track, room.now);
    run(1s);
    EXPECT_FALSE(subscription.uses(*sources[0].track));
    subscription.detach(*sources[1].track, room.now);
    filler.start(room.now + 20ms);
    run(1s);
    filler.stop();
    subscription.switch_source(*sources[0].track, room.now);
    run(1s);
    EXPECT_GE(viewer.sink.packets.size(), 245U);
    expect_continuous();
    const auto report = subscription.sender_report(room.now);
    ASSERT_TRUE(report);
    EXPECT_NEAR(rtp::distance(viewer.sink.packets.back().view().timestamp(), report->rtp_timestamp),
                0, 960);
    subscription.detach_all(room.now);
}

TEST_F(SilenceFillerTest, SilenceIsNotRetransmitted) {
    filler.start(room.now);
    run(100ms);
    const auto sequence = static_cast<std::uint16_t>(viewer.sink.packets.back().index);
    EXPECT_FALSE(viewer.subscription.retransmit(sequence, room.now));
    const auto report = viewer.subscription.sender_report(room.now + 1s);
    ASSERT_TRUE(report);
    EXPECT_NEAR(rtp::distance(viewer.sink.packets.back().view().timestamp(), report->rtp_timestamp),
                48'000, 10);
}

TEST_F(SilenceFillerTest, DoesNotCatchUpAfterAStall) {
    filler.start(room.now);
    run(100ms);
    const auto before = viewer.sink.packets.size();
    room.now += 10s;
    run(20ms);
    EXPECT_LE(viewer.sink.packets.size(), before + 2);
}

TEST(SilenceFiller, EveryAudioCodecHasASilence) {
    EXPECT_EQ(SilenceFiller::payload(Codec::pcmu).size(), 160U);
    EXPECT_EQ(SilenceFiller::payload(Codec::pcmu)[5], 0xFF);
    EXPECT_EQ(SilenceFiller::payload(Codec::pcma)[5], 0xD5);
}

} // namespace
} // namespace parley
