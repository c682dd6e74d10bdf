#include "elements/room/remote/webrtc_peer.hpp"

#include "core/base/log.hpp"
#include "elements/common/main_context.hpp"
#include "elements/common/mapped_buffer.hpp"
#include "elements/common/weak_data.hpp"

#include <fmt/format.h>
#include <gst/sdp/sdp.h>
#include <gst/video/video.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

namespace parley::room_elements {

namespace {

constexpr auto longest_pending = std::chrono::seconds{2};

using Description =
    std::unique_ptr<GstWebRTCSessionDescription, FreeWith<gst_webrtc_session_description_free>>;

Result<Description> parse_description(GstWebRTCSDPType type, const std::string& text) {
    GstSDPMessage* message = nullptr;
    if (gst_sdp_message_new_from_text(text.c_str(), &message) != GST_SDP_OK) {
        return fail("the peer's SDP cannot be read");
    }
    return Description{gst_webrtc_session_description_new(type, message)};
}

/// The digest of a certificate in PEM over its DER (RFC 8122, section 5).
std::vector<std::uint8_t> digest_of(const std::string& pem, const std::string& algorithm) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    const auto from = pem.find(begin);
    const auto to = pem.find(end);
    if (from == std::string::npos || to == std::string::npos) return {};
    const auto body = pem.substr(from + begin.size(), to - from - begin.size());
    gsize size = 0;
    const std::unique_ptr<guchar, FreeWith<g_free>> der{g_base64_decode(body.c_str(), &size)};
    std::string name; // "sha-256" is SHA256 there
    std::copy_if(algorithm.begin(), algorithm.end(), std::back_inserter(name),
                 [](char c) { return c != '-'; });
    const auto* const hash = EVP_get_digestbyname(name.c_str());
    if (hash == nullptr || der == nullptr) return {};
    std::vector<std::uint8_t> digest(EVP_MAX_MD_SIZE);
    unsigned length = 0;
    if (EVP_Digest(der.get(), size, digest.data(), &length, hash, nullptr) != 1) return {};
    digest.resize(length);
    return digest;
}

std::string mid_of(GstPad* pad) {
    GstWebRTCRTPTransceiver* transceiver = nullptr;
    g_object_get(pad, "transceiver", &transceiver, nullptr);
    if (transceiver == nullptr) return {};
    const auto owned = adopt_ptr(transceiver);
    char* mid = nullptr;
    g_object_get(transceiver, "mid", &mid, nullptr);
    const GStringPtr text{mid};
    return mid != nullptr ? mid : "";
}

} // namespace

/// What webrtcbin calls, on any thread; nothing of it once the peer is gone.
struct PeerCallbacks {
    static void pad_added(GstElement*, GstPad* pad, gpointer data) noexcept {
        if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
        if (const auto peer = lock_weak<WebrtcPeer>(data)) peer->on_pad(pad);
    }
    static void inner_pad_added(GstElement*, GstPad* pad, gpointer data) noexcept {
        if (const auto peer = lock_weak<WebrtcPeer>(data)) peer->on_inner_pad(pad);
    }
    static void state_changed(GstElement*, GParamSpec*, gpointer data) noexcept {
        if (const auto peer = lock_weak<WebrtcPeer>(data)) peer->later(&WebrtcPeer::on_state);
    }
    static void gathering_changed(GstElement*, GParamSpec*, gpointer data) noexcept {
        const auto peer = lock_weak<WebrtcPeer>(data);
        if (peer && peer->config_.whole) peer->later(&WebrtcPeer::on_gathering_changed);
    }
    static void candidate(GstElement*, guint m_line, const char* text, gpointer data) noexcept {
        const auto peer = lock_weak<WebrtcPeer>(data);
        if (!peer) return;
        const std::weak_ptr<WebrtcPeer> weak = peer;
        call_in(peer->context_.get(), [weak, m_line, candidate = std::string{text}] {
            const auto alive = weak.lock();
            if (alive && !alive->closed_ && alive->handlers_.candidate) {
                alive->handlers_.candidate(candidate, m_line);
            }
        });
    }
    static void transceiver(GstElement*, GstWebRTCRTPTransceiver* transceiver, gpointer) noexcept {
        // What is lost of pictures is asked for again (RFC 4585, NACK). For sound the jitter buffer
        // of 1.22 asks for whatever comes a little late as well.
        GstWebRTCKind kind = GST_WEBRTC_KIND_UNKNOWN;
        g_object_get(transceiver, "kind", &kind, nullptr);
        g_object_set(transceiver, "do-nack", kind == GST_WEBRTC_KIND_VIDEO, nullptr);
    }
    static GstFlowReturn chain(GstPad* pad, GstObject*, GstBuffer* buffer) noexcept {
        const auto owned = adopt_ptr(buffer);
        const auto peer = lock_weak<WebrtcPeer>(g_object_get_data(G_OBJECT(pad), "parley-peer"));
        if (!peer) return GST_FLOW_FLUSHING;
        // Not linked, or an error, would stop the whole bundle: what may not pass is let fall.
        if (!peer->verified_ && !peer->verify()) return GST_FLOW_OK;
        const auto* const mid =
            static_cast<const char*>(g_object_get_data(G_OBJECT(pad), "parley-mid"));
        if (peer->handlers_.packet) peer->handlers_.packet(mid != nullptr ? mid : "", buffer);
        return GST_FLOW_OK;
    }
    static gboolean event(GstPad*, GstObject*, GstEvent* event) noexcept {
        gst_event_unref(event);
        return TRUE;
    }
    static GstPadProbeReturn report(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto peer = lock_weak<WebrtcPeer>(data);
        auto* const buffer = gst_pad_probe_info_get_buffer(info);
        if (!peer || buffer == nullptr || !peer->verified_ || !peer->handlers_.report) {
            return GST_PAD_PROBE_OK;
        }
        const MappedBuffer mapped{buffer};
        if (mapped) peer->handlers_.report(mapped.bytes());
        return GST_PAD_PROBE_OK;
    }
    static gboolean sender_event(GstPad* pad, GstObject* parent, GstEvent* event) noexcept {
        const auto peer = lock_weak<WebrtcPeer>(g_object_get_data(G_OBJECT(pad), "parley-peer"));
        if (peer && gst_video_event_is_force_key_unit(event)) peer->on_keyframe_wanted(pad);
        return gst_pad_event_default(pad, parent, event);
    }
};

WebrtcPeer::WebrtcPeer(GstBin* bin, GMainContext* context, Config config, Handlers handlers)
    : bin_{bin}
    , context_{ref_ptr(context)}
    , config_{std::move(config)}
    , handlers_{std::move(handlers)} {}

WebrtcPeer::~WebrtcPeer() {
    close();
}

Result<std::shared_ptr<WebrtcPeer>> WebrtcPeer::create(GstBin* bin, GMainContext* context,
                                                       Config config, Handlers handlers) {
    std::shared_ptr<WebrtcPeer> peer{
        new WebrtcPeer{bin, context, std::move(config), std::move(handlers)}};
    if (const auto built = peer->build(); !built) return tl::make_unexpected(built.error());
    return peer;
}

Result<void> WebrtcPeer::build() {
    webrtc_ = sink_ptr(gst_element_factory_make("webrtcbin", nullptr));
    if (!webrtc_) {
        return fail("there is no element webrtcbin here: install the packages "
                    "gstreamer1.0-plugins-bad and gstreamer1.0-nice");
    }
    gst_util_set_object_arg(G_OBJECT(webrtc_.get()), "bundle-policy", "max-bundle");
    g_object_set(webrtc_.get(), "latency", config_.latency_ms, nullptr);
    for (const auto& server : config_.ice) {
        if (server.turn) {
            gboolean added = FALSE;
            g_signal_emit_by_name(webrtc_.get(), "add-turn-server", server.uri.c_str(), &added);
            if (added == FALSE) log::warning("webrtc", "{}: a TURN server's URI", config_.name);
        } else {
            g_object_set(webrtc_.get(), "stun-server", server.uri.c_str(), nullptr);
        }
    }
    const auto connect = [this](gpointer object, const char* signal, GCallback call) {
        g_signal_connect_data(
            object, signal, call, new_weak(weak_from_this()),
            [](gpointer data, GClosure*) { free_weak<WebrtcPeer>(data); }, GConnectFlags{});
    };
    connect(webrtc_.get(), "pad-added", G_CALLBACK(PeerCallbacks::pad_added));
    connect(webrtc_.get(), "on-ice-candidate", G_CALLBACK(PeerCallbacks::candidate));
    connect(webrtc_.get(), "on-new-transceiver", G_CALLBACK(PeerCallbacks::transceiver));
    connect(webrtc_.get(), "notify::connection-state", G_CALLBACK(PeerCallbacks::state_changed));
    connect(webrtc_.get(), "notify::ice-connection-state",
            G_CALLBACK(PeerCallbacks::state_changed));
    connect(webrtc_.get(), "notify::ice-gathering-state",
            G_CALLBACK(PeerCallbacks::gathering_changed));
    rtpbin_ = adopt_ptr(gst_bin_get_by_name(GST_BIN(webrtc_.get()), "rtpbin"));
    if (rtpbin_) connect(rtpbin_.get(), "pad-added", G_CALLBACK(PeerCallbacks::inner_pad_added));

    gst_bin_add(bin_, webrtc_.get()); // which takes a reference of its own
    if (config_.loopback) {
        // Otherwise a machine without a network gathers nothing.
        GObject* agent = nullptr;
        g_object_get(webrtc_.get(), "ice-agent", &agent, nullptr);
        if (agent != nullptr) {
            const auto owned = adopt_ptr(agent);
            gboolean done = FALSE;
            g_signal_emit_by_name(agent, "add-local-ip-address", "127.0.0.1", &done);
        }
    }
    timer_ = adopt_ptr(g_timeout_source_new(config_.timeout_ms));
    g_source_set_callback(
        timer_.get(),
        [](gpointer self) -> gboolean {
            static_cast<WebrtcPeer*>(self)->on_timeout();
            return G_SOURCE_REMOVE;
        },
        this, nullptr);
    if (config_.timeout_ms != 0) g_source_attach(timer_.get(), context_.get());
    return {};
}

void WebrtcPeer::close() {
    if (std::exchange(closed_, true)) return;
    for (auto* timer : {&timer_, &gathering_timer_}) {
        if (*timer) g_source_destroy(timer->get());
    }
    {
        std::unique_lock lock{pending_->mutex};
        pending_->changed.wait_for(lock, longest_pending, [this] { return pending_->count == 0; });
    }
    if (webrtc_) {
        gst_element_set_locked_state(webrtc_.get(), TRUE);
        gst_element_set_state(webrtc_.get(), GST_STATE_NULL);
        if (GST_OBJECT_PARENT(webrtc_.get()) == GST_OBJECT_CAST(bin_)) {
            gst_bin_remove(bin_, webrtc_.get());
        }
    }
    const std::lock_guard lock{mutex_};
    for (const auto& pad : receivers_)
        gst_pad_set_active(pad.get(), FALSE);
    for (const auto& pad : senders_)
        gst_pad_set_active(pad.get(), FALSE);
}

void WebrtcPeer::later(void (WebrtcPeer::*call)()) {
    const std::weak_ptr<WebrtcPeer> weak = weak_from_this();
    call_in(context_.get(), [weak, call] {
        const auto peer = weak.lock();
        if (peer && !peer->closed_) ((*peer).*call)();
    });
}

void WebrtcPeer::fail_with(const std::string& why) {
    if (std::exchange(failed_, true)) return;
    if (timer_) g_source_destroy(timer_.get());
    if (handlers_.failed) handlers_.failed(why);
}

// --- descriptions --------------------------------------------------------------------------------

GstPtr<GstPromise> WebrtcPeer::promise(std::function<void(WebrtcPeer&, GstPromise*)> done) {
    struct Promised {
        std::weak_ptr<WebrtcPeer> peer;
        std::shared_ptr<Pending> pending;
        std::function<void(WebrtcPeer&, GstPromise*)> done;
    };
    {
        const std::lock_guard lock{pending_->mutex};
        ++pending_->count;
    }
    return adopt_ptr(gst_promise_new_with_change_func(
        [](GstPromise* replied, gpointer data) noexcept {
            auto& promised = *static_cast<Promised*>(data);
            if (const auto peer = promised.peer.lock()) promised.done(*peer, replied);
            const std::lock_guard lock{promised.pending->mutex};
            --promised.pending->count;
            promised.pending->changed.notify_all();
        },
        new Promised{weak_from_this(), pending_, std::move(done)},
        [](gpointer data) { delete static_cast<Promised*>(data); }));
}

Result<void> WebrtcPeer::expect_certificate(const std::string& remote_sdp) {
    const auto parsed = sdp::parse(remote_sdp);
    if (!parsed) return fail("the peer's SDP cannot be read: " + parsed.error().text);
    for (const auto& media : parsed->media) {
        if (media.fingerprints.empty()) continue;
        fingerprints_ = media.fingerprints;
        return {};
    }
    return fail("the peer's SDP has no fingerprint of its certificate");
}

void WebrtcPeer::answer(const std::string& offer) {
    if (const auto expected = expect_certificate(offer); !expected) {
        fail_with(expected.error().text);
        return;
    }
    gst_element_sync_state_with_parent(webrtc_.get());
    set_remote("offer", offer, &WebrtcPeer::after_remote_offer);
}

void WebrtcPeer::accept(const std::string& answer) {
    if (const auto expected = expect_certificate(answer); !expected) {
        fail_with(expected.error().text);
        return;
    }
    set_remote("answer", answer, &WebrtcPeer::after_remote_answer);
}

void WebrtcPeer::set_remote(const std::string& type, const std::string& sdp,
                            void (WebrtcPeer::*then)()) {
    auto description = parse_description(
        type == "offer" ? GST_WEBRTC_SDP_TYPE_OFFER : GST_WEBRTC_SDP_TYPE_ANSWER, sdp);
    if (!description) {
        fail_with(description.error().text);
        return;
    }
    const auto done = promise([then](WebrtcPeer& peer, GstPromise* replied) {
        const auto* const reply = gst_promise_get_reply(replied);
        if (reply != nullptr && gst_structure_has_field(reply, "error")) {
            log::warning("webrtc", "{}: the remote description is refused", peer.config_.name);
        }
        peer.later(then);
    });
    g_signal_emit_by_name(webrtc_.get(), "set-remote-description", description->get(), done.get());
}

void WebrtcPeer::add_receiver(MediaKind kind) {
    // In the order of preference; Opus needs its two channels said, or Chromium refuses it.
    static constexpr const char* audio =
        "application/"
        "x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,"
        "payload=111";
    static constexpr const char* video =
        "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=96,"
        "rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true;"
        "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=102,"
        "packetization-mode=(string)1,profile-level-id=(string)42e01f,"
        "level-asymmetry-allowed=(string)1,rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true;"
        "application/x-rtp,media=video,encoding-name=VP9,clock-rate=90000,payload=98,"
        "rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true;"
        "application/x-rtp,media=video,encoding-name=AV1,clock-rate=90000,payload=45,"
        "rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true";
    const auto caps = adopt_ptr(gst_caps_from_string(kind == MediaKind::audio ? audio : video));
    GstWebRTCRTPTransceiver* transceiver = nullptr;
    g_signal_emit_by_name(webrtc_.get(), "add-transceiver",
                          GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps.get(), &transceiver);
    if (transceiver == nullptr) return;
    const auto owned = adopt_ptr(transceiver);
    g_object_set(transceiver, "do-nack", gboolean{kind == MediaKind::video}, nullptr);
}

void WebrtcPeer::offer() {
    gst_element_sync_state_with_parent(webrtc_.get());
    create_description("create-offer", "offer");
}

void WebrtcPeer::create_description(const char* signal, const char* which) {
    const auto done = promise([which](WebrtcPeer& peer, GstPromise* replied) {
        const auto* const reply = gst_promise_get_reply(replied);
        GstWebRTCSessionDescription* made = nullptr;
        if (reply != nullptr) {
            gst_structure_get(reply, which, GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &made, nullptr);
        }
        peer.on_created(which, made);
    });
    g_signal_emit_by_name(webrtc_.get(), signal, nullptr, done.get());
}

/// On webrtcbin's thread.
void WebrtcPeer::on_created(const char* which, GstWebRTCSessionDescription* description) {
    const Description made{description};
    const std::weak_ptr<WebrtcPeer> weak = weak_from_this();
    if (!made) {
        call_in(context_.get(), [weak, which] {
            const auto peer = weak.lock();
            if (peer && !peer->closed_) {
                peer->fail_with(fmt::format("webrtcbin makes no {} of this", which));
            }
        });
        return;
    }
    const auto done = promise([](WebrtcPeer& peer, GstPromise*) {
        peer.later(peer.config_.whole ? &WebrtcPeer::on_gathering : &WebrtcPeer::describe);
    });
    g_signal_emit_by_name(webrtc_.get(), "set-local-description", made.get(), done.get());
}

/// With what candidates there are.
void WebrtcPeer::describe() {
    if (std::exchange(described_, true)) return;
    if (gathering_timer_) g_source_destroy(gathering_timer_.get());
    GstWebRTCSessionDescription* local = nullptr;
    g_object_get(webrtc_.get(), "local-description", &local, nullptr);
    const Description owned{local};
    if (!owned) {
        fail_with("webrtcbin has no description of itself");
        return;
    }
    const GStringPtr text{gst_sdp_message_as_text(owned->sdp)};
    if (handlers_.described) handlers_.described(text.get());
}

void WebrtcPeer::on_gathering_changed() {
    if (gathering_timer_) on_gathering(); // the description waits for it
}

void WebrtcPeer::on_gathering() {
    GstWebRTCICEGatheringState state = GST_WEBRTC_ICE_GATHERING_STATE_NEW;
    g_object_get(webrtc_.get(), "ice-gathering-state", &state, nullptr);
    if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE) {
        describe();
        return;
    }
    if (gathering_timer_ || described_) return;
    // A STUN or TURN server that does not answer must not hold everything up.
    constexpr guint longest_ms = 2000;
    gathering_timer_ = adopt_ptr(g_timeout_source_new(longest_ms));
    g_source_set_callback(
        gathering_timer_.get(),
        [](gpointer self) -> gboolean {
            static_cast<WebrtcPeer*>(self)->describe();
            return G_SOURCE_REMOVE;
        },
        this, nullptr);
    g_source_attach(gathering_timer_.get(), context_.get());
}

void WebrtcPeer::add_candidate(const std::string& candidate, unsigned m_line) {
    g_signal_emit_by_name(webrtc_.get(), "add-ice-candidate", m_line, candidate.c_str());
}

// --- states --------------------------------------------------------------------------------------

void WebrtcPeer::on_state() {
    GstWebRTCPeerConnectionState state = GST_WEBRTC_PEER_CONNECTION_STATE_NEW;
    GstWebRTCICEConnectionState ice = GST_WEBRTC_ICE_CONNECTION_STATE_NEW;
    g_object_get(webrtc_.get(), "connection-state", &state, "ice-connection-state", &ice, nullptr);
    if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED) {
        if (!verify()) return;
        g_source_destroy(timer_.get());
        if (handlers_.connected) std::exchange(handlers_.connected, nullptr)();
    } else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED ||
               ice == GST_WEBRTC_ICE_CONNECTION_STATE_FAILED) {
        fail_with("no way to the peer was found (ICE)");
    }
}

void WebrtcPeer::on_timeout() {
    fail_with(fmt::format("no connection within {} ms", config_.timeout_ms));
}

/// The certificate that was shown, with the one that was announced. On any thread.
bool WebrtcPeer::verify() {
    if (verified_) return true;
    if (refused_) return false;
    GArray* transceivers = nullptr;
    g_signal_emit_by_name(webrtc_.get(), "get-transceivers", &transceivers);
    if (transceivers == nullptr) return false;
    const std::unique_ptr<GArray, FreeWith<g_array_unref>> owned{transceivers};
    std::string certificate;
    for (guint i = 0; i < transceivers->len && certificate.empty(); ++i) {
        auto* const transceiver = g_array_index(transceivers, GstWebRTCRTPTransceiver*, i);
        for (const auto* end : {"receiver", "sender"}) {
            GObject* rtp = nullptr;
            g_object_get(transceiver, end, &rtp, nullptr);
            if (rtp == nullptr) continue;
            const auto held = adopt_ptr(rtp);
            GObject* transport = nullptr;
            g_object_get(rtp, "transport", &transport, nullptr);
            if (transport == nullptr) continue;
            const auto dtls = adopt_ptr(transport);
            char* pem = nullptr;
            g_object_get(transport, "remote-certificate", &pem, nullptr);
            const GStringPtr text{pem};
            if (pem != nullptr && *pem != '\0') certificate = pem;
        }
    }
    if (certificate.empty()) return false; // not there yet
    const bool right = std::any_of(
        fingerprints_.begin(), fingerprints_.end(), [&](const sdp::Fingerprint& announced) {
            return !announced.digest.empty() &&
                   digest_of(certificate, announced.algorithm) == announced.digest;
        });
    if (right) {
        verified_ = true;
        return true;
    }
    if (refused_.exchange(true)) return false;
    const std::weak_ptr<WebrtcPeer> weak = weak_from_this();
    call_in(context_.get(), [weak] {
        const auto peer = weak.lock();
        if (peer && !peer->closed_) {
            peer->fail_with("the peer's certificate is not the one whose fingerprint its SDP "
                            "announces: somebody else has answered");
        }
    });
    return false;
}

// --- media ---------------------------------------------------------------------------------------

void WebrtcPeer::on_pad(GstPad* pad) {
    const auto mid = mid_of(pad);
    auto ours = sink_ptr(gst_pad_new(nullptr, GST_PAD_SINK));
    g_object_set_data_full(G_OBJECT(ours.get()), "parley-peer", new_weak(weak_from_this()),
                           free_weak<WebrtcPeer>);
    g_object_set_data_full(G_OBJECT(ours.get()), "parley-mid", g_strdup(mid.c_str()), g_free);
    gst_pad_set_chain_function(ours.get(), PeerCallbacks::chain);
    gst_pad_set_event_function(ours.get(), PeerCallbacks::event);
    gst_pad_set_active(ours.get(), TRUE);
    gst_pad_link_full(pad, ours.get(), GST_PAD_LINK_CHECK_NOTHING);
    const std::lock_guard lock{mutex_};
    receivers_.push_back(std::move(ours));
    received_[mid] = ref_ptr(pad);
}

void WebrtcPeer::on_inner_pad(GstPad* pad) {
    const GStringPtr name{gst_pad_get_name(pad)};
    if (!g_str_has_prefix(name.get(), "recv_rtcp_sink")) return;
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, PeerCallbacks::report,
                      new_weak(weak_from_this()), free_weak<WebrtcPeer>);
}

void WebrtcPeer::request_keyframe(const std::string& mid) {
    GstPtr<GstPad> pad;
    {
        const std::lock_guard lock{mutex_};
        const auto found = received_.find(mid);
        if (found == received_.end()) return;
        pad = found->second;
    }
    gst_pad_send_event(pad.get(),
                       gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, FALSE, 0));
}

unsigned WebrtcPeer::add_sender(GstCaps* caps) {
    const auto m_line = static_cast<unsigned>(senders_.size());
    auto ours = sink_ptr(gst_pad_new(nullptr, GST_PAD_SRC));
    g_object_set_data_full(G_OBJECT(ours.get()), "parley-peer", new_weak(weak_from_this()),
                           free_weak<WebrtcPeer>);
    gst_pad_set_event_function(ours.get(), PeerCallbacks::sender_event);
    gst_pad_set_active(ours.get(), TRUE);
    gst_pad_push_event(ours.get(),
                       gst_event_new_stream_start(fmt::format("sender-{}", m_line).c_str()));
    gst_pad_push_event(ours.get(), gst_event_new_caps(caps));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(ours.get(), gst_event_new_segment(&segment));
    const auto pad = adopt_ptr(gst_element_request_pad_simple(webrtc_.get(), "sink_%u"));
    gst_pad_link_full(ours.get(), pad.get(), GST_PAD_LINK_CHECK_NOTHING);
    GstWebRTCRTPTransceiver* transceiver = nullptr;
    g_object_get(pad.get(), "transceiver", &transceiver, nullptr);
    if (transceiver != nullptr) {
        const auto owned = adopt_ptr(transceiver);
        g_object_set(transceiver, "direction", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY,
                     nullptr);
    }
    senders_.push_back(std::move(ours));
    return m_line;
}

/// On a streaming thread.
void WebrtcPeer::on_keyframe_wanted(GstPad* pad) {
    const auto at = std::find_if(senders_.begin(), senders_.end(),
                                 [pad](const auto& sender) { return sender.get() == pad; });
    const std::weak_ptr<WebrtcPeer> weak = weak_from_this();
    call_in(context_.get(), [weak, m_line = static_cast<unsigned>(at - senders_.begin())] {
        const auto peer = weak.lock();
        if (peer && !peer->closed_ && peer->handlers_.keyframe_wanted) {
            peer->handlers_.keyframe_wanted(m_line);
        }
    });
}

bool WebrtcPeer::send(unsigned m_line, GstPtr<GstBuffer> rtp) {
    if (!verified_ || m_line >= senders_.size()) return false;
    return gst_pad_push(senders_[m_line].get(), rtp.release()) == GST_FLOW_OK;
}

} // namespace parley::room_elements
