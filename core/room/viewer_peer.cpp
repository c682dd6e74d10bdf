#include "core/room/viewer_peer.hpp"

#include "core/base/random.hpp"
#include "core/room/feedback.hpp"
#include "core/room/participant.hpp"
#include "core/room/room.hpp"
#include "core/room/subscriber_peer.hpp"

#include <algorithm>

namespace parley::room {

namespace {
constexpr Duration report_interval = 1s;
constexpr Duration poll_interval = 100ms;
constexpr std::string_view cname = "parley";
} // namespace

ViewerPeer::ViewerPeer(Services& services, Room& room, Participant& participant, std::string view,
                       Instant now)
    : Peer{services, participant, "viewer", now}
    , room_{room}
    , view_{std::move(view)}
    , context_{services.config.wall}
    , next_report_{now + report_interval} {}

ViewerPeer::~ViewerPeer() {
    for (auto& channel : channels_) {
        for (auto* track : channel.attached) {
            std::erase(track->subscriptions, channel.subscription.get());
        }
    }
}

std::vector<const sdp::RoutedFormat*> ViewerPeer::formats(MediaKind kind) const {
    std::vector<const sdp::RoutedFormat*> formats;
    if (const auto* track = room_.track_to_view(view_, kind)) formats.push_back(&track->format);
    return formats;
}

Result<AnswerEvent> ViewerPeer::apply(const Offer& offer, Instant now) {
    const auto parsed = sdp::parse(offer.sdp);
    if (!parsed) return tl::make_unexpected(parsed.error());

    sdp::ViewerSettings settings;
    settings.video_codecs = services_.config.video_codecs;
    for (const auto kind : {MediaKind::audio, MediaKind::video}) {
        sdp::ViewerSource source;
        source.formats = formats(kind);
        source.ssrc = random_u32() | 1;
        source.rtx_ssrc = kind == MediaKind::video ? random_u32() | 1 : 0;
        source.cname = cname;
        source.msid = {"parley", kind == MediaKind::video ? "video" : "audio"};
        (kind == MediaKind::video ? settings.video : settings.audio) = std::move(source);
    }
    auto answered = sdp::answer_viewer(*parsed, local_transport(), settings, negotiated_);
    if (!answered) return tl::make_unexpected(answered.error());
    if (answered->remote) {
        if (auto done = set_remote(*answered->remote, now); !done) {
            return tl::make_unexpected(done.error());
        }
    }
    for (const auto& media : answered->media) {
        auto& target = channel(media.kind);
        if (media.state != sdp::MediaState::active || target.subscription) continue;
        target.media = media;
        Subscription::Config config;
        config.ssrc = rtp::Ssrc{media.ssrc};
        config.payload_type = media.codec.payload_type;
        if (media.rtx_ssrc != 0 && media.codec.rtx_payload_type) {
            config.rtx_ssrc = rtp::Ssrc{media.rtx_ssrc};
            config.rtx_payload_type = *media.codec.rtx_payload_type;
        }
        if (media.extensions.has(rtp::Extension::mid)) config.mid = media.mid;
        config.extensions = media.extensions;
        config.extensions.remove(rtp::Extension::transport_cc);
        config.extensions.remove(rtp::Extension::abs_send_time);
        target.subscription = std::make_unique<Subscription>(config, sink_, context_);
        if (media.kind == MediaKind::audio) {
            target.silence = std::make_unique<SilenceFiller>(media.codec.format->codec);
        }
    }
    negotiated_ = std::move(answered->media);
    reselect(now);

    AnswerEvent event;
    event.connection = name();
    event.sdp = sdp::to_string(answered->answer);
    return event;
}

void ViewerPeer::reselect(Instant now) {
    for (const auto kind : {MediaKind::audio, MediaKind::video}) {
        auto& target = channel(kind);
        if (!target.subscription) continue;
        auto* track = room_.track_to_view(view_, kind);
        // What was negotiated stays: a track in another format cannot be shown.
        if (track != nullptr && &track->format != target.media.codec.format) track = nullptr;
        if (track != target.shown) show(target, track, now);
    }
    tick_by(now);
    reschedule(now);
}

void ViewerPeer::show(Channel& channel, RoomTrack* track, Instant now) {
    channel.shown = track;
    if (track == nullptr) {
        for (auto* old : channel.attached) {
            channel.subscription->detach(old->media, now);
            std::erase(old->subscriptions, channel.subscription.get());
        }
        channel.attached.clear();
        if (channel.silence && transport_.connected()) channel.silence->start(now);
        return;
    }
    if (channel.silence) channel.silence->stop();
    if (std::find(channel.attached.begin(), channel.attached.end(), track) ==
        channel.attached.end()) {
        channel.attached.push_back(track);
        track->subscriptions.push_back(channel.subscription.get());
    }
    channel.subscription->switch_source(track->media, now);
    channel.subscription->poll(now);
    leave_unused(channel, now);
    wake_publishers(now);
}

void ViewerPeer::leave_unused(Channel& channel, Instant) {
    std::erase_if(channel.attached, [&](RoomTrack* track) {
        if (track == channel.shown || channel.subscription->uses(track->media)) return false;
        std::erase(track->subscriptions, channel.subscription.get());
        return true;
    });
}

void ViewerPeer::remove(const RoomTrack& track, Instant now) {
    for (auto& channel : channels_) {
        const auto at = std::find(channel.attached.begin(), channel.attached.end(), &track);
        if (at == channel.attached.end()) continue;
        detach(**at, *channel.subscription, now);
        channel.attached.erase(at);
        if (channel.shown == &track) channel.shown = nullptr;
    }
}

void ViewerPeer::on_connected(Instant now) {
    for (auto& channel : channels_) {
        if (!channel.subscription) continue;
        channel.subscription->poll(now);
        if (channel.shown == nullptr && channel.silence) channel.silence->start(now);
    }
    wake_publishers(now);
    tick_by(now);
}

void ViewerPeer::on_rtcp(Bytes compound, Instant now) {
    deliver_feedback(compound, now, [this](std::uint32_t ssrc) -> Subscription* {
        for (auto& channel : channels_) {
            if (channel.subscription && rtp::value(channel.subscription->ssrc()) == ssrc) {
                return channel.subscription.get();
            }
        }
        return nullptr;
    });
    wake_publishers(now);
}

void ViewerPeer::wake_publishers(Instant now) {
    for (auto& channel : channels_) {
        for (auto* track : channel.attached)
            track->wake_publisher(now);
    }
}

Instant ViewerPeer::on_tick(Instant now) {
    if (now >= next_report_ && transport_.connected()) {
        std::array<std::uint8_t, max_rtcp_size> buffer;
        rtcp::CompoundBuilder out{buffer};
        for (auto& channel : channels_) {
            if (channel.subscription) append_sender_report(*channel.subscription, cname, now, out);
        }
        send_rtcp(out);
        next_report_ = now + report_interval;
    }
    auto next = now + poll_interval;
    for (auto& channel : channels_) {
        if (!channel.subscription) continue;
        leave_unused(channel, now);
        if (channel.silence) {
            channel.silence->poll(*channel.subscription, now);
            if (const auto due = channel.silence->next_deadline()) next = std::min(next, *due);
        }
        if (const auto due = channel.subscription->next_deadline(); due && *due <= now) {
            channel.subscription->poll(now);
            wake_publishers(now);
        }
        if (const auto due = channel.subscription->next_deadline()) next = std::min(next, *due);
    }
    return next;
}

void ViewerPeer::append_stats(RoomStats& stats, Instant now) const {
    for (const auto& channel : channels_) {
        if (!channel.subscription) continue;
        const std::string track = channel.shown != nullptr ? channel.shown->info.id : "";
        stats.subscriptions.push_back(
            subscription_stats(*channel.subscription, track, participant_.info.id, context_, now));
    }
}

} // namespace parley::room
