// Rooms of other servers in pipelines: over WebSocket, WHEP and WHIP, with webrtcbin made safe.
#include "elements/common/main_context.hpp"
#include "elements/room/remote/webrtc_peer.hpp"
#include "tests/elements/support/collector.hpp"
#include "tests/elements/support/inside.hpp"
#include "tests/elements/support/pipeline.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gst/sdp/sdp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace parley::test {
namespace {

using room_elements::WebrtcPeer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* picture =
    "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=30/1 ! queue ! s.";
constexpr const char* sound = "audiotestsrc is-live=true ! queue ! s.";

struct Server {
    explicit Server(const std::string& options = "")
        : port{free_port()}
        , pipeline{fmt::format("rtcsignaling name=signaling listen=127.0.0.1:{} {} rtcsfu port={}",
                               port, options, free_port())} {
        EXPECT_TRUE(pipeline.set(GST_STATE_PLAYING));
    }
    [[nodiscard]] std::string ws() const { return fmt::format("ws://127.0.0.1:{}/ws", port); }
    [[nodiscard]] std::string http(const std::string& path) const {
        return fmt::format("http://127.0.0.1:{}{}", port, path);
    }
    unsigned port;
    Pipeline pipeline;
};

Pipeline publisher(const std::string& where, const std::string& participant = "one") {
    return Pipeline{fmt::format("rtcroomsink name=s {} participant={} display-name=One {} {}",
                                where, participant, picture, sound)};
}

Pipeline receiver(const std::string& where) {
    return Pipeline{fmt::format("rtcroomsrc name=room {}", where)};
}

/// Both tracks, with their times: those of the publishing pipeline, and the same for both.
void expect_media(Collector& received, const std::string& room, const std::string& participant) {
    for (const auto* name : {"camera", "microphone"}) {
        const auto id = fmt::format("{}/{}/{}", room, participant, name);
        ASSERT_TRUE(received.wait_for_buffers(id, 40)) << id;
        const auto track = received.track(id);
        EXPECT_EQ(track.with_time, track.times.size()) << id;
        for (std::size_t i = 1; i < track.times.size(); ++i)
            EXPECT_GE(track.times[i], track.times[i - 1]) << id;
    }
}

TEST(RoomRemote, ReceivesARoomOfAnotherServer) {
    Server server;
    auto publishing = publisher("room=call");
    ASSERT_TRUE(publishing.set(GST_STATE_PLAYING));
    auto receiving = receiver(fmt::format("room=call output=encoded uri={}", server.ws()));
    Collector received{receiving, "room"};
    ASSERT_TRUE(receiving.set(GST_STATE_PLAYING));
    expect_media(received, "call", "one");
    EXPECT_THAT(received.track("call/one/camera").caps, StartsWith("video/x-vp8"));
    EXPECT_EQ(received.track("call/one/camera").title, "One");
    EXPECT_THAT(received.track("call/one/microphone").caps, StartsWith("audio/x-opus"));
    // Its tracks end when they do there.
    publishing.set(GST_STATE_NULL);
    EXPECT_TRUE(received.wait([](const Collector& c) { return c.removed == 2; }));
    EXPECT_TRUE(received.track("call/one/camera").eos);
}

TEST(RoomRemote, PublishesIntoARoomOfAnotherServer) {
    Server server;
    auto receiving = receiver("room=call output=encoded");
    Collector received{receiving, "room"};
    ASSERT_TRUE(receiving.set(GST_STATE_PLAYING));
    auto publishing = publisher(fmt::format("room=call uri={}", server.ws()));
    ASSERT_TRUE(publishing.set(GST_STATE_PLAYING));
    expect_media(received, "call", "one");
    EXPECT_EQ(received.track("call/one/camera").title, "One");
    publishing.set(GST_STATE_NULL);
    EXPECT_TRUE(received.wait([](const Collector& c) { return c.removed == 2; }));
}

TEST(RoomRemote, PublishesByWhipAndReceivesByWhep) {
    Server server;
    auto receiving = receiver(fmt::format("output=encoded uri={}", server.http("/whep/live")));
    Collector received{receiving, "room"};
    ASSERT_TRUE(receiving.set(GST_STATE_PLAYING));
    auto publishing = publisher(fmt::format("uri={}", server.http("/whip/live")));
    ASSERT_TRUE(publishing.set(GST_STATE_PLAYING));
    expect_media(received, "whep", "whep");
}

TEST(RoomRemote, ARoomIsCarriedOnFromServerToServer) {
    Server server;
    auto publishing = publisher(fmt::format("room=near uri={}", server.ws()));
    ASSERT_TRUE(publishing.set(GST_STATE_PLAYING));
    Pipeline forward{fmt::format("rtcroomsrc room=near uri={} : rtcroomsink room=far "
                                 "participant=forward uri={}",
                                 server.ws(), server.ws())};
    ASSERT_TRUE(forward.set(GST_STATE_PLAYING));
    auto receiving = receiver("room=far output=encoded");
    Collector received{receiving, "room"};
    ASSERT_TRUE(receiving.set(GST_STATE_PLAYING));
    expect_media(received, "far", "forward");
}

/// Messages on a bus hold what has posted them.
void read_bus(Pipeline& pipeline) {
    while (pipeline.wait_for(GST_MESSAGE_ANY, 0)) {
    }
}

/// What a process holds, beside memory.
struct Holdings {
    std::ptrdiff_t threads;
    std::ptrdiff_t descriptors;
};
Holdings holdings() {
    const auto count = [](const char* folder) {
        return std::distance(std::filesystem::directory_iterator{folder}, {});
    };
    return {count("/proc/self/task"), count("/proc/self/fd")};
}

/// PARLEY_REMOTE_JOINS of them; `./test --long` has 200.
TEST(RoomRemote, PeopleComeAndGo) {
    const auto* const wanted = std::getenv("PARLEY_REMOTE_JOINS");
    const int rounds = wanted != nullptr ? std::atoi(wanted) : 5;
    Server server;
    auto receiving = receiver(fmt::format("room=call output=encoded uri={}", server.ws()));
    Collector received{receiving, "room"};
    ASSERT_TRUE(receiving.set(GST_STATE_PLAYING));
    Holdings settled{};
    for (int i = 0; i < rounds; ++i) {
        {
            auto publishing = publisher("room=call", fmt::format("p{}", i));
            ASSERT_TRUE(publishing.set(GST_STATE_PLAYING));
            for (const auto* track : {"camera", "microphone"}) {
                const auto id = fmt::format("call/p{}/{}", i, track);
                ASSERT_TRUE(received.wait_for_buffers(id, 3))
                    << id << ": " << receiving.error(0.01);
            }
        }
        const auto gone = static_cast<unsigned>(2 * (i + 1));
        ASSERT_TRUE(received.wait([gone](const Collector& c) { return c.removed == gone; })) << i;
        read_bus(receiving);
        if (i == 1) settled = holdings();
    }
    // The last connection goes when its participant has, behind the tracks.
    constexpr std::ptrdiff_t slack = 4;
    auto after = holdings();
    for (int tries = 0; tries < 500; ++tries, after = holdings()) {
        if (after.threads <= settled.threads + slack &&
            after.descriptors <= settled.descriptors + slack) {
            break;
        }
        read_bus(receiving);
        g_usleep(10'000);
    }
    EXPECT_LE(after.threads, settled.threads + slack);
    EXPECT_LE(after.descriptors, settled.descriptors + slack);
}

TEST(RoomRemote, ComesBackWhenTheServerDoes) {
    Server server;
    auto publishing = publisher(fmt::format("room=call uri={}", server.ws()));
    ASSERT_TRUE(publishing.set(GST_STATE_PLAYING));
    auto receiving = receiver(fmt::format("room=call output=encoded uri={}", server.ws()));
    Collector received{receiving, "room"};
    ASSERT_TRUE(receiving.set(GST_STATE_PLAYING));
    expect_media(received, "call", "one");
    server.pipeline.set(GST_STATE_NULL);
    ASSERT_TRUE(server.pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(
        received.wait([](const Collector& c) { return c.removed == 2; }, std::chrono::seconds{20}));
    received.forget();
    ASSERT_TRUE(received.wait(
        [](const Collector& c) {
            const auto found = c.tracks.find("call/one/camera");
            return found != c.tracks.end() && found->second.times.size() > 20;
        },
        std::chrono::seconds{20}))
        << receiving.error(0.01) << publishing.error(0.01);
}

TEST(RoomRemote, SaysWhatIsWrong) {
    Server server{"jwt-secret=a-secret-of-at-least-thirty-two-characters"};
    const auto closed = free_port();
    const struct {
        std::string description;
        std::string words;
    } cases[] = {
        {fmt::format("rtcroomsrc room=call uri={}", server.ws()), "token"},
        {fmt::format("rtcroomsrc uri={}", server.http("/whep/call")), "401"},
        {fmt::format("rtcroomsrc uri={}", server.http("/nothing")), "405"},
        {fmt::format("rtcroomsrc room=call timeout=500 uri=ws://127.0.0.1:{}/ws", closed),
         fmt::format("ws://127.0.0.1:{}/ws", closed)},
        {fmt::format("rtcroomsrc timeout=500 uri=http://127.0.0.1:{}/whep/call", closed),
         fmt::format("http://127.0.0.1:{}/whep/call", closed)},
        {fmt::format("audiotestsrc is-live=true ! rtcroomsink room=call uri={}", server.ws()),
         "token"},
    };
    for (const auto& one : cases) {
        Pipeline pipeline{one.description};
        pipeline.set(GST_STATE_PLAYING);
        EXPECT_THAT(pipeline.error(10), HasSubstr(one.words)) << one.description;
    }
}

TEST(RoomRemote, ChecksWhoTheServerIs) {
    GErrorOut error;
    const GStringPtr made{g_dir_make_tmp("parley-tls-XXXXXX", error)};
    const std::filesystem::path folder{made.get()};
    const auto command = fmt::format(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "
        "/CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout {0}/key.pem -out {0}/cert.pem "
        "2>/dev/null",
        folder.string());
    if (std::system(command.c_str()) != 0) GTEST_SKIP() << "there is no openssl command";
    Server server{fmt::format("tls-cert={0}/cert.pem tls-key={0}/key.pem", folder.string())};
    auto publishing = publisher("room=call");
    ASSERT_TRUE(publishing.set(GST_STATE_PLAYING));
    for (const auto& uri : {fmt::format("room=call uri=wss://127.0.0.1:{}/ws", server.port),
                            fmt::format("uri=https://127.0.0.1:{}/whep/call", server.port)}) {
        auto stranger = receiver(fmt::format("{} timeout=500", uri));
        stranger.set(GST_STATE_PLAYING);
        EXPECT_THAT(stranger.error(10), HasSubstr("TLS certificate")) << uri;
        auto receiving =
            receiver(fmt::format("{} output=encoded tls-ca={}/cert.pem", uri, folder.string()));
        Collector received{receiving, "room"};
        ASSERT_TRUE(receiving.set(GST_STATE_PLAYING));
        const auto id = uri.starts_with("room") ? "call/one/camera" : "whep/whep/camera";
        EXPECT_TRUE(received.wait_for_buffers(id, 10)) << uri << receiving.error(0.01);
    }
    Pipeline nowhere{"rtcroomsrc room=call uri=wss://127.0.0.1:1/ws tls-ca=/nonesuch.pem"};
    nowhere.set(GST_STATE_PLAYING);
    EXPECT_THAT(nowhere.error(), HasSubstr("/nonesuch.pem"));
    std::filesystem::remove_all(folder);
}

// --- a peer that is another than its SDP says ----------------------------------------------------

/// A webrtcbin as it comes, which offers Opus, and a peer of ours that answers.
class PeerTest : public testing::Test {
  protected:
    void SetUp() override {
        context_ = adopt_ptr(g_main_context_new());
        g_main_context_push_thread_default(context_.get());
        offering_ = std::make_unique<Pipeline>(
            "webrtcbin name=w bundle-policy=max-bundle audiotestsrc is-live=true ! opusenc ! "
            "rtpopuspay pt=97 ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! w.");
        webrtc_ = offering_->child("w");
        answering_ = std::make_unique<Pipeline>("fakesink async=false");
        ASSERT_TRUE(answering_->set(GST_STATE_PLAYING));
    }
    void TearDown() override {
        if (peer_) peer_->close();
        peer_.reset();
        offering_.reset();
        answering_.reset();
        g_main_context_pop_thread_default(context_.get());
    }

    bool turn_until(const std::function<bool()>& done, double seconds = 15) {
        const auto end = g_get_monotonic_time() + static_cast<gint64>(seconds * G_USEC_PER_SEC);
        while (!done() && g_get_monotonic_time() < end) {
            if (!g_main_context_iteration(context_.get(), FALSE)) g_usleep(1000);
        }
        return done();
    }

    std::string make_offer() {
        const auto promise = gst_promise_new();
        EXPECT_TRUE(offering_->set(GST_STATE_PLAYING));
        g_signal_emit_by_name(webrtc_.get(), "create-offer", nullptr, promise);
        gst_promise_wait(promise);
        GstWebRTCSessionDescription* offer = nullptr;
        gst_structure_get(gst_promise_get_reply(promise), "offer",
                          GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer, nullptr);
        gst_promise_unref(promise);
        g_signal_emit_by_name(webrtc_.get(), "set-local-description", offer, nullptr);
        gst_webrtc_session_description_free(offer);
        const auto gathered = [this] {
            GstWebRTCICEGatheringState state = GST_WEBRTC_ICE_GATHERING_STATE_NEW;
            g_object_get(webrtc_.get(), "ice-gathering-state", &state, nullptr);
            return state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE;
        };
        EXPECT_TRUE(turn_until(gathered));
        GstWebRTCSessionDescription* local = nullptr;
        g_object_get(webrtc_.get(), "local-description", &local, nullptr);
        const GStringPtr text{gst_sdp_message_as_text(local->sdp)};
        gst_webrtc_session_description_free(local);
        return text.get();
    }

    void answer(const std::string& offer) {
        WebrtcPeer::Config config;
        config.name = "test";
        config.whole = true;
        WebrtcPeer::Handlers handlers;
        handlers.described = [this](const std::string& sdp) {
            GstSDPMessage* message = nullptr;
            gst_sdp_message_new_from_text(sdp.c_str(), &message);
            auto* const description =
                gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_ANSWER, message);
            g_signal_emit_by_name(webrtc_.get(), "set-remote-description", description, nullptr);
            gst_webrtc_session_description_free(description);
        };
        handlers.connected = [this] { connected_ = true; };
        handlers.failed = [this](const std::string& why) { failed_ = why; };
        handlers.packet = [this](const std::string&, GstBuffer*) { ++packets_; };
        auto peer = WebrtcPeer::create(GST_BIN(answering_->get()), context_.get(), config,
                                       std::move(handlers));
        ASSERT_TRUE(peer) << peer.error().text;
        peer_ = *peer;
        peer_->answer(offer);
    }

    GstPtr<GMainContext> context_;
    std::unique_ptr<Pipeline> offering_;
    std::unique_ptr<Pipeline> answering_;
    GstPtr<GstElement> webrtc_;
    std::shared_ptr<WebrtcPeer> peer_;
    bool connected_ = false;
    std::string failed_;
    std::atomic<unsigned> packets_{0};
};

TEST_F(PeerTest, MediaOfTheRightPeerComes) {
    answer(make_offer());
    EXPECT_TRUE(turn_until([this] { return connected_ && packets_ > 20; })) << failed_;
    EXPECT_EQ(failed_, "");
}

TEST_F(PeerTest, AFalsifiedFingerprintMeansNoMedia) {
    auto offer = make_offer();
    const std::string attribute = "a=fingerprint:sha-256 ";
    std::size_t changed = 0;
    for (auto at = offer.find(attribute); at != std::string::npos;
         at = offer.find(attribute, at + 1)) {
        auto& digit = offer[at + attribute.size()];
        digit = digit == '0' ? '1' : '0';
        ++changed;
    }
    ASSERT_GT(changed, 0U);
    answer(offer);
    EXPECT_TRUE(turn_until([this] { return !failed_.empty(); }));
    EXPECT_THAT(failed_, HasSubstr("certificate"));
    EXPECT_FALSE(connected_);
    EXPECT_EQ(packets_, 0U);
}

TEST_F(PeerTest, NoFingerprintAtAllIsRefused) {
    auto offer = make_offer();
    for (auto at = offer.find("a=fingerprint:"); at != std::string::npos;
         at = offer.find("a=fingerprint:")) {
        offer.erase(at, offer.find('\n', at) + 1 - at);
    }
    answer(offer);
    EXPECT_THAT(failed_, HasSubstr("fingerprint"));
}

} // namespace
} // namespace parley::test
