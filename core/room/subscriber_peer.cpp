#include "core/room/subscriber_peer.hpp"

#include "core/base/random.hpp"
#include "core/room/feedback.hpp"
#include "core/room/participant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parley::room {

namespace {
constexpr Duration report_interval = 1s;
constexpr Duration poll_interval = 250ms;
} // namespace

void detach(RoomTrack& track, Subscription& subscription, Instant now) {
    subscription.detach(track.media, now);
    std::erase(track.subscriptions, &subscription);
}

SubscriberPeer::SubscriberPeer(Services& services, Participant& participant, ConnectionName name,
                               Instant now)
    : Peer{services, participant, std::move(name), now}
    , context_{services.config.wall}
    , next_report_{now + report_interval} {
    // The first m-line carries the transport for good, and browsers cannot let a refused one go on
    // doing so: it is for audio, whose codec everybody has, and waits where there is none yet.
    slots_.emplace_back();
    slots_.front().sdp.kind = MediaKind::audio;
    slots_.front().sdp.mid = std::to_string(next_mid_++);
}

SubscriberPeer::~SubscriberPeer() {
    for (auto& slot : slots_) {
        if (slot.subscription && slot.track != nullptr) {
            std::erase(slot.track->subscriptions, slot.subscription.get());
        }
    }
}

void SubscriberPeer::add(RoomTrack& track, const LayerChoice& choice) {
    const auto free_slot = [&](bool same_format) {
        return std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) {
            return s.track == nullptr && s.sdp.kind == track.info.kind &&
                   (!same_format || s.sdp.format == &track.format);
        });
    };
    // Another codec than before may cost the m-line where the client lacks it.
    auto slot = free_slot(true);
    if (slot == slots_.end()) slot = free_slot(false);
    if (slot == slots_.end()) {
        slots_.emplace_back();
        slot = std::prev(slots_.end());
        slot->sdp.kind = track.info.kind;
        slot->sdp.mid = std::to_string(next_mid_++);
    } else if (slot->sdp.stopped) {
        // A refused m-line comes back under a new mid (RFC 8829, section 5.2.2).
        slot->sdp.stopped = false;
        slot->sdp.mid = std::to_string(next_mid_++);
    }
    slot->track = &track;
    slot->choice = choice;
    slot->sdp.active = true;
    slot->sdp.format = &track.format;
    slot->sdp.ssrc = random_u32() | 1;
    slot->sdp.rtx_ssrc = track.format.rtx_payload_type != 0 ? random_u32() | 1 : 0;
    slot->sdp.cname = track.info.participant;
    slot->sdp.msid = {track.info.participant, track.info.id};
    dirty_ = true;
}

void SubscriberPeer::remove(const RoomTrack& track, Instant now) {
    for (auto& slot : slots_) {
        if (slot.track != &track) continue;
        release(slot, now);
        dirty_ = true;
    }
}

void SubscriberPeer::release(Slot& slot, Instant now) {
    if (slot.subscription) {
        detach(*slot.track, *slot.subscription, now);
        slot.subscription.reset();
    }
    slot.track = nullptr;
    slot.sdp.active = false;
}

void SubscriberPeer::choose_layer(const RoomTrack& track, const LayerChoice& choice, Instant now) {
    for (auto& slot : slots_) {
        if (slot.track != &track) continue;
        slot.choice = choice;
        if (!slot.subscription) continue;
        slot.subscription->choose_layer(choice, now);
        slot.track->wake_publisher(now);
    }
}

bool SubscriberPeer::carries(const RoomTrack& track) const {
    return std::any_of(slots_.begin(), slots_.end(),
                       [&](const Slot& slot) { return slot.track == &track; });
}

bool SubscriberPeer::idle() const {
    return std::all_of(slots_.begin(), slots_.end(),
                       [](const Slot& slot) { return slot.track == nullptr; });
}

void SubscriberPeer::restart(Instant now) {
    restart_ice(now);
    dirty_ = true;
}

std::optional<OfferEvent> SubscriberPeer::make_offer() {
    if (!dirty_ || unanswered_) return {};
    dirty_ = false;
    offered_.clear();
    OfferEvent event;
    event.connection = name();
    event.revision = revision_ = ++participant().last_revision;
    if (first_revision_ == 0) first_revision_ = revision_;
    for (const auto& slot : slots_) {
        offered_.push_back(slot.sdp);
        if (slot.track != nullptr) event.tracks.push_back({slot.sdp.mid, slot.track->info.id});
    }
    event.sdp = sdp::to_string(sdp::make_subscriber_offer(offered_, local_transport()));
    unanswered_ = event;
    return event;
}

std::optional<OfferEvent> SubscriberPeer::pending_offer() const {
    return unanswered_;
}

Result<std::vector<SubscriberPeer::Unsupported>> SubscriberPeer::apply(const Answer& answer,
                                                                       Instant now) {
    // To an offer of the connection that was called so before: they have crossed on the way.
    if (answer.revision < first_revision_) return std::vector<Unsupported>{};
    if (!unanswered_ || answer.revision != revision_) {
        return fail(fmt::format("no offer of revision {} is waiting for an answer on \"{}\"",
                                answer.revision, name()));
    }
    const auto parsed = sdp::parse(answer.sdp);
    if (!parsed) return tl::make_unexpected(parsed.error());
    const auto applied = sdp::apply_subscriber_answer(*parsed, offered_);
    if (!applied) return tl::make_unexpected(applied.error());
    if (applied->remote) {
        if (auto done = set_remote(*applied->remote, now); !done) {
            return tl::make_unexpected(done.error());
        }
    }
    unanswered_.reset();

    std::vector<Unsupported> unsupported;
    for (std::size_t i = 0; i < applied->slots.size() && i < slots_.size(); ++i) {
        const auto& result = applied->slots[i];
        auto& slot = slots_[i];
        if (result.stopped) {
            slot.sdp.stopped = true;
            dirty_ |= slot.track != nullptr;
        }
        // The slot may have got another track since the offer was made.
        if (slot.track == nullptr || slot.sdp.ssrc != offered_[i].ssrc) continue;
        switch (result.state) {
        case sdp::SlotState::accepted:
            subscribe(slot, result, now);
            break;
        case sdp::SlotState::inactive:
            if (slot.subscription) {
                detach(*slot.track, *slot.subscription, now);
                slot.subscription.reset();
            }
            break;
        case sdp::SlotState::unsupported:
            unsupported.push_back({slot.track->info.id, slot.track->info.codec});
            release(slot, now);
            break;
        }
    }
    reschedule(now);
    return unsupported;
}

void SubscriberPeer::subscribe(Slot& slot, const sdp::SlotResult& result, Instant now) {
    if (slot.subscription && rtp::value(slot.subscription->ssrc()) == slot.sdp.ssrc) return;
    Subscription::Config config;
    config.ssrc = rtp::Ssrc{slot.sdp.ssrc};
    config.payload_type = slot.track->format.payload_type;
    if (result.rtx && slot.sdp.rtx_ssrc != 0) {
        config.rtx_ssrc = rtp::Ssrc{slot.sdp.rtx_ssrc};
        config.rtx_payload_type = slot.track->format.rtx_payload_type;
    }
    if (result.extensions.has(rtp::Extension::mid)) config.mid = slot.sdp.mid;
    config.extensions = result.extensions;
    // For an estimator that does not exist yet: without it they would only cost bandwidth.
    config.extensions.remove(rtp::Extension::transport_cc);
    config.extensions.remove(rtp::Extension::abs_send_time);
    slot.subscription = std::make_unique<Subscription>(config, sink_, context_);
    slot.track->subscriptions.push_back(slot.subscription.get());
    slot.subscription->choose_layer(slot.choice, now);
    slot.subscription->switch_source(slot.track->media, now);
    slot.subscription->poll(now);
    slot.track->wake_publisher(now);
    tick_by(now + 1ms);
}

Subscription* SubscriberPeer::find(std::uint32_t ssrc) {
    for (auto& slot : slots_) {
        if (slot.subscription && slot.sdp.ssrc == ssrc) return slot.subscription.get();
    }
    return nullptr;
}

void SubscriberPeer::wake_publishers(Instant now) {
    for (auto& slot : slots_) {
        if (slot.subscription && slot.sdp.kind == MediaKind::video) slot.track->wake_publisher(now);
    }
}

void SubscriberPeer::on_connected(Instant now) {
    for (auto& slot : slots_) {
        if (slot.subscription) slot.subscription->poll(now);
    }
    wake_publishers(now);
    tick_by(now);
}

void SubscriberPeer::on_rtcp(Bytes compound, Instant now) {
    deliver_feedback(compound, now, [this](std::uint32_t ssrc) { return find(ssrc); });
    wake_publishers(now);
}

Instant SubscriberPeer::on_tick(Instant now) {
    if (now >= next_report_) {
        send_reports(now);
        next_report_ = now + report_interval;
    }
    auto next = std::min(next_report_, now + poll_interval);
    for (auto& slot : slots_) {
        if (!slot.subscription) continue;
        if (const auto due = slot.subscription->next_deadline(); due && *due <= now) {
            slot.subscription->poll(now);
            slot.track->wake_publisher(now);
        }
        if (const auto due = slot.subscription->next_deadline()) next = std::min(next, *due);
    }
    return next;
}

void SubscriberPeer::send_reports(Instant now) {
    if (!transport_.connected()) return;
    std::array<std::uint8_t, max_rtcp_size> buffer;
    rtcp::CompoundBuilder out{buffer};
    for (auto& slot : slots_) {
        if (slot.subscription) append_sender_report(*slot.subscription, slot.sdp.cname, now, out);
        if (out.room() < 128) {
            send_rtcp(out);
            out.clear();
        }
    }
    send_rtcp(out);
}

void SubscriberPeer::append_stats(RoomStats& stats, Instant now) const {
    for (const auto& slot : slots_) {
        if (!slot.subscription) continue;
        stats.subscriptions.push_back(subscription_stats(*slot.subscription, slot.track->info.id,
                                                         participant_.info.id, context_, now));
    }
}

} // namespace parley::room
