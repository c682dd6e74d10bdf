#include "core/router/layer_receiver.hpp"

#include "core/rtp/codec/av1.hpp"

#include <algorithm>

namespace parley {

namespace {
/// Audio is not asked for again; a packet late by so many is of no use to anyone.
constexpr std::uint64_t audio_reach = 100;
/// Older than the newest by more: not a late packet but a sender that started over, if it goes on.
constexpr std::uint64_t restart_reach = 1000;
/// A source that was silent for so long has just woken up.
constexpr Duration asleep = 1s;

PacketRing::Limits ring_limits(const LayerReceiver::Config& config) {
    auto limits =
        media_kind(config.codec) == MediaKind::audio ? PacketRing::audio : PacketRing::video;
    if (config.history > Duration{}) limits.history = config.history;
    return limits;
}
} // namespace

void RateMeter::add(std::size_t bytes, Instant now) {
    const std::int64_t tick = now.time_since_epoch() / step;
    // Whatever lies between the newest step and this one was empty.
    for (std::int64_t t = std::max(tick_ + 1, tick - std::int64_t{steps} + 1); t <= tick; ++t) {
        bytes_[static_cast<std::uint64_t>(t) % steps] = 0;
    }
    tick_ = std::max(tick_, tick);
    bytes_[static_cast<std::uint64_t>(tick_) % steps] += static_cast<std::uint32_t>(bytes);
}

double RateMeter::bits_per_second(Instant now) const {
    const std::int64_t tick = now.time_since_epoch() / step;
    std::uint64_t sum = 0;
    for (std::int64_t t = tick_ - std::int64_t{steps} + 1; t <= tick_; ++t) {
        if (t > tick - std::int64_t{steps}) sum += bytes_[static_cast<std::uint64_t>(t) % steps];
    }
    return static_cast<double>(sum) * 8;
}

LayerReceiver::LayerReceiver(const Config& config, const PublisherClock& clock)
    : config_{config}
    , publisher_{clock}
    , reception_{clock_rate(config.codec)}
    , clock_{clock_rate(config.codec), clock}
    , ring_{ring_limits(config)} {}

void LayerReceiver::bind(rtp::Ssrc ssrc) {
    if (ssrc_ == ssrc) return;
    const bool another = ssrc_.has_value();
    ssrc_ = ssrc;
    if (!another) return;
    ++epoch_;
    rtx_ssrc_.reset();
    restart_at_.reset();
    nacks_ = congestion::NackGenerator{};
    reception_ = congestion::ReceptionStats{clock_rate(config_.codec)};
    clock_.reset();
    keyframe_.reset();
    maybe_keyframe_.reset();
    newest_timestamp_.reset();
    // Indexes go on upwards, so that the ring never mixes the two.
    starting_over_ = true;
}

std::optional<std::uint64_t> LayerReceiver::admit(std::uint16_t sequence, bool retransmitted,
                                                  Instant now) {
    const auto newest = sequences_.newest();
    if (!newest || starting_over_) {
        if (retransmitted) return std::nullopt;
        starting_over_ = false;
        const std::uint64_t index = sequences_.restart(sequence);
        nacks_.on_packet(index, now);
        return index;
    }
    std::uint64_t index = sequences_.peek(sequence);
    if (retransmitted) {
        // Only what is missing, or just ahead of what has come.
        if (index > *newest ? index - *newest > audio_reach : !nacks_.is_missing(index)) {
            return std::nullopt;
        }
    } else if (index + restart_reach < *newest) {
        const bool goes_on = restart_at_ == sequence;
        restart_at_ = static_cast<std::uint16_t>(sequence + 1);
        if (!goes_on) return std::nullopt;
        index = sequences_.restart(sequence);
    }
    restart_at_.reset();

    switch (nacks_.on_packet(index, now)) {
    case congestion::NackGenerator::Event::duplicate:
        return std::nullopt;
    case congestion::NackGenerator::Event::recovered:
        if (retransmitted) ++counters_.packets_repaired;
        break;
    case congestion::NackGenerator::Event::reset:
        if (media_kind(config_.codec) == MediaKind::video) {
            keyframes_.request(KeyframeReason::loss, now);
        }
        break;
    case congestion::NackGenerator::Event::gap:
        if (!config_.nack) nacks_.forget_before(index - std::min(index, audio_reach));
        break;
    case congestion::NackGenerator::Event::in_order:
        break;
    }
    if (index > *newest) sequences_.unwrap(sequence);
    return index;
}

const MediaPacket* LayerReceiver::receive(const rtp::PacketView& view,
                                          const rtp::ExtensionMap& extensions, Instant now) {
    ++counters_.packets_received;
    counters_.bytes_received += view.payload().size();
    rate_.add(view.payload().size(), now);
    const auto index = admit(view.sequence(), false, now);
    if (!index) {
        ++counters_.packets_discarded;
        return nullptr;
    }
    if (last_packet_ && now - *last_packet_ > asleep) keyframes_.hurry(now);
    last_packet_ = now;
    reception_.on_packet(*index, view.timestamp(), now);
    const bool routed = view.payload_type() == config_.payload_type;
    if (routed && !view.payload().empty()) clock_.on_packet(view.timestamp(), now);
    return store(*index, view, view.payload(), routed, extensions, now);
}

const MediaPacket* LayerReceiver::receive_rtx(const rtp::PacketView& view,
                                              const rtp::ExtensionMap& extensions, Instant now) {
    ++counters_.retransmitted_packets_received;
    rate_.add(view.payload().size(), now);
    const Bytes payload = view.payload();
    if (payload.size() < 2) return nullptr; // padding that probes for bandwidth
    const auto index = admit(load_be16(payload.data()), true, now);
    if (!index) {
        ++counters_.packets_discarded;
        return nullptr;
    }
    return store(*index, view, payload.subspan(2), true, extensions, now);
}

const MediaPacket* LayerReceiver::store(std::uint64_t index, const rtp::PacketView& view,
                                        Bytes payload, bool routed,
                                        const rtp::ExtensionMap& extensions, Instant now) {
    const std::uint8_t descriptor_id = extensions.id(rtp::Extension::dependency_descriptor);
    const Bytes descriptor = descriptor_id != 0 ? view.find(descriptor_id) : Bytes{};
    if (!routed) payload = {};
    MediaPacket* packet = ring_.insert(index, payload, descriptor, now);
    if (packet == nullptr) {
        ++counters_.packets_discarded;
        return nullptr;
    }
    packet->timestamp = view.timestamp();
    packet->marker = view.marker();
    packet->epoch = epoch_;
    if (payload.empty()) {
        packet->discard = true;
        ++counters_.packets_ignored;
        return packet;
    }
    packet->frame = rtp::inspect(config_.codec, payload);
    if (!packet->frame.valid) {
        packet->discard = true;
        ++counters_.malformed;
        return packet;
    }
    read_extensions(*packet, view, extensions);
    if (media_kind(config_.codec) == MediaKind::video) on_video(*packet, now);
    return packet;
}

void LayerReceiver::read_extensions(MediaPacket& packet, const rtp::PacketView& view,
                                    const rtp::ExtensionMap& extensions) const {
    auto reader = view.extensions();
    while (const auto element = reader.next()) {
        const auto extension = extensions.find(element->id);
        if (!extension) continue;
        const Bytes data = element->data;
        switch (*extension) {
        case rtp::Extension::audio_level:
            if (data.size() != 1) break;
            packet.audio_level = rtp::AudioLevel::decode(data[0]);
            packet.values |= MediaPacket::has_audio_level;
            break;
        case rtp::Extension::video_orientation:
            if (data.size() != 1) break;
            packet.video_orientation = data[0];
            packet.values |= MediaPacket::has_video_orientation;
            break;
        case rtp::Extension::playout_delay:
            if (data.size() != 3) break;
            std::copy(data.begin(), data.end(), packet.playout_delay);
            packet.values |= MediaPacket::has_playout_delay;
            break;
        case rtp::Extension::abs_capture_time:
            // The time is the publisher's; without its offset it means nothing to others.
            if ((data.size() != 8 && data.size() != 16) || !publisher_.known()) break;
            packet.capture = publisher_.to_ours(NtpTime{load_be64(data.data())}, packet.arrival);
            packet.values |= MediaPacket::has_capture_time;
            break;
        case rtp::Extension::dependency_descriptor:
            if (const auto descriptor = rtp::DependencyDescriptor::parse(data)) {
                packet.frame_number = descriptor->frame_number;
                packet.values |= MediaPacket::has_descriptor;
            }
            break;
        case rtp::Extension::mid:
        case rtp::Extension::rid:
        case rtp::Extension::repaired_rid:
        case rtp::Extension::transport_cc:
        case rtp::Extension::abs_send_time:
            break; // of one transport only
        }
    }
}

void LayerReceiver::on_video(const MediaPacket& packet, Instant now) {
    if (!newest_timestamp_ || rtp::distance(*newest_timestamp_, packet.timestamp) > 0) {
        newest_timestamp_ = packet.timestamp;
        ++counters_.frames_received;
        frames_.add(1, now);
    }
    if (packet.frame.width != 0) {
        width_ = packet.frame.width;
        height_ = packet.frame.height;
    }
    if (packet.frame.keyframe_start) on_keyframe_start(packet, now);
    if (maybe_keyframe_ == packet.index + 1) {
        if (const auto* waiting = ring_.find(packet.index + 1)) on_keyframe_start(*waiting, now);
    }
}

void LayerReceiver::on_keyframe_start(const MediaPacket& packet, Instant now) {
    if (keyframe_ && packet.timestamp == keyframe_timestamp_) {
        keyframe_ = std::min(*keyframe_, packet.index); // parameter sets that come after the slice
        return;
    }
    if (keyframe_ && packet.index < *keyframe_) return;
    // An IDR slice can be joined at only if its parameter sets are not on the way still.
    if (config_.codec == Codec::h264 && packet.frame.width == 0 &&
        ring_.find(packet.index - 1) == nullptr) {
        maybe_keyframe_ = packet.index;
        return;
    }
    maybe_keyframe_.reset();
    keyframe_ = packet.index;
    keyframe_timestamp_ = packet.timestamp;
    ++counters_.key_frames;
    keyframes_.on_keyframe(now);
}

void LayerReceiver::handle_sender_report(NtpTime ntp, std::uint32_t timestamp, Instant now) {
    reception_.on_sender_report(ntp, now);
    clock_.on_sender_report(ntp, timestamp, now);
}

void LayerReceiver::take_nacks(Instant now, std::vector<std::uint16_t>& out) {
    if (!config_.nack) return;
    const std::size_t before = out.size();
    const std::size_t given_up = nacks_.take(now, out);
    counters_.nack_count += out.size() - before;
    if (given_up == 0) return;
    counters_.packets_unrepaired += given_up;
    if (media_kind(config_.codec) == MediaKind::video) {
        keyframes_.request(KeyframeReason::loss, now);
    }
}

std::optional<Instant> LayerReceiver::next_deadline() const {
    auto deadline = keyframes_.next_deadline();
    if (config_.nack) {
        const auto nack = nacks_.next_deadline();
        if (nack && (!deadline || *nack < *deadline)) deadline = nack;
    }
    return deadline;
}

std::optional<rtcp::ReportBlock> LayerReceiver::report(Instant now) {
    if (!ssrc_ || !reception_.started()) return std::nullopt;
    return reception_.report(rtp::value(*ssrc_), now);
}

const MediaPacket* LayerReceiver::keyframe() const {
    return keyframe_ ? ring_.find(*keyframe_) : nullptr;
}

} // namespace parley
