#include "core/room/tap_publisher.hpp"

#include "core/base/log.hpp"
#include "core/room/participant.hpp"
#include "core/room/room.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtp/packet.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::room {

namespace {
constexpr std::size_t most_streams = 64;
/// How often the track's clock follows the times that the records carry.
constexpr Duration mapping_interval = 500ms;

bool is_audio(TrackSource source) {
    return source == TrackSource::microphone || source == TrackSource::screen_audio;
}
} // namespace

TapPublisher::TapPublisher(Services& services, Room& room, Participant& participant,
                           tap::Queue& out, std::function<void(Instant)> wake)
    : Publisher{room}
    , services_{services}
    , participant_{participant}
    , out_{out}
    , wake_{std::move(wake)}
    , clock_{services.config.wall} {
    clock_.trust();
}

Result<std::string> TapPublisher::publish(const tap::Publish& request, Instant now) {
    const auto codec = codec_from_name(request.codec);
    if (!codec) return fail(fmt::format("\"{}\" is no codec that is routed", request.codec));
    if (is_audio(request.source) != (media_kind(*codec) == MediaKind::audio)) {
        return fail(fmt::format("a {} cannot be {}", to_string(request.source), request.codec));
    }
    sdp::PayloadType payload;
    payload.codec = request.codec;
    payload.clock_rate = clock_rate(*codec);
    payload.channels = *codec == Codec::opus ? 2 : 1;
    payload.fmtp = request.fmtp;
    const auto* format = sdp::match_format(payload);
    if (format == nullptr) {
        return fail(fmt::format("{} with \"{}\" is not routed: browsers would refuse it",
                                request.codec, request.fmtp));
    }
    if (request.layers.empty() || request.layers.size() > max_layers) {
        return fail(fmt::format("a track has 1 to {} layers", max_layers));
    }
    if (layers_.size() + request.layers.size() > most_streams) {
        return fail(fmt::format("one tap publishes at most {} streams", most_streams));
    }
    for (const auto& layer : request.layers) {
        if (layer.stream == tap::no_stream || layers_.contains(layer.stream)) {
            return fail(fmt::format("stream {} is in use already", tap::value(layer.stream)));
        }
    }

    TrackInfo info;
    info.participant = participant_.info.id;
    info.kind = media_kind(*codec);
    info.source = request.source;
    info.muted = request.muted;
    info.id = free_track_id(info);
    info.codec = sdp::codec_name(*codec);
    IncomingTrack::Config config;
    config.codec = *codec;
    config.payload_type = request.payload_type;
    config.keyframes_on_demand = request.keyframes_on_demand;
    config.rids.clear();
    for (const auto& layer : request.layers) {
        config.rids.push_back(layer.rid);
        if (request.layers.size() > 1) info.layers.push_back({layer.rid, 0, 0});
    }

    auto& track = *tracks_.emplace_back(
        std::make_unique<RoomTrack>(*this, std::move(info), *format, config, clock_));
    track.media.set_muted(request.muted);
    Track& entry = published_.emplace_back();
    entry.track = &track;
    for (std::size_t i = 0; i < request.layers.size(); ++i) {
        const auto stream = request.layers[i].stream;
        entry.streams.push_back(stream);
        layers_[stream] = {&track, static_cast<LayerIndex>(i), {}};
    }
    out_.control(tap::Published{entry.streams.front(), track.info.id}, now);
    room_.on_published(track, participant_, now);
    return track.info.id;
}

RoomTrack* TapPublisher::find(tap::StreamId stream) const {
    const auto found = layers_.find(stream);
    return found == layers_.end() ? nullptr : found->second.track;
}

bool TapPublisher::unpublish(const std::string& track_id, Instant now) {
    const auto found = std::find_if(published_.begin(), published_.end(), [&](const auto& entry) {
        return entry.track->info.id == track_id;
    });
    if (found == published_.end()) return false;
    RoomTrack& track = *found->track;
    published_.erase(found);
    std::erase_if(layers_, [&](const auto& entry) { return entry.second.track == &track; });
    destroy(track, services_.fan_out, now);
    return true;
}

void TapPublisher::unpublish_all(Instant now) {
    while (!published_.empty())
        unpublish(std::string{published_.back().track->info.id}, now);
}

void TapPublisher::receive(const tap::Record& record, Instant now) {
    const auto found = layers_.find(record.stream);
    if (found == layers_.end()) return; // unpublished meanwhile
    if (record.type == tap::RecordType::rtp) {
        receive_rtp(found->second, record, now);
    } else {
        receive_rtcp(found->second, record.body, now);
    }
}

void TapPublisher::receive_rtp(Layer& layer, const tap::Record& record, Instant now) {
    const auto packet = rtp::PacketView::parse(record.body);
    if (!packet) return;
    auto& track = *layer.track;
    auto& receiver = track.media.layer(layer.index);
    if (receiver.ssrc() != packet->ssrc()) track.media.bind(layer.index, packet->ssrc());
    // Before the packet: it is the first to be told its time by this.
    if (record.ntp.value != 0 && (!layer.mapped_at || now - *layer.mapped_at >= mapping_interval)) {
        layer.mapped_at = now;
        rtcp::SenderInfo report;
        report.ntp = record.ntp;
        report.rtp_timestamp = packet->timestamp();
        track.media.handle_sender_report(layer.index, report, now);
    }
    static const auto extensions = rtp::ExtensionMap::canonical();
    const auto* stored = track.media.receive(layer.index, *packet, extensions, now);
    if (stored == nullptr) return;
    if (stored->frame.width != 0) room_.on_layer_size(track, layer.index, now);
    if (track.info.kind == MediaKind::audio && !track.info.muted &&
        (stored->values & MediaPacket::has_audio_level) != 0) {
        room_.on_audio_level(participant_, stored->audio_level, now);
    }
    services_.fan_out.add(track, layer.index, *stored);
}

void TapPublisher::receive_rtcp(Layer& layer, Bytes compound, Instant now) {
    auto reader = rtcp::CompoundReader::open(compound);
    if (!reader) return;
    while (const auto item = reader->next()) {
        const auto* report = std::get_if<rtcp::SenderReport>(&*item);
        if (report == nullptr || report->sender.ntp.value == 0) continue;
        layer.mapped_at = now;
        layer.track->media.handle_sender_report(layer.index, report->sender, now);
    }
}

void TapPublisher::wake_by(Instant at, Instant now) {
    // Not at once: this is called in the middle of the fan-out.
    wake_(std::max(at, now));
}

void TapPublisher::poll(Instant now) {
    for (auto& entry : published_) {
        entry.track->media.take_feedback(
            now, [&](rtp::Ssrc ssrc, std::span<const std::uint16_t>, bool keyframe) {
                if (!keyframe) return;
                const auto index = entry.track->media.find_ssrc(ssrc).value_or(0);
                const auto reason = entry.track->media.layer(index).keyframes().reason();
                out_.control(tap::KeyframeWanted{entry.streams[index], reason}, now);
            });
        const bool wanted = !entry.track->subscriptions.empty();
        if (wanted == entry.wanted) continue;
        entry.wanted = wanted;
        out_.control(tap::Wanted{entry.streams.front(), wanted}, now);
    }
}

std::optional<Instant> TapPublisher::next_deadline() const {
    std::optional<Instant> next;
    for (const auto& entry : published_) {
        const auto due = entry.track->media.next_deadline();
        if (due && (!next || *due < *next)) next = due;
    }
    return next;
}

} // namespace parley::room
