// rtcav1pay and rtcav1depay: caps, events, metas, loss and pictures.
#include "core/rtp/codec/av1_depacketizer.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/common/mapped_buffer.hpp"
#include "tests/core/rtp/codec/av1_streams.hpp"

#include <fmt/format.h>
#include <gst/app/gstappsink.h>
#include <gst/check/gstharness.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>

namespace parley::test {
namespace {

using namespace rtp::test;

constexpr const char* unit_caps =
    "video/x-av1, parsed=true, stream-format=obu-stream, alignment=tu";
constexpr const char* frame_caps =
    "video/x-av1, parsed=true, stream-format=obu-stream, alignment=frame";
constexpr const char* rtp_caps =
    "application/x-rtp, media=video, encoding-name=AV1, clock-rate=90000, payload=96";
constexpr GstClockTime frame_time = GST_SECOND / 30;

using HarnessPtr = std::unique_ptr<GstHarness, FreeWith<gst_harness_teardown>>;

HarnessPtr harness(const char* launch, const char* caps) {
    HarnessPtr h{gst_harness_new_parse(launch)};
    gst_harness_set_src_caps_str(h.get(), caps);
    return h;
}

GstPtr<GstBuffer> buffer_of(const Octets& bytes, GstClockTime pts = GST_CLOCK_TIME_NONE) {
    auto buffer = adopt_ptr(gst_buffer_new_memdup(bytes.data(), bytes.size()));
    GST_BUFFER_PTS(buffer.get()) = pts;
    return buffer;
}
GstFlowReturn push(const HarnessPtr& h, GstPtr<GstBuffer> buffer) {
    return gst_harness_push(h.get(), buffer.release());
}
GstPtr<GstBuffer> try_pull(const HarnessPtr& h) {
    return adopt_ptr(gst_harness_try_pull(h.get()));
}
std::vector<GstPtr<GstBuffer>> pull_all(const HarnessPtr& h) {
    std::vector<GstPtr<GstBuffer>> all;
    while (auto buffer = try_pull(h))
        all.push_back(std::move(buffer));
    return all;
}
bool marker_of(const GstPtr<GstBuffer>& packet) {
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    EXPECT_TRUE(gst_rtp_buffer_map(packet.get(), GST_MAP_READ, &rtp));
    const bool marker = gst_rtp_buffer_get_marker(&rtp);
    gst_rtp_buffer_unmap(&rtp);
    return marker;
}
Octets bytes_of(const GstPtr<GstBuffer>& buffer) {
    const MappedBuffer map{buffer.get()};
    return {map.bytes().begin(), map.bytes().end()};
}
std::string text_of(const GstStructure* structure, const char* field) {
    const auto* text = gst_structure_get_string(structure, field);
    return text ? text : "";
}

const Octets key = joined({delimiter, sequence_header(), key_frame(5000)});
const Octets delta = joined({delimiter, delta_frame(3000)});

TEST(Av1Pay, TellsTheParametersOfTheSequenceOnce) {
    const auto h = harness("rtcav1pay pt=111", unit_caps);
    ASSERT_EQ(push(h, buffer_of(key, 0)), GST_FLOW_OK);
    unsigned caps_events = 0;
    while (const auto event = adopt_ptr(gst_harness_try_pull_event(h.get()))) {
        if (GST_EVENT_TYPE(event.get()) != GST_EVENT_CAPS) continue;
        ++caps_events;
        GstCaps* caps = nullptr;
        gst_event_parse_caps(event.get(), &caps);
        const auto* s = gst_caps_get_structure(caps, 0);
        EXPECT_EQ(text_of(s, "media"), "video");
        EXPECT_EQ(text_of(s, "encoding-name"), "AV1");
        EXPECT_EQ(text_of(s, "profile"), "0");
        EXPECT_EQ(text_of(s, "level-idx"), "1");
        EXPECT_EQ(text_of(s, "tier"), "0");
        int payload = 0;
        EXPECT_TRUE(gst_structure_get_int(s, "payload", &payload));
        EXPECT_EQ(payload, 111);
    }
    EXPECT_EQ(caps_events, 1U);
}

TEST(Av1Pay, LeavesTheLevelToAPeerThatWantsAnother) {
    const auto h = harness("rtcav1pay", unit_caps);
    gst_harness_set_sink_caps_str(
        h.get(), "application/x-rtp, encoding-name=AV1, profile=(string)0, level-idx=(string)5, "
                 "tier=(string)0");
    ASSERT_EQ(push(h, buffer_of(key, 0)), GST_FLOW_OK);
    const auto caps = adopt_ptr(gst_pad_get_current_caps(h->sinkpad));
    ASSERT_TRUE(caps);
    EXPECT_EQ(text_of(gst_caps_get_structure(caps.get(), 0), "level-idx"), "5");
}

TEST(Av1Pay, KeepsToItsMtuAndMarksTheLastPacketOfAUnit) {
    const auto h = harness("rtcav1pay mtu=300", unit_caps);
    ASSERT_EQ(push(h, buffer_of(key, 0)), GST_FLOW_OK);
    const auto packets = pull_all(h);
    ASSERT_GT(packets.size(), 16U);
    for (const auto& packet : packets) {
        EXPECT_LE(gst_buffer_get_size(packet.get()), 300U);
        EXPECT_EQ(marker_of(packet), packet == packets.back());
        EXPECT_EQ(GST_BUFFER_PTS(packet.get()), 0U);
    }
}

TEST(Av1Pay, MarksFramesOnlyWhereTheyEndTheirUnit) {
    const auto h = harness("rtcav1pay", frame_caps);
    push(h, buffer_of(joined({delimiter, sequence_header(), key_frame(50)}), 0));
    push(h, buffer_of(joined({delimiter, hidden_frame(50)}), frame_time));
    push(h, buffer_of(delta_frame(50), frame_time));
    const auto packets = pull_all(h);
    ASSERT_EQ(packets.size(), 3U);
    EXPECT_TRUE(marker_of(packets[0]));
    EXPECT_FALSE(marker_of(packets[1]));
    EXPECT_TRUE(marker_of(packets[2]));
}

TEST(Av1Pay, PassesKeyframeRequestsOn) {
    for (const auto* launch : {"rtcav1pay", "rtcav1depay"}) {
        const auto h = harness(launch, g_str_equal(launch, "rtcav1pay") ? unit_caps : rtp_caps);
        while (adopt_ptr(gst_harness_try_pull_upstream_event(h.get()))) {
        }
        gst_harness_push_upstream_event(
            h.get(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 1));
        const auto event = adopt_ptr(gst_harness_try_pull_upstream_event(h.get()));
        ASSERT_TRUE(event) << launch;
        EXPECT_TRUE(gst_video_event_is_force_key_unit(event.get()));
    }
}

TEST(Av1Pay, DropsWhatIsNotAv1AndGoesOn) {
    const auto h = harness("rtcav1pay", unit_caps);
    EXPECT_EQ(push(h, buffer_of({0xFF, 0xFF, 0xFF}, 0)), GST_FLOW_OK);
    EXPECT_EQ(push(h, buffer_of(delimiter, 0)), GST_FLOW_OK);
    EXPECT_FALSE(try_pull(h));
    EXPECT_EQ(push(h, buffer_of(key, frame_time)), GST_FLOW_OK);
    EXPECT_TRUE(try_pull(h));
}

TEST(Av1RoundTrip, GivesUnitsBackWithTimesFlagsAndCaps) {
    const auto h = harness("rtcav1pay mtu=200 ! rtcav1depay", unit_caps);
    push(h, buffer_of(key, 0));
    push(h, buffer_of(delta, frame_time));
    const auto units = pull_all(h);
    ASSERT_EQ(units.size(), 2U);
    EXPECT_EQ(bytes_of(units[0]), key);
    EXPECT_EQ(bytes_of(units[1]), delta);
    EXPECT_FALSE(GST_BUFFER_FLAG_IS_SET(units[0].get(), GST_BUFFER_FLAG_DELTA_UNIT));
    EXPECT_TRUE(GST_BUFFER_FLAG_IS_SET(units[1].get(), GST_BUFFER_FLAG_DELTA_UNIT));
    EXPECT_EQ(GST_BUFFER_PTS(units[1].get()), frame_time);

    const auto caps = adopt_ptr(gst_pad_get_current_caps(h->sinkpad));
    const auto expected = adopt_ptr(gst_caps_from_string(
        "video/x-av1, parsed=true, stream-format=obu-stream, alignment=tu, width=640, height=360, "
        "profile=main, chroma-format=4:2:0, bit-depth-luma=(uint)8, bit-depth-chroma=(uint)8"));
    EXPECT_TRUE(gst_caps_is_equal(caps.get(), expected.get()));
}

TEST(Av1RoundTrip, KeepsOneOfEachMetaOnEveryUnit) {
    static const char* tags[] = {nullptr};
    if (!gst_meta_get_info("parley-test")) {
        gst_meta_register_custom("parley-test", tags, nullptr, nullptr, nullptr);
    }
    const auto h = harness("rtcav1pay mtu=200 ! rtcav1depay", unit_caps);
    const auto ntp = adopt_ptr(gst_caps_new_empty_simple("timestamp/x-ntp"));
    const auto unix_time = adopt_ptr(gst_caps_new_empty_simple("timestamp/x-unix"));
    constexpr unsigned count = 30;
    for (unsigned i = 0; i < count; ++i) {
        auto buffer = buffer_of(i == 0 ? key : delta, i * frame_time);
        gst_buffer_add_reference_timestamp_meta(buffer.get(), ntp.get(), i, GST_CLOCK_TIME_NONE);
        gst_buffer_add_reference_timestamp_meta(buffer.get(), unix_time.get(), i + 1000,
                                                GST_CLOCK_TIME_NONE);
        gst_buffer_add_custom_meta(buffer.get(), "parley-test");
        push(h, std::move(buffer));
    }
    const auto units = pull_all(h);
    ASSERT_EQ(units.size(), count);
    for (unsigned i = 0; i < count; ++i) {
        EXPECT_EQ(gst_buffer_get_n_meta(units[i].get(), GST_REFERENCE_TIMESTAMP_META_API_TYPE), 2U);
        const auto* meta = gst_buffer_get_reference_timestamp_meta(units[i].get(), ntp.get());
        ASSERT_TRUE(meta);
        EXPECT_EQ(meta->timestamp, i);
        EXPECT_TRUE(gst_buffer_get_custom_meta(units[i].get(), "parley-test"));
    }
}

/// Packets between the two elements, for a test to take some away.
class Av1Depay : public testing::Test {
  protected:
    std::vector<GstPtr<GstBuffer>> packets_of(const Octets& unit) {
        push(pay_, buffer_of(unit, frame_time * sent_++));
        return pull_all(pay_);
    }
    void send(const std::vector<GstPtr<GstBuffer>>& packets) {
        for (const auto& packet : packets)
            push(depay_, packet);
    }
    void depay_by(const char* launch) {
        depay_ = harness(launch, rtp_caps);
        while (keyframe_requested()) {
        }
    }
    bool keyframe_requested() {
        while (const auto event = adopt_ptr(gst_harness_try_pull_upstream_event(depay_.get()))) {
            if (gst_video_event_is_force_key_unit(event.get())) return true;
        }
        return false;
    }

    HarnessPtr pay_ = harness("rtcav1pay mtu=500", unit_caps);
    HarnessPtr depay_ = harness("rtcav1depay", rtp_caps);
    unsigned sent_ = 0;
};

TEST_F(Av1Depay, ResumesWithTheNextUnitAfterLoss) {
    send(packets_of(key));
    auto packets = packets_of(delta);
    packets.erase(packets.begin() + 1);
    send(packets);
    send(packets_of(delta));
    const auto units = pull_all(depay_);
    ASSERT_EQ(units.size(), 2U);
    EXPECT_EQ(bytes_of(units[1]), delta);
    EXPECT_EQ(GST_BUFFER_PTS(units[1].get()), 2 * frame_time);
    EXPECT_TRUE(GST_BUFFER_IS_DISCONT(units[1].get()));
    EXPECT_FALSE(keyframe_requested()) << "off by default";
}

TEST_F(Av1Depay, WaitsForAKeyframeAndAsksForItWhereSet) {
    depay_by("rtcav1depay wait-for-keyframe=true request-keyframe=true");
    send(packets_of(key));
    EXPECT_EQ(pull_all(depay_).size(), 1U);
    EXPECT_FALSE(keyframe_requested());
    auto packets = packets_of(delta);
    packets.pop_back();
    send(packets);
    send(packets_of(delta));
    EXPECT_TRUE(pull_all(depay_).empty());
    EXPECT_TRUE(keyframe_requested());
    send(packets_of(key));
    send(packets_of(delta));
    EXPECT_EQ(pull_all(depay_).size(), 2U);
}

TEST_F(Av1Depay, AsksForAKeyframeWhereAStreamStartsWithoutOne) {
    depay_by("rtcav1depay request-keyframe=true");
    send(packets_of(delta));
    EXPECT_TRUE(pull_all(depay_).empty());
    EXPECT_TRUE(keyframe_requested());
}

TEST_F(Av1Depay, GivesAnUnmarkedLastUnitAtTheEnd) {
    auto packets = packets_of(key);
    auto last = adopt_ptr(gst_buffer_copy_deep(packets.back().get()));
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    ASSERT_TRUE(gst_rtp_buffer_map(last.get(), GST_MAP_READWRITE, &rtp));
    gst_rtp_buffer_set_marker(&rtp, FALSE);
    gst_rtp_buffer_unmap(&rtp);
    packets.back() = std::move(last);
    send(packets);
    EXPECT_FALSE(try_pull(depay_));
    gst_harness_push_event(depay_.get(), gst_event_new_eos());
    const auto units = pull_all(depay_);
    ASSERT_EQ(units.size(), 1U);
    EXPECT_EQ(bytes_of(units[0]), key);
}

TEST_F(Av1Depay, ForgetsAHalfUnitWhenFlushed) {
    auto packets = packets_of(key);
    packets.pop_back();
    send(packets);
    gst_harness_push_event(depay_.get(), gst_event_new_flush_start());
    gst_harness_push_event(depay_.get(), gst_event_new_flush_stop(TRUE));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(depay_.get(), gst_event_new_segment(&segment));
    send(packets_of(key));
    const auto units = pull_all(depay_);
    ASSERT_EQ(units.size(), 1U);
    EXPECT_EQ(bytes_of(units[0]), key);
}

TEST_F(Av1Depay, OutlivesGarbage) {
    std::mt19937 random{7}; // NOLINT(cert-msc51-cpp): repeatable
    send(packets_of(key));
    std::uint16_t sequence = 1000;
    for (unsigned i = 0; i < 2000; ++i) {
        const auto size = random() % 40;
        auto packet = adopt_ptr(gst_rtp_buffer_new_allocate(size, 0, 0));
        GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
        ASSERT_TRUE(gst_rtp_buffer_map(packet.get(), GST_MAP_READWRITE, &rtp));
        gst_rtp_buffer_set_seq(&rtp, sequence++);
        gst_rtp_buffer_set_payload_type(&rtp, 96);
        gst_rtp_buffer_set_timestamp(&rtp, i / 4 * 3000);
        gst_rtp_buffer_set_marker(&rtp, random() % 4 == 0);
        auto* const payload = static_cast<std::uint8_t*>(gst_rtp_buffer_get_payload(&rtp));
        for (std::size_t at = 0; at < size; ++at)
            payload[at] = static_cast<std::uint8_t>(random());
        gst_rtp_buffer_unmap(&rtp);
        ASSERT_EQ(push(depay_, std::move(packet)), GST_FLOW_OK);
    }
    pull_all(depay_);
    send(packets_of(key));
    send(packets_of(key));
    const auto units = pull_all(depay_);
    ASSERT_FALSE(units.empty());
    EXPECT_EQ(bytes_of(units.back()), key);
}

/// Every picture of a pipeline that ends in an appsink called `out`.
std::vector<Octets> pictures_of(const std::string& launch,
                                const std::function<void(GstBin*)>& prepare = {}) {
    GErrorOut error;
    const auto pipeline = sink_ptr(gst_parse_launch(launch.c_str(), error));
    EXPECT_FALSE(error) << error.message();
    const auto out = adopt_ptr(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
    if (prepare) prepare(GST_BIN(pipeline.get()));
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    std::vector<Octets> pictures;
    while (auto sample = adopt_ptr(gst_app_sink_pull_sample(GST_APP_SINK(out.get())))) {
        const MappedBuffer map{gst_sample_get_buffer(sample.get())};
        pictures.emplace_back(map.bytes().begin(), map.bytes().end());
    }
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return pictures;
}

constexpr const char* encoded =
    "videotestsrc num-buffers=30 pattern=ball ! video/x-raw,format=I420,width=320,height=180,"
    "framerate=30/1 ! av1enc usage-profile=realtime cpu-used=10 keyframe-max-dist=10 ! av1parse";
constexpr const char* decoded = "av1dec ! appsink name=out sync=false";

TEST(Av1RoundTrip, ChangesNoPicture) {
    const auto straight = pictures_of(fmt::format("{} ! {}", encoded, decoded));
    ASSERT_EQ(straight.size(), 30U);
    for (const auto* alignment : {"tu", "frame"}) {
        for (const auto mtu : {100, 1200}) {
            const auto way = fmt::format("{} ! video/x-av1,alignment={} ! rtcav1pay mtu={} ! "
                                         "rtcav1depay ! {}",
                                         encoded, alignment, mtu, decoded);
            EXPECT_TRUE(pictures_of(way) == straight) << way;
        }
    }
}

GstPadProbeReturn drop_every_40th(GstPad*, GstPadProbeInfo*, gpointer count) {
    return ++*static_cast<unsigned*>(count) % 40 == 0 ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
}

TEST(Av1RoundTrip, ShowsNoSpoiltPictureAfterLoss) {
    const auto straight = pictures_of(fmt::format("{} ! {}", encoded, decoded));
    unsigned packets = 0;
    // identity takes lists apart.
    const auto pictures =
        pictures_of(fmt::format("{} ! rtcav1pay mtu=100 ! identity name=loss ! "
                                "rtcav1depay wait-for-keyframe=true ! {}",
                                encoded, decoded),
                    [&](GstBin* pipeline) {
                        const auto loss = adopt_ptr(gst_bin_get_by_name(pipeline, "loss"));
                        const auto pad = adopt_ptr(gst_element_get_static_pad(loss.get(), "src"));
                        gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, drop_every_40th,
                                          &packets, nullptr);
                    });
    EXPECT_GE(packets, 40U);
    EXPECT_GE(pictures.size(), 3U);
    EXPECT_LT(pictures.size(), straight.size());
    for (const auto& picture : pictures)
        EXPECT_NE(std::find(straight.begin(), straight.end(), picture), straight.end());
}

TEST(Av1RoundTrip, IsPluggedByDecodebin) {
    const auto pictures = pictures_of(fmt::format(
        "{} ! rtcav1pay ! decodebin ! video/x-raw ! appsink name=out sync=false", encoded));
    EXPECT_EQ(pictures.size(), 30U);
}

} // namespace
} // namespace parley::test

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
