// Picture and sound of a publisher whose clock is off and whose way loses, delays and reorders
// packets: together behind rtcroomsrc. The length of it is PARLEY_LIP_SYNC_SECONDS, 10 by default.
#include "core/rtp/packet.hpp"
#include "elements/room/tap_access.hpp"
#include "elements/tap/client.hpp"
#include "tests/elements/support/flash_and_beep.hpp"
#include "tests/elements/support/inside.hpp"
#include "tests/elements/support/lip_sync.hpp"
#include "tests/elements/support/pipeline.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace parley::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double clock_error = 100e-6;
constexpr double loss = 0.05;
constexpr auto jitter = 60ms;
constexpr auto report_interval = 1s;
constexpr tap::StreamId video{1};
constexpr tap::StreamId audio{2};

Duration media_time() {
    const char* text = std::getenv("PARLEY_LIP_SYNC_SECONDS");
    return std::chrono::seconds{text != nullptr ? std::atoi(text) : 10};
}

/// What is sent, and when, by this machine's clock from the beginning on.
struct Sending {
    Duration at{};
    tap::StreamId stream{};
    bool report = false;
    std::vector<std::uint8_t> bytes;
    bool frame_start = false;
    bool keyframe = false;
};

/// A sender report (RFC 3550, section 6.4.1) by the publisher's own clock, which began at 1 h.
std::vector<std::uint8_t> sender_report(std::uint32_t ssrc, Duration captured,
                                        unsigned clock_rate) {
    std::vector<std::uint8_t> bytes(28);
    bytes[0] = 0x80;
    bytes[1] = 200;
    store_be16(bytes.data() + 2, 6);
    store_be32(bytes.data() + 4, ssrc);
    const auto ns = (captured + 1h).count();
    store_be32(bytes.data() + 8, static_cast<std::uint32_t>(ns / 1'000'000'000));
    store_be32(bytes.data() + 12,
               static_cast<std::uint32_t>(static_cast<std::uint64_t>(ns % 1'000'000'000) *
                                          4294967296U / 1'000'000'000));
    store_be32(bytes.data() + 16,
               static_cast<std::uint32_t>(captured.count() / 1000 * (clock_rate / 1000) / 1000));
    return bytes;
}

std::vector<Sending> schedule(Duration length) {
    std::mt19937 random{20'240'607};
    std::uniform_real_distribution<double> chance{0, 1};
    std::vector<Sending> all;
    // 100 ppm too slow: what it takes for a second lasts longer.
    const auto real = [](Duration captured) {
        return Duration{static_cast<Duration::rep>(captured.count() * (1 + clock_error))};
    };
    const auto add = [&](tap::StreamId stream, const std::vector<TimedPacket>& packets,
                         unsigned clock_rate) {
        Duration next_report = 500ms;
        for (const auto& packet : packets) {
            const auto ssrc = value(rtp::PacketView::parse(packet.bytes)->ssrc());
            for (; next_report <= packet.captured; next_report += report_interval) {
                all.push_back({real(next_report), stream, true,
                               sender_report(ssrc, next_report, clock_rate)});
            }
            if (chance(random) < loss) continue;
            const auto delay = Duration{static_cast<Duration::rep>(
                chance(random) * static_cast<double>(Duration{jitter}.count()))};
            all.push_back({real(packet.captured) + delay, stream, false, packet.bytes,
                           packet.frame_start, packet.keyframe});
        }
    };
    add(video, flashes_as_vp8(length), 90000);
    add(audio, beeps_as_opus(length), 48000);
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    return all;
}

/// Publishes what was scheduled through a tap, without saying when it was captured.
class Publisher {
  public:
    Publisher() : element_{sink_ptr(gst_element_factory_make("identity", nullptr))} {
        access_.watch(
            element_.get(), std::make_shared<Rendezvous>(), default_server_name, [](bool) {},
            [](const std::string& trouble) { ADD_FAILURE() << trouble; });
        auto tap = access_.open("call", {});
        EXPECT_TRUE(tap);
        tap::Client::Handlers handlers;
        handlers.control = [this](const tap::Down& message) {
            const std::lock_guard lock{mutex_};
            if (std::holds_alternative<tap::Published>(message)) ++published_;
            changed_.notify_all();
        };
        client_ = std::move(*tap::Client::start(std::move(*tap), {}, std::move(handlers)));
        client_->send(tap::Join{"ada", "Ada", room::Role::participant});
        tap::Publish camera;
        camera.source = room::TrackSource::camera;
        camera.codec = "VP8";
        camera.payload_type = 96;
        camera.layers = {{video, ""}};
        client_->send(camera);
        tap::Publish microphone;
        microphone.source = room::TrackSource::microphone;
        microphone.codec = "opus";
        microphone.payload_type = 111;
        microphone.layers = {{audio, ""}};
        client_->send(microphone);
        std::unique_lock lock{mutex_};
        EXPECT_TRUE(changed_.wait_for(lock, 5s, [&] { return published_ == 2; }));
    }

    void send(const Sending& one) {
        if (one.report) {
            client_->send_rtcp(one.stream, one.bytes);
        } else {
            client_->send_rtp({one.stream, NtpTime{}, one.bytes, one.frame_start, one.keyframe});
        }
        client_->flush();
    }

  private:
    GstPtr<GstElement> element_;
    room_elements::TapAccess access_;
    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned published_ = 0; // mutex_
    std::unique_ptr<tap::Client> client_;
};

class Measured {
  public:
    explicit Measured(Pipeline& pipeline) {
        source_ = pipeline.child("room");
        g_signal_connect(source_.get(), "pad-added", G_CALLBACK(on_pad), this);
    }
    LipSyncMeter meter() {
        const std::lock_guard lock{mutex_};
        return meter_;
    }

  private:
    static void on_pad(GstElement* source, GstPad* pad, gpointer data) {
        const bool picture = g_str_has_prefix(GST_PAD_NAME(pad), "video");
        GErrorOut error;
        auto* bin = gst_parse_bin_from_description(
            picture
                ? "videoconvert ! video/x-raw,format=I420 ! fakesink name=end async=false"
                : "audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1 "
                  "! fakesink name=end async=false",
            TRUE, error);
        ASSERT_FALSE(error) << error.message();
        const auto end = adopt_ptr(gst_bin_get_by_name(GST_BIN(bin), "end"));
        const auto end_pad = adopt_ptr(gst_element_get_static_pad(end.get(), "sink"));
        gst_pad_add_probe(end_pad.get(), GST_PAD_PROBE_TYPE_BUFFER, picture ? on_picture : on_sound,
                          data, nullptr);
        const auto around = adopt_ptr(GST_ELEMENT_CAST(gst_element_get_parent(source)));
        gst_bin_add(GST_BIN(around.get()), bin);
        gst_element_sync_state_with_parent(bin);
        const auto target = adopt_ptr(gst_element_get_static_pad(bin, "sink"));
        ASSERT_EQ(gst_pad_link(pad, target.get()), GST_PAD_LINK_OK);
    }
    static GstPadProbeReturn on_picture(GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto* self = static_cast<Measured*>(data);
        const std::lock_guard lock{self->mutex_};
        self->meter_.picture(GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    }
    static GstPadProbeReturn on_sound(GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto* self = static_cast<Measured*>(data);
        const std::lock_guard lock{self->mutex_};
        self->meter_.sound(GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
    }

    GstPtr<GstElement> source_;
    std::mutex mutex_;
    LipSyncMeter meter_; // mutex_
};

TEST(RoomLipSync, PictureAndSoundStayTogetherOverABadRoad) {
    const auto sendings = schedule(media_time());
    Pipeline pipeline{
        fmt::format("rtcsfu port={} rtcroomsrc name=room room=call output=raw", free_port())};
    Measured measured{pipeline};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    Publisher publisher;
    const auto begin = Clock::now();
    for (const auto& one : sendings) {
        std::this_thread::sleep_until(begin + one.at); // the publisher's pace, not a wait
        publisher.send(one);
    }
    // The last of it is on its way through the jitter buffer.
    pipeline.wait_for(GST_MESSAGE_ERROR, 0.5);
    const auto offsets = measured.meter().offsets();
    const auto seconds = static_cast<std::size_t>(media_time() / 1s);
    ASSERT_GE(offsets.size(), seconds / 2) << "too few flashes met their beep";
    const auto first = offsets.front().at;
    for (const auto& offset : offsets) {
        if (offset.at < first + 2s) continue; // 1 s after the first reports of both
        EXPECT_LE(std::chrono::abs(offset.sound), 20ms)
            << "at " << offset.at / 1ms << " ms: " << offset.sound / 1us << " us";
    }
    pipeline.set(GST_STATE_NULL);
}

} // namespace
} // namespace parley::test
