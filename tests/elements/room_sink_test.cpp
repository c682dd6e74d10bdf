// What pipelines rely on that publish into a room.
#include "tests/elements/support/collector.hpp"
#include "tests/elements/support/inside.hpp"
#include "tests/elements/support/pipeline.hpp"
#include "tests/elements/support/tap_publisher.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace parley::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* picture =
    "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1 ! ";
constexpr const char* sound = "audiotestsrc is-live=true ! ";

/// A server and somebody who receives what is published into its room "call".
struct Listener {
    explicit Listener(const std::string& options = "output=encoded")
        : pipeline{fmt::format("rtcsfu port={} rtcroomsrc name=room room=call {}", free_port(),
                               options)}
        , received{pipeline, "room"} {
        EXPECT_TRUE(pipeline.set(GST_STATE_PLAYING));
    }
    Pipeline pipeline;
    Collector received;
};

TEST(RoomSink, PublishesRawMedia) {
    Listener listener;
    Pipeline pipeline{fmt::format("{} rtcroomsink name=s room=call participant=pattern "
                                  "display-name=Pattern {} s.",
                                  picture + std::string{"s."}, sound)};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    for (const auto* id : {"call/pattern/camera", "call/pattern/microphone"}) {
        ASSERT_TRUE(listener.received.wait_for_buffers(id, 40)) << id;
        const auto track = listener.received.track(id);
        EXPECT_EQ(track.title, "Pattern");
        // Its times are those of the publishing pipeline, on the room's timeline.
        for (std::size_t i = 1; i < track.times.size(); ++i)
            EXPECT_GE(track.times[i], track.times[i - 1]) << id;
    }
    EXPECT_THAT(listener.received.track("call/pattern/camera").caps, StartsWith("video/x-vp8"));
    EXPECT_THAT(listener.received.track("call/pattern/microphone").caps,
                StartsWith("audio/x-opus"));
}

struct Encoded {
    const char* name;
    const char* description;
    const char* track;
    const char* caps;
};

class RoomSinkEncoded : public testing::TestWithParam<Encoded> {};

TEST_P(RoomSinkEncoded, PassesOnWhatIsEncoded) {
    Listener listener;
    Pipeline pipeline{
        fmt::format("{} ! rtcroomsink room=call participant=one", GetParam().description)};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(listener.received.wait_for_buffers(GetParam().track, 20)) << pipeline.error(0.1);
    EXPECT_THAT(listener.received.track(GetParam().track).caps, StartsWith(GetParam().caps));
    EXPECT_FALSE(pipeline.wait_for(GST_MESSAGE_WARNING, 0.01));
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, RoomSinkEncoded,
    testing::Values(
        Encoded{"vp8", "videotestsrc is-live=true ! vp8enc deadline=1", "call/one/camera",
                "video/x-vp8"},
        Encoded{"vp9", "videotestsrc is-live=true ! vp9enc deadline=1 cpu-used=8 lag-in-frames=0",
                "call/one/camera", "video/x-vp9"},
        Encoded{"h264",
                "videotestsrc is-live=true ! x264enc tune=zerolatency bframes=0 ! "
                "video/x-h264,profile=baseline",
                "call/one/camera", "video/x-h264"},
        Encoded{"h264_high",
                "videotestsrc is-live=true ! video/x-raw,format=I420 ! x264enc tune=zerolatency "
                "bframes=0 ! video/x-h264,profile=high,stream-format=avc",
                "call/one/camera", "video/x-h264"},
        Encoded{"av1",
                "videotestsrc is-live=true ! video/x-raw,width=160,height=120 ! av1enc "
                "usage-profile=realtime cpu-used=9 lag-in-frames=0",
                "call/one/camera", "video/x-av1"},
        Encoded{"opus", "audiotestsrc is-live=true ! opusenc", "call/one/microphone",
                "audio/x-opus"},
        Encoded{"mulaw", "audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc",
                "call/one/microphone", "audio/x-mulaw"},
        Encoded{"rtp", "videotestsrc is-live=true ! vp8enc deadline=1 ! rtpvp8pay",
                "call/one/camera", "video/x-vp8"}),
    [](const auto& info) { return std::string{info.param.name}; });

TEST(RoomSink, EncodesAnewWhatBrowsersDoNotPlay) {
    Listener listener;
    Pipeline pipeline{"videotestsrc is-live=true ! video/x-raw,width=320,height=240,format=I420 ! "
                      "x264enc bframes=2 b-adapt=false rc-lookahead=3 sync-lookahead=0 "
                      "key-int-max=30 ! video/x-h264,profile=main ! "
                      "rtcroomsink room=call participant=one"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(listener.received.wait_for_buffers("call/one/camera", 20));
    EXPECT_THAT(listener.received.track("call/one/camera").caps, StartsWith("video/x-vp8"));
    const auto warning = pipeline.wait_for(GST_MESSAGE_WARNING);
    ASSERT_TRUE(warning);
    GError* raw = nullptr;
    gst_message_parse_warning(warning.get(), &raw, nullptr);
    const GErrorPtr owned{raw};
    EXPECT_THAT(raw->message, HasSubstr("B-frames"));
}

TEST(RoomSink, PublishesSimulcastLayers) {
    Listener listener{"output=encoded layer=all"};
    Pipeline pipeline{
        "videotestsrc is-live=true ! video/x-raw,width=1280,height=720,framerate=15/1 "
        "! rtcroomsink room=call participant=one simulcast=3"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    for (const auto& [rid, width] : {std::pair{"q", 320}, {"h", 640}, {"f", 1280}}) {
        const auto id = fmt::format("call/one/camera/{}", rid);
        ASSERT_TRUE(listener.received.wait_for_buffers(id, 10)) << id;
        EXPECT_THAT(listener.received.track(id).caps, HasSubstr("video/x-vp8"));
    }
}

TEST(RoomSink, AKeyframeThatSomebodyWantsIsAskedOfTheEncoder) {
    Listener listener;
    Pipeline pipeline{"videotestsrc is-live=true ! vp8enc deadline=1 keyframe-max-dist=100000 "
                      "name=e ! rtcroomsink room=call participant=one"};
    std::atomic<int> requests{0};
    const auto encoder = pipeline.child("e");
    const auto pad = adopt_ptr(gst_element_get_static_pad(encoder.get(), "src"));
    gst_pad_add_probe(
        pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer count) {
            if (gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info))) {
                ++*static_cast<std::atomic<int>*>(count);
            }
            return GST_PAD_PROBE_OK;
        },
        &requests, nullptr);
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(listener.received.wait_for_buffers("call/one/camera", 10));
    const int before = requests;
    const auto source = listener.pipeline.child("room");
    const auto received = adopt_ptr(gst_element_get_static_pad(source.get(), "video_0"));
    gst_pad_send_event(received.get(),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
    for (int i = 0; i < 100 && requests == before; ++i)
        pipeline.wait_for(GST_MESSAGE_ERROR, 0.05);
    EXPECT_GT(requests, before);
    pipeline.set(GST_STATE_NULL);
}

TEST(RoomSink, EncodesOnlyWhileSomebodyReceives) {
    Pipeline server{fmt::format("rtcsfu port={}", free_port())};
    ASSERT_TRUE(server.set(GST_STATE_PLAYING));
    Pipeline pipeline{picture + std::string{"rtcroomsink name=s room=call participant=one"}};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    const auto sink = pipeline.child("s");
    const auto sent = [&] {
        GstStructure* raw = nullptr;
        g_object_get(sink.get(), "stats", &raw, nullptr);
        const GstStructurePtr stats{raw};
        guint64 packets = 0;
        gst_structure_get_uint64(raw, "packets-sent", &packets);
        return packets;
    };
    // The first picture shows what there will be; then it is quiet until somebody comes.
    for (int i = 0; i < 100 && sent() == 0; ++i)
        pipeline.wait_for(GST_MESSAGE_ERROR, 0.05);
    pipeline.wait_for(GST_MESSAGE_ERROR, 0.3);
    const auto first = sent();
    EXPECT_GT(first, 0U);
    pipeline.wait_for(GST_MESSAGE_ERROR, 0.5);
    EXPECT_EQ(sent(), first);
    Pipeline late{"rtcroomsrc name=room room=call output=encoded"};
    Collector received{late, "room"};
    ASSERT_TRUE(late.set(GST_STATE_PLAYING));
    EXPECT_TRUE(received.wait_for_buffers("call/one/camera", 10));
}

TEST(RoomSink, TheEndOfAFileIsTheEnd) {
    Listener listener;
    Pipeline pipeline{"videotestsrc num-buffers=20 ! video/x-raw,framerate=30/1 ! "
                      "vp8enc deadline=1 ! rtcroomsink room=call participant=file"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(listener.received.wait_for_buffers("call/file/camera", 20))
        << "not a picture is lost";
    EXPECT_TRUE(pipeline.wait_for(GST_MESSAGE_EOS));
    EXPECT_TRUE(listener.received.wait([](const Collector& c) { return c.removed == 1; }))
        << "and it is unpublished";
}

TEST(RoomSink, EndsWhenItIsToldTo) {
    Listener listener;
    Pipeline pipeline{picture + std::string{"rtcroomsink room=call participant=one"}};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(listener.received.wait_for_buffers("call/one/camera", 10));
    gst_element_send_event(pipeline.get(), gst_event_new_eos());
    EXPECT_TRUE(pipeline.wait_for(GST_MESSAGE_EOS));
    EXPECT_TRUE(listener.received.wait([](const Collector& c) { return c.removed == 1; }));
}

TEST(RoomSink, CarriesARoomOn) {
    Pipeline pipeline{fmt::format("rtcsfu port={} rtcroomsrc room=call : "
                                  "rtcroomsink room=other participant=bridge",
                                  free_port())};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    Pipeline other{"rtcroomsrc name=room room=other output=encoded"};
    Collector received{other, "room"};
    ASSERT_TRUE(other.set(GST_STATE_PLAYING));
    for (const auto* who : {"ada", "bob"}) {
        TapPublisher publisher{"call", who};
        publisher.publish(TapPublisher::vp8());
        publisher.publish(TapPublisher::opus());
        received.forget();
        ASSERT_TRUE(received.wait_for_buffers("other/bridge/camera", 10)) << who;
        ASSERT_TRUE(received.wait_for_buffers("other/bridge/microphone", 10)) << who;
    }
    ASSERT_TRUE(received.wait([](const Collector& c) { return c.removed == 4; }));
    EXPECT_FALSE(
        pipeline.wait_for(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR), 0.2));
}

TEST(RoomSink, APadSaysWhatItsTrackIs) {
    Listener listener;
    Pipeline pipeline{picture +
                      std::string{"s.video_3 rtcroomsink name=s room=call participant=one "
                                  "video_3::source=screen"}};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    EXPECT_TRUE(listener.received.wait_for_buffers("call/one/screen", 5));
}

TEST(RoomSink, StartsAgain) {
    Listener listener;
    Pipeline pipeline{picture + std::string{"rtcroomsink room=call participant=one"}};
    for (int round = 0; round < 3; ++round) {
        listener.received.forget();
        ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
        ASSERT_TRUE(listener.received.wait_for_buffers("call/one/camera", 10)) << round;
        ASSERT_TRUE(pipeline.set(GST_STATE_NULL));
    }
}

TEST(RoomSink, ItsServerMayComeLaterAndGo) {
    Pipeline pipeline{picture + std::string{"rtcroomsink room=call participant=one timeout=0"}};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    for (int round = 0; round < 2; ++round) {
        Listener listener;
        EXPECT_TRUE(listener.received.wait_for_buffers("call/one/camera", 10)) << round;
    }
    EXPECT_FALSE(pipeline.wait_for(GST_MESSAGE_ERROR, 0.01));
}

TEST(RoomSink, SaysWhatIsWrong) {
    const auto refusal = [](const std::string& description) {
        Pipeline pipeline{description};
        EXPECT_FALSE(pipeline.set(GST_STATE_PAUSED));
        return pipeline.error();
    };
    EXPECT_THAT(refusal("rtcroomsink"), HasSubstr("room"));
    EXPECT_THAT(refusal("rtcroomsink room=\"a b\""), HasSubstr("a b"));
    EXPECT_THAT(refusal("rtcroomsink room=a participant=\"x/y\""), HasSubstr("x/y"));
    EXPECT_THAT(refusal("rtcroomsink room=a encoder=nonesuch"), HasSubstr("nonesuch"));
    EXPECT_THAT(refusal("rtcroomsink room=a encoder=identity"), HasSubstr("identity"));
    EXPECT_THAT(refusal("rtcroomsink room=a uri=gopher://x"), HasSubstr("gopher"));
    EXPECT_THAT(refusal("rtcroomsink room=a uri=unix:/nonesuch/tap"), HasSubstr("/nonesuch/tap"));

    Pipeline alone{picture + std::string{"rtcroomsink room=a timeout=200"}};
    ASSERT_TRUE(alone.set(GST_STATE_PLAYING));
    EXPECT_THAT(alone.error(), HasSubstr("there is no rtcsfu"));
}

TEST(RoomSink, TwoOfOneNameAreToldSo) {
    Listener listener;
    Pipeline first{picture + std::string{"rtcroomsink room=call participant=one"}};
    ASSERT_TRUE(first.set(GST_STATE_PLAYING));
    ASSERT_TRUE(listener.received.wait_for_buffers("call/one/camera", 5));
    Pipeline second{picture + std::string{"rtcroomsink room=call participant=one"}};
    ASSERT_TRUE(second.set(GST_STATE_PLAYING));
    EXPECT_THAT(second.error(), HasSubstr("one"));
}

} // namespace
} // namespace parley::test
