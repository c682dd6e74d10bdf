// The hot path of a subscription: one source packet in, one packet into the sink.
#include "core/router/subscription.hpp"

#include <algorithm>

namespace parley {

namespace {
/// A larger gap at the source is not worth telling: nobody can repair it, and receivers would ask.
constexpr std::uint64_t largest_gap = 1000;
/// A late joiner's packets go out in bursts, so that they do not overrun the path's queues.
constexpr std::size_t replay_burst = 100;
constexpr Duration replay_interval = 5ms;
} // namespace

void Subscription::forward(IncomingTrack& track, LayerIndex layer,
                           std::span<const MediaPacket* const> packets, Instant now) {
    if (&track == track_ && layer == layer_) {
        if (paused_) return;
        if (!sink_.writable()) {
            dropped_layer_ = started_ ? layer_ : no_layer;
            note_dropped(packets);
            interrupt(now);
            return;
        }
        if (header_.differs_each_time()) abs_send_time_ = OutgoingHeader::abs_send_time(now);
        if ((replay_due_ || replayed_at_ == now) && replayed(packets, now)) return;
        for (const MediaPacket* packet : packets) {
            if (!take(*packet, now)) break;
        }
        last_sent_at_ = now;
        if (next_track_ == nullptr && seen_revision_ == track.layers_revision()) return;
    }
    if (!video() || paused_) return;
    if (sink_.writable()) try_join(track, layer, now);
    if (layer == dropped_layer_ && &track == next_track_) note_dropped(packets);
}

void Subscription::try_join(IncomingTrack& track, LayerIndex layer, Instant now) {
    review(track, now);
    if (&track != next_track_) return;
    if (!asked_) look_for_start(KeyframeReason::new_subscription, now);
    if (&track != next_track_ || layer != next_layer_) return;
    const MediaPacket* keyframe = track.layer(layer).keyframe();
    if (keyframe != nullptr && keyframe->index != passed_keyframe_) {
        join(track, layer, *keyframe, now);
    }
}

/// The sink has no room: counted, so that whoever reads it can be told.
void Subscription::note_dropped(std::span<const MediaPacket* const> packets) {
    stats_.packets_dropped += packets.size();
    for (const MediaPacket* packet : packets)
        stats_.frames_dropped += packet->marker ? 1 : 0;
}

inline bool Subscription::take(const MediaPacket& packet, Instant now) {
    const bool usual = packet.index - highest_in_ - 1 < largest_gap && !packet.discard &&
                       !interrupted_ && packet.epoch == stretches_.current().epoch;
    if (!usual) [[unlikely]] {
        return take_unusual(packet, now);
    }
    Stretch& stretch = stretches_.current();
    if (munges_ && (packet.frame.frame_start || packet.marker)) {
        const rtp::DescriptorOffsets offsets = munger_.keep(packet.payload());
        if (offsets != stretch.descriptor) [[unlikely]] {
            if (stretch.first_in == packet.index) {
                stretch.descriptor = offsets;
            } else {
                Stretch next = stretch;
                next.first_in = packet.index;
                next.first_out = stretch.out(packet.index);
                next.descriptor = offsets;
                stretches_.push(next);
            }
        }
    }
    highest_in_ = packet.index;
    last_timestamp_in_ = packet.timestamp;
    if (packet.marker) ++stats_.frames_sent;
    next_out_ = stretches_.current().out(packet.index) + 1;
    if ((packet.values & MediaPacket::has_descriptor) != 0) {
        last_frame_number_ = static_cast<std::uint16_t>(packet.frame_number +
                                                        stretches_.current().frame_number_offset);
    }
    send(packet, stretches_.current());
    return true;
}

bool Subscription::take_unusual(const MediaPacket& packet, Instant now) {
    if (!interrupted_) {
        // Another SSRC of the publisher's, or more missing than can be repaired: what follows has
        // nothing to do with what was.
        const auto newer = static_cast<std::int8_t>(packet.epoch - stretches_.current().epoch);
        if (newer < 0) return true;
        if (newer > 0 || (packet.index > highest_in_ && packet.index - highest_in_ > largest_gap)) {
            if (newer > 0) store_anchor(now);
            interrupt(now);
            if (video()) {
                look_for_start(KeyframeReason::loss, now);
                return false;
            }
        }
    }
    if (!interrupted_ && packet.index <= highest_in_) {
        const Stretch* stretch = stretches_.find_in(packet, layer_);
        if (stretch != nullptr && !packet.discard) send(packet, *stretch);
        return true;
    }
    if (packet.discard) {
        leave_out(packet);
        return true;
    }
    if (interrupted_) begin_stretch(packet, layer_, now);
    return take(packet, now);
}

/// A packet that nobody is to miss: those after it move up.
void Subscription::leave_out(const MediaPacket& packet) {
    highest_in_ = packet.index;
    if (interrupted_) return;
    Stretch& stretch = stretches_.current();
    if (stretch.first_in == packet.index) {
        ++stretch.first_in;
        return;
    }
    Stretch next = stretch;
    next.first_in = packet.index + 1;
    next.first_out = stretch.out(packet.index);
    stretches_.push(next);
    // What is missing before it may come yet, under the numbers that are its own: with SRTP no
    // number may ever stand for two packets.
    next_out_ = next.first_out;
}

void Subscription::send(const MediaPacket& packet, const Stretch& stretch) {
    const Bytes payload = packet.payload();
    const MutBytes buffer =
        sink_.begin_packet(header_.bound(packet) + payload.size(), packet, stretch.layer);
    if (buffer.empty()) [[unlikely]] {
        ++stats_.packets_dropped;
        return;
    }
    const std::uint64_t out = stretch.out(packet.index);
    const std::size_t header = header_.write(buffer.data(), packet, static_cast<std::uint16_t>(out),
                                             stretch.timestamp(packet.timestamp),
                                             stretch.frame_number_offset, context_, abs_send_time_);
    std::size_t head = 0;
    if (munges_ && stretch.descriptor != rtp::DescriptorOffsets{}) {
        head = rtp::DescriptorMunger::rewrite(codec_, stretch.descriptor, payload,
                                              buffer.subspan(header));
    }
    sink_.end_packet(out, header, header + head, payload.subspan(head));
    sent(payload.size());
}

inline void Subscription::sent(std::size_t payload_size) {
    ++stats_.packets_sent;
    stats_.bytes_sent += payload_size;
}

void Subscription::begin_stretch(const MediaPacket& packet, LayerIndex layer, Instant now) {
    Stretch stretch;
    stretch.first_in = packet.index;
    stretch.first_out = next_out_;
    stretch.layer = layer;
    stretch.epoch = packet.epoch;

    const IncomingTrack& track = *track_;
    const PacketRing& ring = track.layer(layer).ring();
    const MediaPacket* newest = ring.newest() ? ring.find(*ring.newest()) : nullptr;
    const std::uint32_t rate = track.clock_rate();
    const std::uint32_t least_step = rate / (video() ? 1000 : 50);
    const std::int32_t behind =
        newest == nullptr ? 0 : rtp::distance(packet.timestamp, newest->timestamp);
    std::uint32_t squeezed = 0;
    if (video() && behind > static_cast<std::int32_t>(rate / 50)) {
        // A late joiner's pictures would be late for ever if they were shown at their own pace:
        // they all become at most 20 ms old.
        stretch.squeeze_end = newest->timestamp;
        while (static_cast<std::uint32_t>(behind) >> stretch.squeeze_shift > rate / 50) {
            ++stretch.squeeze_shift;
        }
        squeezed = static_cast<std::uint32_t>(behind) >> stretch.squeeze_shift;
    }

    bool settled = false;
    if (!stretches_.empty() && stretch.squeeze_shift == 0) {
        // After a pause or a gap the source's own timestamps are the best there are.
        const Stretch& last = stretches_.current();
        if (last.layer == layer && last.epoch == packet.epoch &&
            rtp::distance(last.timestamp(last_timestamp_in_),
                          packet.timestamp + last.timestamp_offset) > 0) {
            stretch.timestamp_offset = last.timestamp_offset;
            settled = true;
        }
    }
    if (!settled) {
        const std::uint32_t reference =
            stretch.squeeze_shift == 0 ? packet.timestamp : stretch.squeeze_end;
        const NtpTime ntp = track.layer(layer).clock().ntp(reference, now);
        stretch.timestamp_offset =
            next_timestamp(ntp, rate, least_step + squeezed, now) - reference;
    }

    if (munges_) {
        munger_.switch_source();
        stretch.descriptor = munger_.keep(packet.payload());
    }
    if ((packet.values & MediaPacket::has_descriptor) != 0 && started_) {
        stretch.frame_number_offset =
            static_cast<std::uint16_t>(last_frame_number_ + 1 - packet.frame_number);
    }
    stretches_.push(stretch);
    interrupted_ = false;
    started_ = true;
    anchored_at_source_ = true;
    last_timestamp_in_ = packet.timestamp;
    highest_in_ = packet.index - 1;
}

void Subscription::send_generated(Bytes payload, std::uint32_t ticks, Instant now) {
    if (paused_ || !sink_.writable()) return;
    MediaPacket packet;
    const std::uint32_t rate = track_ != nullptr ? track_->clock_rate() : clock_rate(codec_);
    const NtpTime ntp = context_.wall.ntp_at(now);
    const std::uint32_t timestamp = next_timestamp(ntp, rate, ticks, now);
    packet.index = next_out_;
    packet.timestamp = timestamp;
    packet.payload_data = payload.data();
    packet.payload_size = static_cast<std::uint16_t>(payload.size());
    Stretch stretch;
    stretch.first_in = next_out_;
    stretch.first_out = next_out_;
    if (stretches_.empty() || stretches_.current().layer != no_layer) stretches_.push(stretch);
    if (header_.differs_each_time()) abs_send_time_ = OutgoingHeader::abs_send_time(now);
    const bool munges = munges_;
    munges_ = false;
    send(packet, stretch);
    munges_ = munges;
    ++next_out_;
    started_ = true;
    interrupted_ = true;
    anchored_at_source_ = false;
    stored_anchor_ = {timestamp, ntp, now};
    last_sent_at_ = now;
}

/// Goes on from the ring towards the newest packet. The packets of this turn are in the ring too.
void Subscription::replay(Instant now) {
    const PacketRing& ring = track_->layer(layer_).ring();
    replayed_at_ = now;
    last_sent_at_ = now;
    for (std::size_t sent = 0; sent < replay_burst;) {
        if (replay_next_ > ring.newest().value_or(0)) {
            replay_due_.reset();
            return;
        }
        const MediaPacket* packet = ring.find(replay_next_++);
        if (packet == nullptr) continue; // lost: it is taken as any late packet if it comes
        if (!take(*packet, now)) return;
        ++sent;
    }
    replay_due_ = now + replay_interval;
}

/// While catching up, or just having caught up in this very turn: true when the packets have been
/// dealt with.
bool Subscription::replayed(std::span<const MediaPacket* const> packets, Instant now) {
    const bool already = replayed_at_ == now;
    const std::uint64_t passed = replay_next_;
    for (const MediaPacket* packet : packets) {
        // Of what the ring has been read past, only packets that have come since are new; those of
        // the turn that read it have gone out with it.
        const bool fresh = packet->index < passed ? !already : !replay_due_;
        if (fresh && !take(*packet, now)) return true;
    }
    if (replay_due_ && *replay_due_ <= now) replay(now);
    return true;
}

} // namespace parley
