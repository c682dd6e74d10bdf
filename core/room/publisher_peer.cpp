#include "core/room/publisher_peer.hpp"

#include "core/base/log.hpp"
#include "core/room/participant.hpp"
#include "core/room/room.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtp/packet.hpp"

#include <algorithm>
#include <array>

namespace parley::room {

namespace {

constexpr Duration report_interval = 1s;
constexpr std::size_t max_bindings = 64; ///< SSRCs of one publisher

TrackSource default_source(MediaKind kind) {
    return kind == MediaKind::audio ? TrackSource::microphone : TrackSource::camera;
}

} // namespace

PublisherPeer::PublisherPeer(Services& services, Room& room, Participant& participant, Instant now)
    : Peer{services, participant, "publisher", now}
    , Publisher{room}
    , clock_{services.config.wall}
    , next_report_{now + report_interval} {}

void PublisherPeer::unpublish_all(Instant now) {
    while (!tracks_.empty())
        unpublish(*tracks_.back(), now);
    for (auto& section : sections_)
        section.track = nullptr;
}

bool PublisherPeer::is_foreign(const sdp::SessionDescription& offer) const {
    // Two of one program may have one certificate, as webrtcbin's do, but never one session id
    // (RFC 8829, section 5.2.1).
    if (!session_id_.empty() && offer.origin.session_id != session_id_) return true;
    for (const auto& media : offer.media) {
        if (media.rejected() || !media.rtp()) continue;
        const auto remote = sdp::offered_transport(offer, media);
        return remote && !accepts(*remote);
    }
    return false;
}

Result<AnswerEvent> PublisherPeer::apply(const Offer& offer, Instant now) {
    const auto parsed = sdp::parse(offer.sdp);
    if (!parsed) return tl::make_unexpected(parsed.error());

    for (const auto& media : parsed->media) {
        if (media.rejected() || media.ice_ufrag.empty()) continue;
        if (!remote_ufrag().empty() && media.ice_ufrag != remote_ufrag()) restart_ice(now);
        break;
    }
    sdp::PublisherSettings settings;
    settings.video_codecs = services_.config.video_codecs;
    auto answered = sdp::answer_publisher(*parsed, local_transport(), settings, negotiated_);
    if (!answered) return tl::make_unexpected(answered.error());
    if (answered->remote) {
        if (auto done = set_remote(*answered->remote, now); !done) {
            return tl::make_unexpected(done.error());
        }
    }

    session_id_ = parsed->origin.session_id;
    AnswerEvent event;
    event.connection = name();
    sections_.resize(answered->media.size());
    for (std::size_t i = 0; i < sections_.size(); ++i) {
        const auto& media = answered->media[i];
        auto& section = sections_[i];
        const bool same = section.track != nullptr &&
                          &section.track->format == media.codec.format &&
                          section.media.rids == media.rids;
        const bool active = media.state == sdp::MediaState::active;
        if (section.track != nullptr && !(active && same)) {
            unpublish(*section.track, now);
            section.track = nullptr;
        }
        if (active && section.track == nullptr) {
            section.track = &publish(media, offer, now);
        }
        section.media = media;
        if (section.track != nullptr) event.tracks.push_back({media.mid, section.track->info.id});
        if (media.state == sdp::MediaState::rejected) continue;
        for (const auto extension : rtp::all_extensions) {
            if (const auto id = media.extensions.id(extension)) extensions_.set(id, extension);
        }
        transport_cc_ |= media.codec.feedback.transport_cc;
        remb_ |= media.codec.feedback.goog_remb;
    }
    negotiated_ = std::move(answered->media);
    event.sdp = sdp::to_string(answered->answer);
    return event;
}

RoomTrack& PublisherPeer::publish(const sdp::PublishedMedia& media, const Offer& offer,
                                  Instant now) {
    TrackInfo info;
    info.participant = participant_.info.id;
    info.kind = media.kind;
    info.source = default_source(media.kind);
    for (const auto& announced : offer.tracks) {
        if (announced.mid != media.mid) continue;
        const bool is_audio = announced.source == TrackSource::microphone ||
                              announced.source == TrackSource::screen_audio;
        if (is_audio == (media.kind == MediaKind::audio)) info.source = announced.source;
        info.muted = announced.muted;
    }
    info.id = free_track_id(info);
    info.codec = sdp::codec_name(media.codec.format->codec);

    IncomingTrack::Config config;
    config.codec = media.codec.format->codec;
    config.payload_type = media.codec.payload_type;
    config.rtx_payload_type = media.codec.rtx_payload_type;
    config.nack = media.codec.feedback.nack;
    config.keyframes_on_demand = media.codec.feedback.nack_pli || media.codec.feedback.ccm_fir;
    if (!media.rids.empty()) {
        config.rids = media.rids;
    } else if (media.kind == MediaKind::video && media.sources.size() > 1) {
        config.rids.clear();
        for (std::size_t i = 0; i < media.sources.size(); ++i) {
            config.rids.push_back(std::to_string(i));
        }
    }
    if (config.rids.size() > max_layers) config.rids.resize(max_layers);
    if (config.rids.size() > 1) {
        for (const auto& rid : config.rids)
            info.layers.push_back({rid, 0, 0});
    }

    auto& track = *tracks_.emplace_back(
        std::make_unique<RoomTrack>(*this, std::move(info), *media.codec.format, config, clock_));
    track.media.set_muted(track.info.muted);
    if (media.rids.empty()) {
        for (std::size_t i = 0; i < std::min(media.sources.size(), config.rids.size()); ++i) {
            const auto layer = static_cast<LayerIndex>(i);
            bind({rtp::Ssrc{media.sources[i].ssrc}, &track, layer, false});
            if (media.sources[i].rtx_ssrc) {
                bind({rtp::Ssrc{*media.sources[i].rtx_ssrc}, &track, layer, true});
            }
        }
    }
    room_.on_published(track, participant_, now);
    return track;
}

bool PublisherPeer::unpublish(const std::string& track_id, Instant now) {
    for (auto& section : sections_) {
        if (section.track == nullptr || section.track->info.id != track_id) continue;
        unpublish(*section.track, now);
        section.track = nullptr;
        return true;
    }
    return false;
}

void PublisherPeer::unpublish(RoomTrack& track, Instant now) {
    std::erase_if(bindings_, [&](const auto& binding) { return binding.track == &track; });
    destroy(track, services_.fan_out, now);
}

void PublisherPeer::bind(const Binding& binding) {
    std::erase_if(bindings_, [&](const auto& old) { return old.ssrc == binding.ssrc; });
    if (bindings_.size() == max_bindings) bindings_.erase(bindings_.begin());
    bindings_.push_back(binding);
    if (binding.retransmission) {
        binding.track->media.bind_rtx(binding.layer, binding.ssrc);
    } else {
        binding.track->media.bind(binding.layer, binding.ssrc);
    }
}

const PublisherPeer::Binding* PublisherPeer::find(rtp::Ssrc ssrc) {
    for (const auto& binding : bindings_) {
        if (binding.ssrc == ssrc) return &binding;
    }
    return nullptr;
}

// RFC 8843, section 9.2: mid first, then payload types that only one m-line has.
const PublisherPeer::Binding* PublisherPeer::learn(const rtp::PacketView& packet) {
    const auto text = [&](rtp::Extension extension) {
        const auto id = extensions_.id(extension);
        return id == 0 ? std::string_view{} : as_text(packet.find(id));
    };
    const auto mid = text(rtp::Extension::mid);
    const auto rid = text(rtp::Extension::rid);
    const auto repaired_rid = text(rtp::Extension::repaired_rid);

    for (auto& section : sections_) {
        if (section.track == nullptr) continue;
        const auto& codec = section.media.codec;
        const bool media_type = packet.payload_type() == codec.payload_type;
        const bool rtx_type = codec.rtx_payload_type == packet.payload_type();
        if (!media_type && !rtx_type) continue;
        if (!mid.empty() && mid != section.media.mid) continue;
        if (mid.empty()) {
            const auto same_type =
                std::count_if(sections_.begin(), sections_.end(), [&](const auto& other) {
                    return other.track != nullptr &&
                           (other.media.codec.payload_type == packet.payload_type() ||
                            other.media.codec.rtx_payload_type == packet.payload_type());
                });
            if (same_type > 1) return nullptr;
        }
        auto& track = *section.track;
        LayerIndex layer = 0;
        if (track.media.layer_count() > 1) {
            const auto found = track.media.find_rid(rtx_type ? repaired_rid : rid);
            if (!found) return nullptr;
            layer = *found;
        }
        bind({packet.ssrc(), &track, layer, rtx_type});
        log::debug("room", "{}: ssrc {} is layer {}{}", track.info.id, rtp::value(packet.ssrc()),
                   layer, rtx_type ? ", retransmissions" : "");
        return &bindings_.back();
    }
    return nullptr;
}

void PublisherPeer::on_connected(Instant now) {
    for (auto& track : tracks_) {
        if (track->media.kind() != MediaKind::video || track->subscriptions.empty()) continue;
        for (LayerIndex layer = 0; layer < track->media.layer_count(); ++layer) {
            track->media.request_keyframe(layer, KeyframeReason::new_subscription, now);
        }
    }
    tick_by(now);
}

void PublisherPeer::on_rtp(const Transport::Received& received, Instant now) {
    const auto packet = rtp::PacketView::parse(received.plaintext);
    if (!packet) return;
    if (transport_cc_) {
        const auto sequence = packet->find(extensions_.id(rtp::Extension::transport_cc));
        if (sequence.size() >= 2) {
            twcc_.on_packet(load_be16(sequence.data()), rtp::value(packet->ssrc()), now);
        }
    }
    const auto* binding = find(packet->ssrc());
    if (binding == nullptr) binding = learn(*packet);
    if (binding == nullptr) return;

    auto& track = *binding->track;
    const auto layer = binding->layer;
    const auto* stored = binding->retransmission
                             ? track.media.receive_rtx(layer, *packet, extensions_, now)
                             : track.media.receive(layer, *packet, extensions_, now);
    if (stored != nullptr) {
        if (stored->frame.width != 0) room_.on_layer_size(track, layer, now);
        if (track.info.kind == MediaKind::audio) note_level(track, *stored, now);
        services_.fan_out.add(track, layer, *stored);
    }
    if (const auto deadline = twcc_.next_deadline()) tick_by(*deadline);
    reschedule(now);
}

void PublisherPeer::note_level(RoomTrack& track, const MediaPacket& packet, Instant now) {
    if ((packet.values & MediaPacket::has_audio_level) == 0 || track.info.muted) return;
    room_.on_audio_level(participant_, packet.audio_level, now);
}

void PublisherPeer::on_rtcp(Bytes compound, Instant now) {
    auto reader = rtcp::CompoundReader::open(compound);
    if (!reader) return;
    while (const auto item = reader->next()) {
        if (const auto* report = std::get_if<rtcp::SenderReport>(&*item)) {
            const auto* binding = find(rtp::Ssrc{report->sender.ssrc});
            if (binding == nullptr || binding->retransmission) continue;
            if (clock_.on_sender_report(report->sender.ntp, now)) {
                binding->track->media.handle_sender_report(binding->layer, report->sender, now);
            }
        } else if (const auto* dlrr = std::get_if<rtcp::XrDlrr>(&*item)) {
            for (const auto& entry : dlrr->entries) {
                if (entry.ssrc != rtcp_ssrc_) continue;
                if (!rtt_.on_dlrr(entry, services_.config.wall.ntp_at(now))) continue;
                for (auto& track : tracks_)
                    track->media.set_rtt(*rtt_.smoothed());
            }
        }
    }
}

Instant PublisherPeer::on_tick(Instant now) {
    send_feedback(now);
    if (now >= next_report_) {
        send_report(now);
        next_report_ = now + report_interval;
    }
    auto next = next_report_;
    for (const auto& track : tracks_) {
        if (const auto deadline = track->media.next_deadline()) next = std::min(next, *deadline);
    }
    if (const auto deadline = twcc_.next_deadline()) next = std::min(next, *deadline);
    return next;
}

/// What cannot wait: NACK, PLI and transport-wide feedback.
void PublisherPeer::send_feedback(Instant now) {
    if (!transport_.connected()) return;
    std::array<std::uint8_t, max_rtcp_size> buffer;
    rtcp::CompoundBuilder out{buffer};
    const auto begin = [&] {
        // A full compound packet (RFC 3550, section 6.1): not every peer takes reduced-size ones.
        out.clear();
        out.receiver_report(rtcp_ssrc_);
        out.sdes_cname(rtcp_ssrc_, "parley");
    };
    begin();
    const auto empty_size = out.size();
    for (auto& track : tracks_) {
        track->media.take_feedback(
            now, [&](rtp::Ssrc ssrc, std::span<const std::uint16_t> missing, bool keyframe) {
                while (!missing.empty()) {
                    const auto done = out.nack(rtcp_ssrc_, rtp::value(ssrc), missing);
                    missing = missing.subspan(done);
                    if (missing.empty()) break;
                    send_rtcp(out);
                    begin();
                }
                if (!keyframe) return;
                if (!out.pli(rtcp_ssrc_, rtp::value(ssrc))) {
                    send_rtcp(out);
                    begin();
                    out.pli(rtcp_ssrc_, rtp::value(ssrc));
                }
            });
    }
    while (transport_cc_ && twcc_.feedback(rtcp_ssrc_, now, out)) {
        send_rtcp(out);
        begin();
    }
    if (out.size() > empty_size) send_rtcp(out);
}

void PublisherPeer::send_report(Instant now) {
    if (!transport_.connected()) return;
    std::vector<rtcp::ReportBlock> blocks;
    for (auto& track : tracks_)
        track->media.append_reports(now, blocks);
    std::array<std::uint8_t, max_rtcp_size> buffer;
    rtcp::CompoundBuilder out{buffer};
    out.receiver_report(rtcp_ssrc_, blocks);
    out.sdes_cname(rtcp_ssrc_, "parley");
    out.xr_receiver_reference_time(rtcp_ssrc_, services_.config.wall.ntp_at(now));

    if (remb_ && !transport_cc_) {
        // A publisher with transport-cc estimates by itself from our feedback; the others are told.
        std::uint64_t expected = 0;
        std::uint64_t received = 0;
        std::vector<std::uint32_t> ssrcs;
        for (const auto& track : tracks_) {
            if (track->info.kind != MediaKind::video) continue;
            for (LayerIndex i = 0; i < track->media.layer_count(); ++i) {
                const auto& layer = track->media.layer(i);
                if (!layer.ssrc()) continue;
                ssrcs.push_back(rtp::value(*layer.ssrc()));
                expected += layer.reception().expected();
                received += layer.reception().received();
            }
        }
        bitrate_.on_packets(expected - std::min(expected, last_expected_),
                            received - std::min(received, last_received_));
        last_expected_ = expected;
        last_received_ = received;
        if (bitrate_.update(now) && !ssrcs.empty()) {
            out.remb(rtcp_ssrc_, bitrate_.bitrate(), ssrcs);
        }
    }
    send_rtcp(out);
}

void PublisherPeer::append_stats(RoomStats& stats, Instant now) const {
    append_track_stats(stats, now);
}

} // namespace parley::room
