#include "core/room/tap_reception.hpp"

#include "core/base/random.hpp"
#include "core/room/subscriber_peer.hpp"
#include "core/rtp/packet.hpp"

namespace parley::room {

namespace {

/// What makes sense where there is no transport: what the media itself says.
rtp::ExtensionMap tap_extensions(MediaKind kind) {
    auto map = sdp::canonical_extensions(kind);
    for (const auto extension :
         {rtp::Extension::mid, rtp::Extension::transport_cc, rtp::Extension::abs_send_time,
          rtp::Extension::abs_capture_time, rtp::Extension::playout_delay,
          rtp::Extension::dependency_descriptor}) {
        map.remove(extension);
    }
    return map;
}

Subscription::Config config(const RoomTrack& track) {
    Subscription::Config config;
    config.ssrc = rtp::Ssrc{random_u32() | 1};
    config.payload_type = track.format.payload_type;
    config.extensions = tap_extensions(track.info.kind);
    return config;
}

} // namespace

tap::Format TapReception::format(const RoomTrack& track) {
    tap::Format format;
    format.payload_type = track.format.payload_type;
    format.clock_rate = clock_rate(track.format.codec);
    format.channels = track.format.channels();
    format.fmtp = track.format.fmtp;
    const auto extensions = tap_extensions(track.info.kind);
    for (const auto extension : rtp::all_extensions) {
        if (!extensions.has(extension)) continue;
        format.extensions.push_back({extensions.id(extension), std::string{rtp::uri(extension)}});
    }
    return format;
}

TapReception::TapReception(Services& services, tap::Queue& out, SendContext& context,
                           RoomTrack& track, tap::StreamId stream, Instant now)
    : services_{services}
    , out_{out}
    , track_{track}
    , stream_{stream}
    , subscription_{config(track), *this, context}
    , last_ntp_{services.config.wall.ntp_at(now)} {}

TapReception::~TapReception() {
    detach(track_, subscription_, services_.now);
}

void TapReception::start(const LayerChoice& layer, bool paused, std::optional<Instant> since,
                         Instant now) {
    paused_ = paused;
    blocked_ = !since;
    if (since) subscription_.start_after(*since);
    track_.subscriptions.push_back(&subscription_);
    subscription_.choose_layer(layer, now);
    apply_pause(now);
    subscription_.switch_source(track_.media, now);
    poll(now);
}

void TapReception::choose_layer(const LayerChoice& layer, Instant now) {
    subscription_.choose_layer(layer, now);
    track_.wake_publisher(now);
}

void TapReception::set_paused(bool paused, Instant now) {
    paused_ = paused;
    apply_pause(now);
}

void TapReception::allow(std::optional<Instant> since, Instant now) {
    if (blocked_ == !since) return;
    blocked_ = !since;
    if (blocked_) {
        out_.drop(stream_, now);
        in_frame_ = false;
    } else {
        subscription_.start_after(*since);
    }
    apply_pause(now);
}

void TapReception::apply_pause(Instant now) {
    subscription_.set_paused(paused_ || blocked_, now);
    track_.wake_publisher(now);
}

void TapReception::request_keyframe(KeyframeReason reason, Instant now) {
    if (subscription_.paused() || subscription_.layer() == no_layer) return;
    track_.media.request_keyframe(subscription_.layer(), reason, now);
    track_.wake_publisher(now);
}

void TapReception::poll(Instant now) {
    subscription_.poll(now);
    track_.wake_publisher(now);
}

bool TapReception::writable() const {
    return in_frame_ ? !out_.full() : out_.roomy(services_.now);
}

MutBytes TapReception::begin_packet(std::size_t size, const MediaPacket& source, LayerIndex layer) {
    if (layer == no_layer) return {};
    const auto& clock = track_.media.layer(layer).clock();
    ntp_ = clock.ntp(source.timestamp, services_.now);
    flags_ = clock.synchronized() ? tap::flag_synchronized : std::uint8_t{0};
    report_gap();
    if (layer != announced_) announce(layer);
    packet_ = out_.begin_rtp(size, services_.now);
    return packet_;
}

void TapReception::end_packet(std::uint64_t, std::size_t, std::size_t head_size, Bytes rest) {
    std::memcpy(packet_.data() + head_size, rest.data(), rest.size());
    in_frame_ = track_.info.kind == MediaKind::video && (packet_[1] & 0x80) == 0;
    last_ntp_ = ntp_;
    out_.end_rtp(stream_, flags_, ntp_, head_size + rest.size());
}

void TapReception::announce(LayerIndex layer) {
    announced_ = layer;
    const auto& from = track_.media.layer(layer);
    out_.control(tap::StreamStarted{stream_, rtp::value(subscription_.ssrc()), from.rid(),
                                    from.width(), from.height()},
                 services_.now);
}

void TapReception::report_gap() {
    const auto& counted = subscription_.stats();
    const auto packets = counted.packets_dropped - dropped_packets_;
    if (packets == 0) return;
    const auto frames = counted.frames_dropped - dropped_frames_;
    dropped_packets_ = counted.packets_dropped;
    dropped_frames_ = counted.frames_dropped;
    out_.control(tap::Gap{stream_, "tap", packets, frames, last_ntp_, ntp_ - last_ntp_},
                 services_.now);
}

} // namespace parley::room
