// What pipelines rely on that receive a room.
#include "elements/room/timeline.hpp"
#include "net/clock.hpp"
#include "tests/elements/support/inside.hpp"
#include "tests/elements/support/pipeline.hpp"
#include "tests/elements/support/tap_publisher.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

/// What has come out of the pads of an rtcroomsrc.
class Collector {
  public:
    struct Track {
        std::string stream_id;
        std::string caps;
        std::string title;
        std::vector<GstClockTime> times;
        std::size_t with_time = 0; ///< buffers that carry their time on the room's timeline
        std::vector<std::int64_t> errors_us; ///< of their PTS against that time
        bool eos = false;
    };

    /// Links a fakesink to each pad as it comes.
    Collector(Pipeline& pipeline, const char* source, bool link = true)
        : pipeline_{pipeline}, link_{link} {
        source_ = pipeline.child(source);
        g_signal_connect(source_.get(), "pad-added", G_CALLBACK(on_pad), this);
        g_signal_connect(source_.get(), "pad-removed", G_CALLBACK(on_removed), this);
    }
    ~Collector() {
        pipeline_.set(GST_STATE_NULL); // nothing calls back any more
        g_signal_handlers_disconnect_by_data(source_.get(), this);
    }
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;

    bool wait(const std::function<bool(const Collector&)>& condition,
              std::chrono::seconds limit = 10s) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, limit, [&] { return condition(*this); });
    }
    bool wait_for_buffers(const std::string& stream_id, std::size_t count) {
        return wait([&](const Collector& c) {
            const auto found = c.tracks.find(stream_id);
            return found != c.tracks.end() && found->second.times.size() >= count;
        });
    }
    Track track(const std::string& stream_id) {
        const std::lock_guard lock{mutex_};
        return tracks[stream_id];
    }

    std::map<std::string, Track> tracks; // by stream-id; mutex_
    std::vector<std::string> pads;       // names, in the order they came; mutex_
    unsigned removed = 0;                // mutex_

  private:
    static void on_pad(GstElement*, GstPad* pad, gpointer data) {
        static_cast<Collector*>(data)->add(pad);
    }
    static void on_removed(GstElement*, GstPad*, gpointer data) {
        auto* self = static_cast<Collector*>(data);
        const std::lock_guard lock{self->mutex_};
        ++self->removed;
        self->changed_.notify_all();
    }

    void add(GstPad* pad) {
        const GStringPtr id{gst_pad_get_stream_id(pad)};
        const auto caps = adopt_ptr(gst_pad_get_current_caps(pad));
        const auto segment = adopt_ptr(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
        EXPECT_NE(id, nullptr);
        EXPECT_TRUE(caps) << "caps come before the pad";
        EXPECT_TRUE(segment) << "a segment comes before the pad";
        {
            const std::lock_guard lock{mutex_};
            auto& track = tracks[id.get()];
            if (caps) track.caps = GStringPtr{gst_caps_to_string(caps.get())}.get();
            pads.emplace_back(GST_PAD_NAME(pad));
            changed_.notify_all();
        }
        gst_pad_add_probe(pad, probe_types, on_data, this, nullptr);
        if (!link_) return;
        auto* sink = gst_element_factory_make("fakesink", nullptr);
        g_object_set(sink, "sync", FALSE, "async", FALSE, nullptr);
        gst_bin_add(GST_BIN(pipeline_.get()), sink);
        gst_element_sync_state_with_parent(sink);
        const auto target = adopt_ptr(gst_element_get_static_pad(sink, "sink"));
        EXPECT_EQ(gst_pad_link(pad, target.get()), GST_PAD_LINK_OK);
    }

    static constexpr auto probe_types = static_cast<GstPadProbeType>(
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);

    static GstPadProbeReturn on_data(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
        auto* self = static_cast<Collector*>(data);
        const GStringPtr id{gst_pad_get_stream_id(pad)};
        const std::lock_guard lock{self->mutex_};
        auto& track = self->tracks[id.get()];
        if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
            self->take(track, GST_PAD_PROBE_INFO_BUFFER(info));
        } else if (auto* event = GST_PAD_PROBE_INFO_EVENT(info);
                   GST_EVENT_TYPE(event) == GST_EVENT_EOS) {
            track.eos = true;
        } else if (GST_EVENT_TYPE(event) == GST_EVENT_TAG) {
            GstTagList* tags = nullptr;
            gst_event_parse_tag(event, &tags);
            char* title = nullptr;
            if (gst_tag_list_get_string(tags, GST_TAG_TITLE, &title)) {
                track.title = GStringPtr{title}.get();
            }
        }
        self->changed_.notify_all();
        return GST_PAD_PROBE_OK;
    }

    void take(Track& track, GstBuffer* buffer) {
        track.times.push_back(GST_BUFFER_PTS(buffer));
        static const auto reference = adopt_ptr(gst_caps_new_empty_simple("timestamp/x-ntp"));
        const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, reference.get());
        if (meta == nullptr) return;
        ++track.with_time;
        const auto base = gst_element_get_base_time(pipeline_.get());
        const auto ntp = room_elements::from_ntp_nanoseconds(meta->timestamp);
        // The wall clock of this machine, which the room's timeline was tied to.
        if (!wall_) wall_ = net::read_wall_clock();
        const auto monotonic = wall_->at.time_since_epoch() + (ntp - wall_->ntp);
        const auto expected = monotonic.count() - static_cast<std::int64_t>(base);
        track.errors_us.push_back((static_cast<std::int64_t>(GST_BUFFER_PTS(buffer)) - expected) /
                                  1000);
    }

    Pipeline& pipeline_;
    bool link_;
    GstPtr<GstElement> source_;
    std::optional<WallClock> wall_;
    std::mutex mutex_;
    std::condition_variable changed_;
};

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

INSTANTIATE_TEST_SUITE_P(All, RoomSourceOutput, testing::Values("rtp", "encoded", "raw"));

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
    const auto before = collector.track("call/ada/camera").times.size();
    ASSERT_EQ(gst_pad_link(pad.get(), target.get()), GST_PAD_LINK_OK);
    EXPECT_TRUE(collector.wait_for_buffers("call/ada/camera", before + 30));
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
