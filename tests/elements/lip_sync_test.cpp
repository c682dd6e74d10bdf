// The lip-sync meter and its media: what it measures has to be right before it may judge others.
#include "core/rtp/packet.hpp"
#include "tests/elements/support/flash_and_beep.hpp"
#include "tests/elements/support/lip_sync.hpp"

#include <gst/check/gstharness.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace parley::test {
namespace {

constexpr auto media_time = 5s;
constexpr unsigned pictures = media_time / picture_duration;
constexpr unsigned sounds = media_time / sound_duration;
constexpr unsigned intervals = media_time / flash_interval;

void shift(GstBuffer* buffer, Duration by) {
    GST_BUFFER_PTS(buffer) += static_cast<GstClockTime>(by.count());
}

/// Sends packets through `launch` and hands what comes out to `take`.
void decode(const char* launch, const char* caps, const std::vector<TimedPacket>& packets,
            const std::function<void(GstBuffer*)>& take) {
    const std::unique_ptr<GstHarness, FreeWith<gst_harness_teardown>> harness{
        gst_harness_new_parse(launch)};
    gst_harness_set_src_caps_str(harness.get(), caps);
    for (const auto& packet : packets) {
        auto buffer = adopt_ptr(gst_buffer_new_memdup(packet.bytes.data(), packet.bytes.size()));
        GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(packet.captured.count());
        ASSERT_EQ(gst_harness_push(harness.get(), buffer.release()), GST_FLOW_OK);
    }
    gst_harness_push_event(harness.get(), gst_event_new_eos());
    while (const auto buffer = adopt_ptr(gst_harness_try_pull(harness.get())))
        take(buffer.get());
}

TEST(LipSync, MeasuresAnOffsetToTheSampleInEitherDirection) {
    for (const auto late : {0ms, 1ms, 35ms, -35ms}) {
        LipSyncMeter meter;
        for (unsigned n = 0; n < pictures; ++n) {
            const auto picture = flash_picture(n);
            shift(picture.get(), 1s);
            meter.picture(picture.get());
        }
        for (unsigned n = 0; n < sounds; ++n) {
            const auto sound = beep_sound(n);
            shift(sound.get(), 1s + late);
            meter.sound(sound.get());
        }
        const auto offsets = meter.offsets();
        ASSERT_EQ(offsets.size(), intervals);
        for (unsigned i = 0; i < intervals; ++i) {
            EXPECT_EQ(offsets[i].at, 1s + i * flash_interval);
            EXPECT_EQ(offsets[i].sound, late);
        }
    }
}

TEST(LipSync, LeavesOutFlashesAndBeepsWithoutTheirPartner) {
    LipSyncMeter meter;
    for (unsigned n = 0; n < pictures; ++n) {
        if (n == 25) continue; // the flash at 1 s
        meter.picture(flash_picture(n).get());
    }
    for (unsigned n = 0; n < sounds; ++n) {
        if (n / 50 == 3) continue; // the beep at 3 s
        meter.sound(beep_sound(n).get());
    }
    std::vector<Duration> at;
    for (const auto& offset : meter.offsets()) {
        at.push_back(offset.at);
        EXPECT_EQ(offset.sound, 0ns);
    }
    EXPECT_EQ(at, (std::vector<Duration>{0s, 2s, 4s}));
}

TEST(LipSync, SurvivesTheCodecsThatCarryIt) {
    LipSyncMeter meter;
    decode("rtpvp8depay ! vp8dec",
           "application/x-rtp, media=video, encoding-name=VP8, clock-rate=90000, payload=96",
           flashes_as_vp8(media_time), [&](GstBuffer* buffer) { meter.picture(buffer); });
    decode("rtpopusdepay ! opusdec ! audioconvert ! "
           "capsfilter caps=\"audio/x-raw, format=S16LE, rate=48000, channels=1\"",
           "application/x-rtp, media=audio, encoding-name=OPUS, clock-rate=48000, payload=111",
           beeps_as_opus(media_time), [&](GstBuffer* buffer) { meter.sound(buffer); });
    const auto offsets = meter.offsets();
    ASSERT_GE(offsets.size(), intervals - 1);
    for (const auto& offset : offsets) {
        EXPECT_EQ(offset.at % flash_interval, 0ns);
        // An encoder's look-ahead, which nothing says on the way: 6.5 ms.
        EXPECT_LE(std::chrono::abs(offset.sound), 10ms) << offset.sound.count() << " ns";
    }
}

TEST(LipSync, PacketsSayWhereAReceiverCanStart) {
    unsigned keyframes = 0;
    std::set<std::uint32_t> timestamps;
    unsigned frame_starts = 0;
    for (const auto& packet : flashes_as_vp8(media_time)) {
        const auto view = rtp::PacketView::parse(packet.bytes);
        ASSERT_TRUE(view);
        EXPECT_EQ(view->payload_type(), 96);
        EXPECT_EQ(view->timestamp(), static_cast<std::uint32_t>(packet.captured * 90 / 1ms));
        timestamps.insert(view->timestamp());
        if (!packet.frame_start) continue;
        ++frame_starts;
        if (!packet.keyframe) continue;
        ++keyframes;
        EXPECT_EQ(packet.captured % flash_interval, 0ns);
    }
    EXPECT_EQ(frame_starts, pictures);
    EXPECT_EQ(timestamps.size(), pictures);
    EXPECT_EQ(keyframes, intervals);
}

} // namespace
} // namespace parley::test

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
