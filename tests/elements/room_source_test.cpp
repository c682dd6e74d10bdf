// What pipelines rely on that receive a room.
#include "tests/elements/support/collector.hpp"
#include "tests/elements/support/inside.hpp"
#include "tests/elements/support/pipeline.hpp"
#include "tests/elements/support/tap_publisher.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

namespace parley::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::StartsWith;

std::string server() {
    return fmt::format("rtcsfu port={} ", free_port());
}

TEST(RoomSource, HasAPadForEachTrack) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call"};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ada.publish(TapPublisher::opus());
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/camera", 20));
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/microphone", 20));

    const auto camera = collector.track("call/ada/camera");
    EXPECT_THAT(camera.caps, StartsWith("application/x-rtp, media=(string)video"));
    EXPECT_THAT(camera.caps, testing::HasSubstr("encoding-name=(string)VP8"));
    EXPECT_EQ(camera.title, "ada");
    const auto microphone = collector.track("call/ada/microphone");
    EXPECT_THAT(microphone.caps, testing::HasSubstr("encoding-name=(string)OPUS"));
    EXPECT_THAT(microphone.caps, testing::HasSubstr("encoding-params=(string)2"));
}

class RoomSourceOutput : public testing::TestWithParam<const char*> {};

TEST_P(RoomSourceOutput, EveryBufferOfEveryCodecCarriesItsTime) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call output=" + GetParam()};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ada.publish(TapPublisher::h264());
    ada.publish(TapPublisher::opus());
    for (const auto* id : {"call/ada/camera", "call/ada/screen", "call/ada/microphone"}) {
        ASSERT_TRUE(collector.wait_for_buffers(id, 40)) << id;
        const auto track = collector.track(id);
        EXPECT_EQ(track.with_time, track.times.size()) << id;
        for (std::size_t i = 1; i < track.times.size(); ++i) {
            EXPECT_GE(track.times[i], track.times[i - 1]) << id;
        }
        for (const auto error : track.errors_us)
            EXPECT_NEAR(static_cast<double>(error), 0, 1000) << id;
    }
}

TEST_P(RoomSourceOutput, ATimeByArrivalSaysThatItIsEstimated) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call output=" + GetParam()};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    TapPublisher bob{"call", "bob"};
    for (auto media : {TapPublisher::vp8(), TapPublisher::opus()}) {
        ada.publish(media);
        media.timed = false;
        bob.publish(media);
    }
    for (const auto* kind : {"camera", "microphone"}) {
        const auto reported = std::string{"call/ada/"} + kind;
        const auto arrived = std::string{"call/bob/"} + kind;
        ASSERT_TRUE(collector.wait_for_buffers(reported, 20)) << reported;
        ASSERT_TRUE(collector.wait_for_buffers(arrived, 20)) << arrived;
        const auto exact = collector.track(reported);
        EXPECT_EQ(exact.with_time, exact.times.size());
        EXPECT_EQ(exact.estimated, 0U) << reported;
        const auto estimated = collector.track(arrived);
        EXPECT_EQ(estimated.with_time, estimated.times.size()) << "is found by the plain caps too";
        EXPECT_EQ(estimated.estimated, estimated.times.size()) << arrived;
    }
}

INSTANTIATE_TEST_SUITE_P(All, RoomSourceOutput, testing::Values("rtp", "encoded", "raw"));

/// Of a tap that records, and asks for consent.
const std::string recording = "rtcroomsrc name=room room=call purpose=recording ";

gboolean flag(const GstStructure* structure, const char* field) {
    gboolean value = FALSE;
    EXPECT_TRUE(structure != nullptr && gst_structure_get_boolean(structure, field, &value))
        << field;
    return value;
}

guint64 serial(const GstStructure* structure) {
    guint64 value = 0;
    EXPECT_TRUE(structure != nullptr && gst_structure_get_uint64(structure, "serial", &value));
    return value;
}

TEST(RoomSource, NothingOfSomebodyComesBeforeTheyConsent) {
    Pipeline pipeline{fmt::format("rtcsfu name=sfu port={} ", free_port()) + recording +
                      "consent-required=true"};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    TapPublisher bob{"call", "bob"};
    bob.publish(TapPublisher::vp8());
    const auto sfu = pipeline.child("sfu");
    const auto consents = [&](const char* who, bool given) {
        gboolean found = FALSE;
        g_signal_emit_by_name(sfu.get(), "set-consent", "call", who, gboolean{given}, &found);
        return found != FALSE;
    };
    const auto told = [](const char* id, bool given) {
        return [=](const Collector& c) {
            const auto found = c.tracks.find(id);
            if (found == c.tracks.end()) return false;
            const auto* state = found->second.last("parley-track");
            return state != nullptr && flag(state, "consent") == gboolean{given};
        };
    };
    EXPECT_FALSE(consents("nobody", true));
    ASSERT_TRUE(consents("ada", true));
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/camera", 20));
    EXPECT_TRUE(collector.wait(told("call/ada/camera", true)));
    EXPECT_TRUE(collector.track("call/bob/camera").times.empty());

    ASSERT_TRUE(consents("bob", true));
    ASSERT_TRUE(collector.wait_for_buffers("call/bob/camera", 10));
    ASSERT_TRUE(consents("ada", false));
    // The event comes behind the last of her buffers.
    ASSERT_TRUE(collector.wait(told("call/ada/camera", false)));
    const auto before = collector.track("call/ada/camera").times.size();
    const auto of_bob = collector.track("call/bob/camera").times.size();
    ASSERT_TRUE(collector.wait_for_buffers("call/bob/camera", of_bob + 20));
    EXPECT_EQ(collector.track("call/ada/camera").times.size(), before);
}

TEST(RoomSource, ASinkThatAgreesIsRecorded) {
    const auto sink = [](const char* who, const char* more) {
        return fmt::format("videotestsrc is-live=true ! video/x-raw,width=160,height=90 ! "
                           "rtcroomsink room=call participant={} {} ",
                           who, more);
    };
    Pipeline pipeline{server() + sink("ada", "recording-consent=true") + sink("bob", "") +
                      recording + "consent-required=true"};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/camera", 30));
    ASSERT_TRUE(collector.wait([](const Collector& c) { return c.pads.size() == 2; }));
    EXPECT_TRUE(collector.track("call/bob/camera").times.empty());
}

TEST(RoomSource, AKeyframeForTheRecorderIsAskedForAsThat) {
    Pipeline pipeline{server() + recording};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/camera", 20));
    const auto source = pipeline.child("room");
    const auto pad = adopt_ptr(gst_element_get_static_pad(source.get(), "video_0"));
    gst_pad_send_event(pad.get(),
                       gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM,
                                            gst_structure_new("GstForceKeyUnit", "reason",
                                                              G_TYPE_STRING, "recorder", nullptr)));
    EXPECT_TRUE(ada.wait_for_keyframe_wanted(KeyframeReason::recorder));
}

TEST(RoomSource, EveryPadIsToldWhatHappensInTheRoom) {
    Pipeline pipeline{fmt::format("rtcsfu name=sfu port={} ", free_port()) + recording};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    const auto has = [](const char* track, const char* kind, const char* field, const char* text) {
        return [=](const Collector& c) {
            const auto found = c.tracks.find(track);
            if (found == c.tracks.end()) return false;
            const auto* news = found->second.last("parley-room", kind);
            return news != nullptr && g_strcmp0(gst_structure_get_string(news, field), text) == 0;
        };
    };
    const auto* const camera = "call/ada/camera";
    const auto* const microphone = "call/ada/microphone";
    auto eve = std::make_unique<TapPublisher>("call", "eve");
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    // What was before the first pad.
    ASSERT_TRUE(collector.wait(has(camera, "participant-joined", "participant", "ada")));
    const auto* const joined_text = "participant-joined";
    auto track = collector.track(camera);
    EXPECT_STREQ(gst_structure_get_string(track.last("parley-room", joined_text), "role"),
                 "participant");
    EXPECT_STREQ(gst_structure_get_string(track.last("parley-room", joined_text), "display-name"),
                 "ada");
    EXPECT_FALSE(flag(track.last("parley-room", joined_text), "consent"));
    EXPECT_TRUE(flag(track.last("parley-room", "recording"), "recording"));
    EXPECT_FALSE(flag(track.last("parley-room", "recording"), "consent-required"));

    eve->send(tap::SendMessage{"", R"("text":"good \"bye\"")"});
    ASSERT_TRUE(collector.wait(has(camera, "message", "text", "good \"bye\"")));
    ASSERT_TRUE(collector.wait(has(camera, "message", "participant", "eve")));
    eve->send(tap::SendMessage{"", R"("data":{"a":[1]})"});
    ASSERT_TRUE(collector.wait(has(camera, "message", "data", R"({"a":[1]})")));
    eve.reset();
    ASSERT_TRUE(collector.wait(has(camera, "participant-left", "participant", "eve")));
    gboolean found = FALSE;
    g_signal_emit_by_name(pipeline.child("sfu").get(), "set-consent", "call", "ada", TRUE, &found);
    ASSERT_TRUE(collector.wait(has(camera, "consent", "participant", "ada")));
    EXPECT_TRUE(flag(collector.track(camera).last("parley-room", "consent"), "consent"));

    // A later pad hears who is there, under the same numbers, and nothing of who has gone.
    ada.publish(TapPublisher::opus());
    ASSERT_TRUE(collector.wait(has(microphone, "consent", "participant", "ada")));
    track = collector.track(camera);
    const auto later = collector.track(microphone);
    for (const auto* kind : {joined_text, "consent", "recording"}) {
        EXPECT_EQ(serial(later.last("parley-room", kind)), serial(track.last("parley-room", kind)))
            << kind;
    }
    EXPECT_EQ(later.last("parley-room", "message"), nullptr);
    EXPECT_EQ(later.last("parley-room", "participant-left"), nullptr);
    guint64 last = 0;
    for (const auto& event : track.events) {
        if (!gst_structure_has_name(event.get(), "parley-room")) continue;
        EXPECT_GT(serial(event.get()), last) << "each once, in order";
        last = serial(event.get());
    }
}

TEST(RoomSource, PeopleComeAndGoAndNothingEnds) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call"};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    {
        TapPublisher ada{"call", "ada"};
        ada.publish(TapPublisher::vp8());
        ASSERT_TRUE(collector.wait_for_buffers("call/ada/camera", 10));
    }
    ASSERT_TRUE(collector.wait([](const Collector& c) { return c.removed == 1; }));
    EXPECT_TRUE(collector.track("call/ada/camera").eos);
    {
        TapPublisher bob{"call", "bob"};
        bob.publish(TapPublisher::vp8());
        ASSERT_TRUE(collector.wait_for_buffers("call/bob/camera", 10));
    }
    ASSERT_TRUE(collector.wait([](const Collector& c) { return c.removed == 2; }));
    EXPECT_THAT(collector.pads, ElementsAre("video_0", "video_1"));
    EXPECT_FALSE(
        pipeline.wait_for(static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR), 0.2));
}

TEST(RoomSource, StablePadsStayWhilePeopleComeAndGo) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call tracks=stable output=encoded"};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    for (const auto* who : {"ada", "bob"}) {
        collector.forget();
        TapPublisher publisher{"call", who};
        publisher.publish(TapPublisher::vp8());
        publisher.publish(TapPublisher::opus());
        ASSERT_TRUE(collector.wait_for_buffers("call/active/video", 20)) << who;
        ASSERT_TRUE(collector.wait_for_buffers("call/active/audio", 20)) << who;
        EXPECT_TRUE(collector.wait([&](const Collector& c) {
            const auto* news =
                c.tracks.at("call/active/video").last("parley-room", "participant-joined");
            return news != nullptr &&
                   g_strcmp0(gst_structure_get_string(news, "participant"), who) == 0;
        })) << who;
        const auto video = collector.track("call/active/video");
        for (std::size_t i = 1; i < video.times.size(); ++i)
            EXPECT_GE(video.times[i], video.times[i - 1]);
    }
    ASSERT_TRUE(collector.wait([](const Collector& c) {
        const auto found = c.tracks.find("call/active/audio");
        return found != c.tracks.end() && found->second.gaps > 1;
    })) << "the empty room is told by gaps";
    EXPECT_EQ(collector.pads.size(), 2u);
    EXPECT_EQ(collector.removed, 0u);
    gst_element_send_event(pipeline.get(), gst_event_new_eos());
    EXPECT_TRUE(pipeline.wait_for(GST_MESSAGE_EOS));
}

TEST(RoomSource, LeavesAgentsOutUnlessTheyAreNamed) {
    Pipeline pipeline{server() + "rtcroomsrc name=all room=call "
                                 "rtcroomsrc name=one room=call participants=mix"};
    Collector all{pipeline, "all"};
    Collector one{pipeline, "one"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher mix{"call", "mix", room::Role::agent};
    mix.publish(TapPublisher::vp8());
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ASSERT_TRUE(one.wait_for_buffers("call/mix/camera", 10));
    ASSERT_TRUE(all.wait_for_buffers("call/ada/camera", 10));
    EXPECT_EQ(all.pads.size(), 1u);
    EXPECT_EQ(one.pads.size(), 1u);
}

TEST(RoomSource, AsksForMediaOnly) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call media=audio"};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ada.publish(TapPublisher::opus());
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/microphone", 50));
    EXPECT_THAT(collector.pads, ElementsAre("audio_0"));
}

TEST(RoomSource, APadThatNobodyLinksPausesItsTrack) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call"};
    Collector collector{pipeline, "room", false};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ASSERT_TRUE(collector.wait([](const Collector& c) { return !c.pads.empty(); }));
    EXPECT_FALSE(pipeline.wait_for(GST_MESSAGE_ERROR, 1)) << "is no error";

    // Linked late, it flows, and begins with a keyframe that the source was asked for.
    const auto source = pipeline.child("room");
    const auto pad = adopt_ptr(gst_element_get_static_pad(source.get(), "video_0"));
    auto* sink = gst_element_factory_make("fakesink", nullptr);
    g_object_set(sink, "async", FALSE, nullptr);
    gst_bin_add(GST_BIN(pipeline.get()), sink);
    gst_element_sync_state_with_parent(sink);
    const auto target = adopt_ptr(gst_element_get_static_pad(sink, "sink"));
    std::atomic<bool> told{false};
    gst_pad_add_probe(
        target.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
            if (gst_event_has_name(GST_PAD_PROBE_INFO_EVENT(info), "parley-room")) {
                *static_cast<std::atomic<bool>*>(data) = true;
            }
            return GST_PAD_PROBE_OK;
        },
        &told, nullptr);
    const auto before = collector.track("call/ada/camera").times.size();
    ASSERT_EQ(gst_pad_link(pad.get(), target.get()), GST_PAD_LINK_OK);
    EXPECT_TRUE(collector.wait_for_buffers("call/ada/camera", before + 30));
    EXPECT_TRUE(told) << "who is in the room was said before there was anybody to hear it";
    pipeline.set(GST_STATE_NULL);
}

TEST(RoomSource, StartsAgain) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call output=encoded"};
    Collector collector{pipeline, "room"};
    for (unsigned round = 1; round <= 3; ++round) {
        ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
        {
            TapPublisher ada{"call", fmt::format("ada{}", round)};
            ada.publish(TapPublisher::vp8());
            ASSERT_TRUE(collector.wait_for_buffers(fmt::format("call/ada{}/camera", round), 10));
        }
        ASSERT_TRUE(pipeline.set(GST_STATE_NULL));
    }
}

TEST(RoomSource, IsLiveAndSaysHowLongItWaits) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call latency=120"};
    EXPECT_EQ(gst_element_set_state(pipeline.get(), GST_STATE_PAUSED), GST_STATE_CHANGE_NO_PREROLL);
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/camera", 5));
    const auto source = pipeline.child("room");
    const auto pad = adopt_ptr(gst_element_get_static_pad(source.get(), "video_0"));
    const auto query = adopt_ptr(gst_query_new_latency());
    ASSERT_TRUE(gst_pad_query(pad.get(), query.get()));
    gboolean live = FALSE;
    GstClockTime least = 0;
    gst_query_parse_latency(query.get(), &live, &least, nullptr);
    EXPECT_TRUE(live);
    EXPECT_EQ(least, 120 * GST_MSECOND);
}

TEST(RoomSource, EndsWhenItIsToldTo) {
    Pipeline pipeline{server() + "rtcroomsrc name=room room=call"};
    Collector collector{pipeline, "room"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    TapPublisher ada{"call", "ada"};
    ada.publish(TapPublisher::vp8());
    ASSERT_TRUE(collector.wait_for_buffers("call/ada/camera", 5));
    gst_element_send_event(pipeline.get(), gst_event_new_eos());
    EXPECT_TRUE(pipeline.wait_for(GST_MESSAGE_EOS));
    EXPECT_TRUE(collector.track("call/ada/camera").eos);
}

TEST(RoomSource, SaysWhatIsWrongBeforeItStarts) {
    const auto refusal = [](const std::string& description) {
        Pipeline pipeline{description};
        EXPECT_FALSE(pipeline.set(GST_STATE_PAUSED));
        return pipeline.error();
    };
    EXPECT_THAT(refusal("rtcroomsrc"), testing::HasSubstr("room"));
    EXPECT_THAT(refusal("rtcroomsrc room=a layer=huge!"), testing::HasSubstr("layer"));
    EXPECT_THAT(refusal("rtcroomsrc room=a media=smell"), testing::HasSubstr("smell"));
    EXPECT_THAT(refusal("rtcroomsrc room=a uri=gopher://x"), testing::HasSubstr("gopher"));
}

TEST(RoomSource, SaysThatThereIsNoServer) {
    Pipeline pipeline{"rtcroomsrc room=a timeout=200"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    EXPECT_THAT(pipeline.error(), testing::HasSubstr("there is no rtcsfu"));
}

} // namespace
} // namespace parley::test
