// What a subscription forwards and when that starts; feedback from the subscriber.
#include "core/router/subscription.hpp"

#include "core/base/random.hpp"

#include <algorithm>

namespace parley {

namespace {
/// A group of pictures in the ring that is younger starts a late joiner; for an older one a new
/// keyframe is the better start.
constexpr Duration fresh = 1s;
/// Bounds of "a round trip ago" for a packet that is asked for again.
constexpr Duration least_repeat = 10ms;
constexpr Duration largest_repeat = 250ms;
/// No network holds packets back for longer.
constexpr Duration sane = 5s;
} // namespace

Subscription::Subscription(const Config& config, RtpSink& sink, SendContext& context)
    : config_{config}
    , sink_{sink}
    , context_{context}
    ,
    // Below 2^15, so that neither side's rollover counter is ever in doubt (RFC 3711, 3.3.1).
    next_out_{random_u32() & 0x7FFF}
    , rtx_next_out_{random_u32() & 0x7FFF} {
    if (config_.mid.size() > 16) config_.mid.resize(16);
    next_types_ = {config_.payload_type, config_.rtx_payload_type};
    header_.build(config_.ssrc, config_.payload_type, config_.mid, config_.extensions);
    if (config_.rtx_ssrc) {
        rtx_header_.build(*config_.rtx_ssrc, config_.rtx_payload_type, config_.mid,
                          config_.extensions);
    }
}

// --- control -----------------------------------------------------------------------------------

void Subscription::switch_source(IncomingTrack& track, PayloadTypes types, Instant now) {
    if (track_ == &track) {
        // Whatever else was waited for is not wanted any more.
        if (next_track_ != &track) next_track_ = nullptr;
        return;
    }
    if (next_track_ == &track) return;
    next_types_ = types;
    if (track.kind() == MediaKind::audio) {
        adopt(track, 0, now);
        return;
    }
    kind_ = MediaKind::video;
    next_track_ = &track;
    look_for_start(KeyframeReason::new_subscription, now);
}

/// Makes the track the one that is forwarded; its first packet starts a stretch.
void Subscription::adopt(IncomingTrack& track, LayerIndex layer, Instant now) {
    if (track_ != nullptr) store_anchor(now);
    next_track_ = nullptr;
    next_layer_ = no_layer;
    dropped_layer_ = no_layer;
    kind_ = track.kind();
    interrupted_ = true;
    replay_due_.reset();
    if (stretches_of_ != &track) {
        stretches_.clear();
        stretches_of_ = &track;
        if (codec_ != track.codec() || !started_) {
            codec_ = track.codec();
            munger_ = rtp::DescriptorMunger{codec_};
            munges_ = codec_ == Codec::vp8 || codec_ == Codec::vp9;
        }
        if (next_types_.media != config_.payload_type ||
            next_types_.rtx != config_.rtx_payload_type) {
            config_.payload_type = next_types_.media;
            config_.rtx_payload_type = next_types_.rtx;
            header_.build(config_.ssrc, config_.payload_type, config_.mid, config_.extensions);
            if (config_.rtx_ssrc) {
                rtx_header_.build(*config_.rtx_ssrc, config_.rtx_payload_type, config_.mid,
                                  config_.extensions);
            }
        }
    }
    track_ = &track;
    layer_ = layer;
}

void Subscription::join(IncomingTrack& track, LayerIndex layer, const MediaPacket& keyframe,
                        Instant now) {
    if (track_ == &track) ++stats_.layer_switches;
    adopt(track, layer, now);
    if (header_.differs_each_time()) abs_send_time_ = OutgoingHeader::abs_send_time(now);
    begin_stretch(keyframe, layer, now);
    replay_next_ = keyframe.index;
    replay(now);
}

void Subscription::detach(const IncomingTrack& track, Instant now) {
    if (next_track_ == &track) {
        next_track_ = nullptr;
        next_layer_ = no_layer;
    }
    if (track_ == &track) {
        store_anchor(now);
        track_ = nullptr;
        layer_ = no_layer;
        interrupted_ = true;
        replay_due_.reset();
    }
    if (stretches_of_ == &track) {
        stretches_.clear();
        stretches_of_ = nullptr;
    }
}

void Subscription::detach_all(Instant now) {
    if (next_track_ != nullptr) detach(*next_track_, now);
    if (track_ != nullptr) detach(*track_, now);
    if (stretches_of_ != nullptr) detach(*stretches_of_, now);
}

void Subscription::choose_layer(LayerChoice choice, Instant now) {
    choice_ = std::move(choice);
    IncomingTrack* track = next_track_ != nullptr ? next_track_ : track_;
    if (track == nullptr || !video()) return;
    seen_revision_ = track->layers_revision() - 1;
    review(*track, now);
}

void Subscription::set_paused(bool paused, Instant now) {
    if (paused == paused_) return;
    if (paused) {
        interrupt(now);
        paused_ = true;
        return;
    }
    paused_ = false;
    if (video()) look_for_start(KeyframeReason::new_subscription, now);
}

void Subscription::poll(Instant now) {
    if (paused_ || !sink_.writable()) return;
    if (replay_due_) {
        if (*replay_due_ > now) return;
        if (header_.differs_each_time()) abs_send_time_ = OutgoingHeader::abs_send_time(now);
        replay(now);
        return;
    }
    if (next_track_ != nullptr && !asked_) {
        look_for_start(KeyframeReason::new_subscription, now);
    }
}

std::optional<Instant> Subscription::next_deadline() const {
    return paused_ ? std::nullopt : replay_due_;
}

/// Finds a way to start with next_track_: from the ring at once, or by asking for a keyframe, which
/// forward() then sees.
void Subscription::look_for_start(KeyframeReason reason, Instant now) {
    asked_ = false;
    if (next_track_ == nullptr || paused_ || !sink_.writable()) return;
    IncomingTrack& track = *next_track_;
    seen_revision_ = track.layers_revision();
    next_layer_ = track.choose(choice_);
    if (next_layer_ == no_layer) return;

    const LayerReceiver& layer = track.layer(next_layer_);
    const MediaPacket* keyframe = layer.keyframe();
    passed_keyframe_.reset();
    if (keyframe != nullptr) {
        passed_keyframe_ = keyframe->index;
        // A subscriber who is watching something already gets no burst of old pictures.
        const bool watching = track_ != nullptr;
        const bool young = now - keyframe->arrival < fresh && !watching;
        if ((young || !track.config().keyframes_on_demand) && keyframe->arrival >= earliest_ &&
            layer.ring().whole_since(keyframe->index)) {
            join(track, next_layer_, *keyframe, now);
            return;
        }
    }
    track.request_keyframe(next_layer_, reason, now);
    asked_ = true;
}

/// Looks whether the layer wanted has changed.
void Subscription::review(IncomingTrack& track, Instant now) {
    const IncomingTrack* about = next_track_ != nullptr ? next_track_ : track_;
    if (&track != about || seen_revision_ == track.layers_revision()) return;
    seen_revision_ = track.layers_revision();
    const LayerIndex wanted = track.choose(choice_);
    if (wanted == no_layer) {
        // An exact choice that is not there: another layer is not what is wanted meanwhile.
        if (choice_.kind != LayerChoice::Kind::rid || !choice_.exact) return;
        const auto another = [&](const IncomingTrack* of, LayerIndex layer) {
            return of == &track && layer != no_layer && track.layer(layer).rid() != choice_.rid;
        };
        if (another(next_track_, next_layer_)) next_layer_ = no_layer;
        if (another(track_, layer_)) interrupt(now);
        return;
    }
    if (track_ == &track && wanted == layer_) {
        next_track_ = nullptr;
        next_layer_ = no_layer;
        return;
    }
    if (next_track_ == &track && wanted == next_layer_) return;
    const bool was_waiting = next_track_ != nullptr && track_ != &track;
    next_track_ = &track;
    look_for_start(was_waiting ? KeyframeReason::new_subscription : KeyframeReason::layer_switch,
                   now);
}

/// Nothing can be sent for now: what comes next starts anew, video with a keyframe.
void Subscription::interrupt(Instant now) {
    replay_due_.reset();
    interrupted_ = true;
    if (!video() || track_ == nullptr) return;
    store_anchor(now);
    if (next_track_ == nullptr) {
        next_track_ = track_;
        next_types_ = {config_.payload_type, config_.rtx_payload_type};
    }
    next_layer_ = no_layer;
    asked_ = false;
    track_ = nullptr;
    layer_ = no_layer;
}

// --- timestamps --------------------------------------------------------------------------------

void Subscription::store_anchor(Instant now) {
    const auto present = anchor(now);
    if (present) stored_anchor_ = *present;
    anchored_at_source_ = false;
}

std::optional<Subscription::Anchor> Subscription::anchor(Instant now) const {
    if (!started_) return std::nullopt;
    if (track_ == nullptr || !anchored_at_source_ || stretches_.empty()) return stored_anchor_;
    const Stretch& stretch = stretches_.current();
    const std::uint32_t timestamp = stretch.timestamp(last_timestamp_in_);
    const LayerReceiver& layer = track_->layer(stretch.layer);
    // The mapping of another SSRC knows nothing of timestamps before it.
    if (layer.epoch() != stretch.epoch) {
        return Anchor{timestamp, context_.wall.ntp_at(last_sent_at_), last_sent_at_};
    }
    return Anchor{timestamp, layer.clock().ntp(last_timestamp_in_, now), last_sent_at_};
}

std::uint32_t Subscription::next_timestamp(NtpTime ntp, std::uint32_t clock_rate,
                                           std::uint32_t least_step, Instant now) const {
    const auto last = anchor(now);
    if (!last) return random_u32();
    // Publishers whose reports tell nonsense do not get to bend their subscribers' time.
    const Duration passed = now - last->at;
    Duration elapsed = ntp - last->ntp;
    if (elapsed - passed > sane || passed - elapsed > sane) elapsed = passed;
    // A pause of hours is fine, but 32 bits must not come round to look like the past.
    elapsed = std::clamp<Duration>(elapsed, Duration{}, 1h);
    const std::int64_t ticks = elapsed.count() * std::int64_t{clock_rate} / 1'000'000'000;
    return last->timestamp + std::max(static_cast<std::uint32_t>(ticks), least_step);
}

// --- feedback ----------------------------------------------------------------------------------

void Subscription::handle_nack(const rtcp::NackItems& items, Instant now) {
    ++stats_.nack_count;
    if (!sink_.writable()) return;
    for (const rtcp::NackItem item : items) {
        item.for_each([&](std::uint16_t sequence) { retransmit(sequence, now); });
    }
}

bool Subscription::retransmit(std::uint16_t sequence, Instant now) {
    const std::uint64_t newest = next_out_ - 1;
    const auto back = static_cast<std::uint16_t>(newest - sequence);
    const std::uint64_t out = newest - back;
    const Stretch* stretch =
        started_ && back < 0x8000 && out <= newest ? stretches_.find_out(out) : nullptr;
    const MediaPacket* packet = nullptr;
    if (stretch != nullptr && stretch->layer != no_layer && stretches_of_ != nullptr) {
        packet = stretches_of_->layer(stretch->layer)
                     .ring()
                     .find(stretch->first_in + (out - stretch->first_out));
    }
    if (packet == nullptr || packet->discard || packet->epoch != stretch->epoch) {
        ++stats_.nacks_unknown;
        return false;
    }
    // Without an SSRC of its own a retransmission repeats an SRTP index, which is safe only for the
    // very same bytes.
    if (!config_.rtx_ssrc && header_.differs_each_time()) return false;
    const std::size_t size = packet->payload_size;
    if (recently_retransmitted(sequence, now) || !context_.retransmissions.take(size, now)) {
        ++stats_.nacks_skipped;
        return false;
    }
    if (!config_.rtx_ssrc) {
        ++stats_.retransmitted_packets_sent;
        stats_.retransmitted_bytes_sent += size;
        send(*packet, *stretch);
        return true;
    }

    // RFC 4588, section 4: the original sequence number leads the payload.
    const Bytes payload = packet->payload();
    const MutBytes buffer = sink_.begin_packet(rtx_header_.bound(*packet) + 2 + payload.size(),
                                               *packet, stretch->layer);
    if (buffer.empty()) {
        ++stats_.packets_dropped;
        return false;
    }
    const std::uint64_t index = rtx_next_out_++;
    std::size_t head =
        rtx_header_.write(buffer.data(), *packet, static_cast<std::uint16_t>(index),
                          stretch->timestamp(packet->timestamp), stretch->frame_number_offset,
                          context_, OutgoingHeader::abs_send_time(now));
    const std::size_t header = head;
    store_be16(buffer.data() + head, sequence);
    head += 2;
    std::size_t rewritten = 0;
    if (munges_ && stretch->descriptor != rtp::DescriptorOffsets{}) {
        rewritten = rtp::DescriptorMunger::rewrite(codec_, stretch->descriptor, payload,
                                                   buffer.subspan(head));
    }
    sink_.end_packet(index, header, head + rewritten, payload.subspan(rewritten));
    ++stats_.packets_sent;
    stats_.bytes_sent += size;
    ++stats_.retransmitted_packets_sent;
    stats_.retransmitted_bytes_sent += size;
    return true;
}

bool Subscription::recently_retransmitted(std::uint16_t sequence, Instant now) {
    if (!retransmitted_) retransmitted_ = std::make_unique<RetransmissionMemory>();
    const auto at_ms = static_cast<std::uint16_t>(now.time_since_epoch() / 1ms);
    Retransmitted& entry = (*retransmitted_)[sequence % retransmitted_->size()];
    const Duration interval =
        std::clamp<Duration>(context_.rtt.smoothed_or(100ms), least_repeat, largest_repeat);
    if (entry.used && entry.sequence == sequence &&
        static_cast<std::uint16_t>(at_ms - entry.at_ms) * Duration{1ms} < interval) {
        return true;
    }
    entry = {sequence, at_ms, true};
    return false;
}

void Subscription::handle_report_block(const rtcp::ReportBlock& block, Instant now) {
    context_.rtt.on_report(block, context_.wall.ntp_at(now));
    stats_.packets_lost = block.cumulative_lost;
    stats_.fraction_lost = block.fraction_lost / 256.0;
    stats_.jitter = Duration{std::int64_t{block.jitter} * 1'000'000'000 / clock_rate(codec_)};
}

void Subscription::handle_keyframe_request(Instant now) {
    ++stats_.pli_count;
    if (paused_) return;
    if (track_ != nullptr) {
        track_->request_keyframe(layer_, KeyframeReason::decoder_refresh, now);
    }
}

std::optional<rtcp::SenderInfo> Subscription::sender_report(Instant now) const {
    if (!started_ || stats_.packets_sent == 0) return std::nullopt;
    rtcp::SenderInfo info;
    info.ssrc = rtp::value(config_.ssrc);
    info.ntp = context_.wall.ntp_at(now);
    if (track_ != nullptr && anchored_at_source_ && !stretches_.empty()) {
        const Stretch& stretch = stretches_.current();
        const LayerReceiver& layer = track_->layer(stretch.layer);
        if (layer.epoch() != stretch.epoch) return std::nullopt;
        info.rtp_timestamp = layer.clock().timestamp(info.ntp, now) + stretch.timestamp_offset;
    } else {
        const std::int64_t us = (now - stored_anchor_.at) / 1us;
        info.rtp_timestamp = stored_anchor_.timestamp +
                             static_cast<std::uint32_t>(us * clock_rate(codec_) / 1'000'000);
    }
    info.packet_count =
        static_cast<std::uint32_t>(stats_.packets_sent - stats_.retransmitted_packets_sent);
    info.octet_count =
        static_cast<std::uint32_t>(stats_.bytes_sent - stats_.retransmitted_bytes_sent);
    return info;
}

} // namespace parley
