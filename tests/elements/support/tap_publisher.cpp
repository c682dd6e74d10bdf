#include "tests/elements/support/tap_publisher.hpp"

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/packet.hpp"
#include "net/clock.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

namespace parley::test {

namespace {
constexpr auto patience = std::chrono::seconds{5};
}

TapPublisher::Media TapPublisher::vp8() {
    return {"videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,"
            "framerate=30/1 ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=30 ! "
            "rtpvp8pay pt=96 picture-id-mode=15-bit",
            room::TrackSource::camera, "VP8", "", 96};
}

TapPublisher::Media TapPublisher::h264() {
    return {"videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,"
            "framerate=30/1 ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! "
            "video/x-h264,profile=constrained-baseline ! "
            "rtph264pay pt=108 aggregate-mode=zero-latency config-interval=-1",
            room::TrackSource::screen, "H264", "packetization-mode=1;profile-level-id=42e01f", 108};
}

TapPublisher::Media TapPublisher::opus() {
    return {"audiotestsrc is-live=true samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=2 ! "
            "opusenc ! rtpopuspay pt=111",
            room::TrackSource::microphone, "opus", "minptime=10;useinbandfec=1", 111};
}

TapPublisher::TapPublisher(const std::string& room, const std::string& participant, room::Role role)
    : element_{sink_ptr(gst_element_factory_make("identity", nullptr))} {
    access_.watch(
        element_.get(), std::make_shared<Rendezvous>(), default_server_name,
        [this](bool now) {
            const std::lock_guard lock{mutex_};
            there_ = now;
        },
        [](const std::string& trouble) { ADD_FAILURE() << trouble; });
    EXPECT_TRUE(there_) << "the media server has to be there already";
    auto tap = access_.open(room, {});
    EXPECT_TRUE(tap) << tap.error().text;
    if (!tap) return;
    tap::Client::Handlers handlers;
    handlers.control = [this](const tap::Down& message) {
        const std::lock_guard lock{mutex_};
        if (const auto* welcome = std::get_if<tap::Welcome>(&message)) wall_ = welcome->wall;
        if (std::holds_alternative<tap::Joined>(message)) joined_ = true;
        if (const auto* wanted = std::get_if<tap::KeyframeWanted>(&message)) {
            ++keyframes_wanted_;
            reasons_.insert(wanted->reason);
        }
        if (const auto* refused = std::get_if<tap::Refused>(&message)) {
            ADD_FAILURE() << refused->text;
        }
        changed_.notify_all();
    };
    handlers.media = [](const tap::Record&) {};
    handlers.end_of_message = [] {};
    handlers.ended = [](const std::string&) {};
    auto client = tap::Client::start(std::move(*tap), {}, std::move(handlers));
    EXPECT_TRUE(client);
    if (!client) return;
    client_ = std::move(*client);
    client_->send(tap::Join{participant, participant, role});
    std::unique_lock lock{mutex_};
    EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return joined_; }));
}

TapPublisher::~TapPublisher() {
    for (auto& [source, track] : tracks_)
        stop(track);
    client_.reset();
}

void TapPublisher::publish(const Media& media) {
    const tap::StreamId stream{next_stream_++};
    tap::Publish request;
    request.source = media.source;
    request.codec = media.codec;
    request.fmtp = media.fmtp;
    request.payload_type = media.payload_type;
    request.layers = {{stream, ""}};
    client_->send(request);

    GErrorOut error;
    const auto text = media.encoder + " ! appsink name=out sync=false emit-signals=true";
    auto pipeline = sink_ptr(gst_parse_launch(text.c_str(), error));
    ASSERT_FALSE(error) << error.message();
    const auto out = adopt_ptr(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
    struct Context {
        TapPublisher* self;
        tap::StreamId stream;
        Codec codec;
        bool timed;
    };
    auto* const context = new Context{this, stream, *codec_from_name(media.codec), media.timed};
    const auto on_sample = +[](GstElement* sink, gpointer data) -> GstFlowReturn {
        auto* c = static_cast<Context*>(data);
        GstSample* sample = nullptr;
        g_signal_emit_by_name(sink, "pull-sample", &sample);
        const auto owned = adopt_ptr(sample);
        if (owned) c->self->send(c->stream, c->codec, c->timed, owned.get());
        return GST_FLOW_OK;
    };
    g_signal_connect_data(
        out.get(), "new-sample", G_CALLBACK(on_sample), context,
        [](gpointer data, GClosure*) { delete static_cast<Context*>(data); }, GConnectFlags{});
    gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
    tracks_[media.source] = {stream, std::move(pipeline)};
}

void TapPublisher::send(tap::StreamId stream, Codec codec, bool timed, GstSample* sample) {
    auto* const buffer = gst_sample_get_buffer(sample);
    GstMapInfo map;
    if (buffer == nullptr || !gst_buffer_map(buffer, &map, GST_MAP_READ)) return;
    const Bytes bytes{map.data, map.size};
    if (const auto view = rtp::PacketView::parse(bytes)) {
        const auto info = rtp::inspect(codec, view->payload());
        NtpTime ntp;
        {
            const std::lock_guard lock{mutex_};
            if (wall_ && timed) ntp = wall_->ntp_at(net::steady_now());
        }
        client_->send_rtp({stream, ntp, bytes, info.frame_start, info.keyframe_start});
        client_->flush();
    }
    gst_buffer_unmap(buffer, &map);
}

bool TapPublisher::wait_for_keyframe_wanted(KeyframeReason reason) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [&] { return reasons_.contains(reason); });
}

void TapPublisher::unpublish(room::TrackSource source) {
    auto& track = tracks_.at(source);
    stop(track);
    client_->send(tap::Unpublish{track.stream});
    tracks_.erase(source);
}

void TapPublisher::mute(room::TrackSource source, bool muted) {
    client_->send(tap::Mute{tracks_.at(source).stream, muted});
}

void TapPublisher::stop(Track& track) {
    gst_element_set_state(track.pipeline.get(), GST_STATE_NULL);
}

} // namespace parley::test
