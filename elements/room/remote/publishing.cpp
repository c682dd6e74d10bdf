#include "elements/room/remote/publishing.hpp"

#include "core/rtp/extension.hpp"
#include "core/sdp/session_description.hpp"
#include "elements/room/media_caps.hpp"
#include "elements/room/remote/received_track.hpp"

#include <utility>

namespace parley::room_elements {

namespace {

/// Tracks that begin together are offered together.
constexpr unsigned offer_delay_ms = 200;

/// What is sent, as webrtcbin's offer is to say it.
GstPtr<GstCaps> sender_caps(const tap::Publish& request, std::uint32_t ssrc) {
    const auto codec = *codec_from_name(request.codec);
    auto format = ReceivedTrack::format_of(codec);
    format.payload_type = request.payload_type;
    format.fmtp = request.fmtp;
    const bool video = media_kind(codec) == MediaKind::video;
    if (!video) {
        constexpr auto level = rtp::Extension::audio_level;
        format.extensions.push_back({rtp::canonical_id(level), std::string{rtp::uri(level)}});
    }
    auto caps = adopt_ptr(gst_caps_make_writable(rtp_caps(codec, format, ssrc).release()));
    if (video) {
        gst_caps_set_simple(caps.get(), "rtcp-fb-nack-pli", G_TYPE_BOOLEAN, TRUE, "rtcp-fb-ccm-fir",
                            G_TYPE_BOOLEAN, TRUE, nullptr);
    }
    return caps;
}

} // namespace

Publishing::Publishing(GstBin* bin, GMainContext* context, SenderTable& senders, Handlers handlers)
    : bin_{bin}, context_{context}, senders_{senders}, handlers_{std::move(handlers)} {}

Publishing::~Publishing() {
    if (timer_) g_source_destroy(timer_.get());
    drop();
}

void Publishing::drop() {
    senders_.set({});
    if (peer_) std::exchange(peer_, nullptr)->close();
}

void Publishing::add(const tap::Publish& request) {
    if (request.layers.empty() || !codec_from_name(request.codec)) return;
    Sent sent;
    sent.request = request;
    sent.ssrc = g_random_int();
    sent_[request.layers.front().stream] = std::move(sent);
    offer_soon();
}

void Publishing::remove(tap::StreamId stream) {
    if (sent_.erase(stream) != 0) offer_soon();
}

std::string Publishing::mute(tap::StreamId stream, bool muted) {
    const auto sent = sent_.find(stream);
    if (sent == sent_.end()) return {};
    sent->second.request.muted = muted;
    return sent->second.track;
}

void Publishing::offer_soon() {
    if (timer_) g_source_destroy(timer_.get());
    timer_ = adopt_ptr(g_timeout_source_new(offer_delay_ms));
    g_source_set_callback(
        timer_.get(),
        [](gpointer self) -> gboolean {
            static_cast<Publishing*>(self)->handlers_.changed();
            return G_SOURCE_REMOVE;
        },
        this, nullptr);
    g_source_attach(timer_.get(), context_);
}

void Publishing::offer(WebrtcPeer::Config config) {
    drop();
    WebrtcPeer::Handlers handlers;
    handlers.described = [this](const std::string& sdp) { on_described(sdp); };
    handlers.candidate = handlers_.candidate;
    handlers.connected = [this] { on_connected(); };
    handlers.failed = handlers_.failed;
    handlers.keyframe_wanted = [this](unsigned m_line) {
        for (const auto& [id, sent] : sent_) {
            if (sent.m_line == m_line) {
                handlers_.tell(tap::KeyframeWanted{id, KeyframeReason::decoder_refresh});
            }
        }
    };
    auto peer = WebrtcPeer::create(bin_, context_, std::move(config), std::move(handlers));
    if (!peer) {
        handlers_.failed(peer.error().text);
        return;
    }
    peer_ = *peer;
    std::map<tap::StreamId, SenderTable::Sender> senders;
    for (auto& [id, sent] : sent_) {
        sent.m_line = peer_->add_sender(sender_caps(sent.request, sent.ssrc).get());
        senders[id] = {peer_, sent.m_line, sent.ssrc};
    }
    senders_.set(std::move(senders));
    peer_->offer();
}

void Publishing::on_described(const std::string& sdp) {
    const auto parsed = sdp::parse(sdp);
    if (!parsed) {
        handlers_.failed("webrtcbin's offer cannot be read: " + parsed.error().text);
        return;
    }
    mids_.clear();
    for (const auto& media : parsed->media)
        mids_.push_back(media.mid);
    std::vector<rooms::PublishedSource> tracks;
    for (const auto& [id, sent] : sent_) {
        if (sent.m_line >= mids_.size()) continue;
        tracks.push_back({mids_[sent.m_line], sent.request.source, sent.request.muted});
    }
    handlers_.offered(sdp, tracks);
}

void Publishing::accept(const std::string& sdp, const std::vector<rooms::CarriedTrack>& tracks) {
    if (!peer_) return;
    for (auto& [id, sent] : sent_) {
        for (const auto& carried : tracks) {
            if (sent.m_line < mids_.size() && mids_[sent.m_line] == carried.mid) {
                sent.track = carried.track;
            }
        }
        if (!sent.track.empty()) handlers_.tell(tap::Published{id, sent.track});
        handlers_.tell(tap::Wanted{id, true}); // who receives it is not told here
    }
    peer_->accept(sdp);
}

void Publishing::on_connected() {
    // What was encoded before went nowhere.
    for (const auto& [id, sent] : sent_)
        handlers_.tell(tap::KeyframeWanted{id, KeyframeReason::new_subscription});
}

} // namespace parley::room_elements
