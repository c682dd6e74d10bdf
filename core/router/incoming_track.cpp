#include "core/router/incoming_track.hpp"

#include <algorithm>

namespace parley {

namespace {
constexpr Duration review_interval = 100ms;
constexpr Duration level_lifetime = 500ms;
/// A source that makes keyframes when it likes is joined from the ring: it must reach back to one.
constexpr Duration long_history = 12s;
} // namespace

IncomingTrack::IncomingTrack(const Config& config, const PublisherClock& clock) : config_{config} {
    if (config_.rids.empty()) config_.rids.emplace_back();
    if (config_.rids.size() > max_layers) config_.rids.resize(max_layers);
    for (const auto& rid : config_.rids) {
        LayerReceiver::Config layer;
        layer.codec = config_.codec;
        layer.payload_type = config_.payload_type;
        layer.rid = rid;
        layer.nack = config_.nack;
        if (kind() == MediaKind::video && !config_.keyframes_on_demand) {
            layer.history = long_history;
        }
        layers_.push_back(std::make_unique<LayerReceiver>(layer, clock));
    }
}

std::optional<LayerIndex> IncomingTrack::find_rid(std::string_view rid) const {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (layers_[i]->rid() == rid) return static_cast<LayerIndex>(i);
    }
    return std::nullopt;
}

std::optional<LayerIndex> IncomingTrack::find_ssrc(rtp::Ssrc ssrc) const {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (layers_[i]->ssrc() == ssrc) return static_cast<LayerIndex>(i);
    }
    return std::nullopt;
}

const MediaPacket* IncomingTrack::receive(LayerIndex layer, const rtp::PacketView& view,
                                          const rtp::ExtensionMap& extensions, Instant now) {
    const MediaPacket* packet = layers_[layer]->receive(view, extensions, now);
    if (packet != nullptr && (packet->values & MediaPacket::has_audio_level) != 0) {
        audio_level_ = packet->audio_level;
        audio_level_at_ = now;
    }
    if (now - reviewed_ >= review_interval || layers_revision_ == 0) review_layers(now);
    return packet;
}

const MediaPacket* IncomingTrack::receive_rtx(LayerIndex layer, const rtp::PacketView& view,
                                              const rtp::ExtensionMap& extensions, Instant now) {
    if (config_.rtx_payload_type != view.payload_type()) return nullptr;
    return layers_[layer]->receive_rtx(view, extensions, now);
}

void IncomingTrack::handle_sender_report(LayerIndex layer, const rtcp::SenderInfo& report,
                                         Instant now) {
    layers_[layer]->handle_sender_report(report.ntp, report.rtp_timestamp, now);
}

void IncomingTrack::set_rtt(Duration rtt) {
    for (auto& layer : layers_)
        layer->set_rtt(rtt);
}

std::optional<Instant> IncomingTrack::next_deadline() const {
    std::optional<Instant> earliest;
    for (const auto& layer : layers_) {
        const auto deadline = layer->next_deadline();
        if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
    }
    return earliest;
}

void IncomingTrack::append_reports(Instant now, std::vector<rtcp::ReportBlock>& out) {
    for (auto& layer : layers_) {
        if (const auto block = layer->report(now)) out.push_back(*block);
    }
}

void IncomingTrack::request_keyframe(LayerIndex layer, KeyframeReason reason, Instant now) {
    if (layer >= layers_.size() || kind() != MediaKind::video || !config_.keyframes_on_demand) {
        return;
    }
    layers_[layer]->keyframes().request(reason, now);
}

bool IncomingTrack::layer_active(LayerIndex layer) const {
    const auto last = layers_[layer]->last_packet();
    if (!last) return false;
    return std::none_of(layers_.begin(), layers_.end(), [&](const auto& other) {
        return other->last_packet() && *other->last_packet() - *last > layer_silence;
    });
}

LayerIndex IncomingTrack::choose(const LayerChoice& choice) const {
    const bool exact = choice.kind == LayerChoice::Kind::rid && choice.exact;
    if (layers_.size() == 1) {
        return exact && layers_.front()->rid() != choice.rid ? no_layer : LayerIndex{0};
    }
    std::array<LayerIndex, max_layers> storage{};
    std::size_t count = 0;
    bool sizes_known = true;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const auto layer = static_cast<LayerIndex>(i);
        if (!layer_active(layer)) continue;
        storage[count++] = layer;
        sizes_known = sizes_known && layers_[i]->width() != 0;
    }
    if (count == 0) return no_layer;
    const std::span<LayerIndex> ranked{storage.data(), count}; // lowest first
    std::sort(ranked.begin(), ranked.end(), [&](LayerIndex a, LayerIndex b) {
        if (!sizes_known) return peak_bitrate_[a] < peak_bitrate_[b];
        const auto area = [&](LayerIndex i) {
            return unsigned{layers_[i]->width()} * layers_[i]->height();
        };
        return area(a) < area(b);
    });
    switch (choice.kind) {
    case LayerChoice::Kind::highest:
        return ranked.back();
    case LayerChoice::Kind::lowest:
        return ranked.front();
    case LayerChoice::Kind::rid:
        for (const LayerIndex layer : ranked) {
            if (layers_[layer]->rid() == choice.rid) return layer;
        }
        return exact ? no_layer : ranked.back();
    case LayerChoice::Kind::fit:
        break;
    }
    LayerIndex best = ranked.front();
    for (const LayerIndex i : ranked) {
        const auto& layer = *layers_[i];
        const bool fits = layer.width() != 0 &&
                          (choice.max_width == 0 || layer.width() <= choice.max_width) &&
                          (choice.max_height == 0 || layer.height() <= choice.max_height);
        if (fits) best = i;
    }
    return best;
}

void IncomingTrack::review_layers(Instant now) {
    reviewed_ = now;
    std::uint32_t seen = 1;
    if (layers_.size() > 1) {
        for (std::size_t i = 0; i < layers_.size(); ++i) {
            peak_bitrate_[i] = std::max(peak_bitrate_[i], layers_[i]->bits_per_second(now));
        }
        // Which one a choice by rank means; this covers codecs that do not tell sizes.
        seen += choose({LayerChoice::Kind::highest, {}, 0, 0}) * 16U;
        seen += choose({LayerChoice::Kind::lowest, {}, 0, 0});
    }
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const auto& layer = *layers_[i];
        const std::uint32_t size = std::uint32_t{layer.width()} << 16 | layer.height();
        const bool active = layer_active(static_cast<LayerIndex>(i));
        seen = (seen ^ size ^ (active ? 0x80008000U : 0U)) * 0x01000193U + 1;
    }
    if (seen == layers_seen_) return;
    layers_seen_ = seen;
    ++layers_revision_;
}

rtp::AudioLevel IncomingTrack::audio_level(Instant now) const {
    if (muted_ || !audio_level_at_ || now - *audio_level_at_ > level_lifetime) return {};
    return audio_level_;
}

bool IncomingTrack::active(Instant now) const {
    return std::any_of(layers_.begin(), layers_.end(), [&](const auto& layer) {
        return layer->last_packet() && now - *layer->last_packet() <= 1s;
    });
}

} // namespace parley
