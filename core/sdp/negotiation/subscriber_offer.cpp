#include "core/sdp/negotiation/subscriber_offer.hpp"

#include "core/sdp/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::sdp {

namespace {

const RoutedFormat& format_of(const SubscriberSlot& slot) {
    if (slot.format != nullptr) return *slot.format;
    return default_format(slot.kind == MediaKind::audio ? Codec::opus : Codec::vp8);
}

void write_codec(Media& media, const RoutedFormat& format) {
    PayloadType payload;
    payload.number = format.payload_type;
    payload.codec = codec_name(format.codec);
    payload.clock_rate = clock_rate(format.codec);
    payload.channels = format.channels();
    payload.fmtp = format.fmtp;
    if (format.kind() == MediaKind::video) {
        payload.feedback = {
            {"goog-remb", ""}, {"transport-cc", ""}, {"ccm", "fir"}, {"nack", ""}, {"nack", "pli"}};
    } else {
        payload.feedback = {{"transport-cc", ""}};
    }
    media.payload_types.push_back(std::move(payload));
    if (format.rtx_payload_type == 0) return;
    PayloadType rtx;
    rtx.number = format.rtx_payload_type;
    rtx.codec = "rtx";
    rtx.clock_rate = clock_rate(format.codec);
    rtx.fmtp = fmt::format("apt={}", format.payload_type);
    media.payload_types.push_back(std::move(rtx));
}

void write_extensions(Media& media, MediaKind kind) {
    const auto& map = canonical_extensions(kind);
    media.extmap_allow_mixed = map.mixed();
    for (const auto extension : rtp::all_extensions) {
        if (!map.has(extension)) continue;
        media.extensions.push_back(
            {map.id(extension), Direction::sendrecv, std::string{rtp::uri(extension)}});
    }
}

void announce(Media& media, const SubscriberSlot& slot) {
    media.msids = {slot.msid};
    media.sources.push_back({slot.ssrc, slot.cname, slot.msid});
    if (slot.rtx_ssrc == 0 || format_of(slot).rtx_payload_type == 0) return;
    media.source_groups = {{"FID", {slot.ssrc, slot.rtx_ssrc}}};
    media.sources.push_back({slot.rtx_ssrc, slot.cname, slot.msid});
}

rtp::ExtensionMap kept_extensions(const Media& answered, MediaKind kind) {
    const auto& canonical = canonical_extensions(kind);
    rtp::ExtensionMap kept;
    kept.set_mixed(answered.extmap_allow_mixed);
    for (const auto& line : answered.extensions) {
        const auto extension = rtp::from_uri(line.uri);
        // Offered for both directions: an answer may keep one of them. Ours is the answerer's
        // receiving one.
        if (!extension || !canonical.has(*extension) || line.id != canonical.id(*extension) ||
            line.direction == Direction::inactive || line.direction == Direction::sendonly) {
            continue;
        }
        kept.set(static_cast<std::uint8_t>(line.id), *extension);
    }
    return kept;
}

bool takes_rtx(const Media& answered, const RoutedFormat& format) {
    if (format.rtx_payload_type == 0) return false;
    const auto* const rtx = answered.payload_type(format.rtx_payload_type);
    if (rtx == nullptr || !text::equal_ignoring_case(rtx->codec, "rtx")) return false;
    const auto apt = fmtp_value(rtx->fmtp, "apt");
    return apt && text::number<std::uint8_t>(*apt) == format.payload_type;
}

SlotResult read_slot(const Media& answered, const SubscriberSlot& slot) {
    SlotResult result;
    result.mid = slot.mid;
    if (slot.stopped || answered.rejected()) {
        result.stopped = true;
        result.state = slot.active && !slot.stopped ? SlotState::unsupported : SlotState::inactive;
        return result;
    }
    const auto& format = format_of(slot);
    const auto* const payload = answered.payload_type(format.payload_type);
    if (payload == nullptr || match_format(*payload) != &format) {
        if (slot.active) result.state = SlotState::unsupported;
        return result;
    }
    result.rtx = takes_rtx(answered, format);
    result.extensions = kept_extensions(answered, slot.kind);
    for (const auto& [type, parameter] : payload->feedback) {
        auto& feedback = result.feedback;
        if (type == "nack" && parameter.empty()) feedback.nack = true;
        if (type == "nack" && parameter == "pli") feedback.nack_pli = true;
        if (type == "ccm" && parameter == "fir") feedback.ccm_fir = true;
        if (type == "goog-remb") feedback.goog_remb = true;
        if (type == "transport-cc") {
            feedback.transport_cc = result.extensions.has(rtp::Extension::transport_cc);
        }
    }
    const bool receives =
        answered.direction == Direction::recvonly || answered.direction == Direction::sendrecv;
    result.state = slot.active && receives ? SlotState::accepted : SlotState::inactive;
    return result;
}

std::string_view section_name(MediaKind kind) {
    return kind == MediaKind::audio ? "audio" : "video";
}

} // namespace

SessionDescription make_subscriber_offer(std::span<const SubscriberSlot> slots,
                                         const LocalTransport& local) {
    SessionDescription offer;
    offer.origin = {"-", local.session_id, fmt::to_string(local.version)};
    offer.ice_lite = true;
    Group bundle{"BUNDLE", {}};
    for (const auto& slot : slots) {
        auto& media = offer.media.emplace_back();
        media.kind = slot.kind == MediaKind::audio ? SectionKind::audio : SectionKind::video;
        media.mid = slot.mid;
        write_codec(media, format_of(slot));
        if (slot.stopped) {
            media.port = 0;
            media.direction = Direction::inactive;
            continue;
        }
        media.direction = slot.active ? Direction::sendonly : Direction::inactive;
        media.rtcp_rsize = true;
        write_extensions(media, slot.kind);
        if (slot.active) announce(media, slot);
        // All sections have the port and credentials of the first: to repeat them where
        // bundle-only and port zero would do is what every client understands.
        write_transport(media, local, Setup::actpass, bundle.mids.empty());
        bundle.mids.push_back(slot.mid);
    }
    if (!bundle.mids.empty()) offer.groups = {std::move(bundle)};
    return offer;
}

Result<SubscriberAnswer> apply_subscriber_answer(const SessionDescription& answer,
                                                 std::span<const SubscriberSlot> slots) {
    if (answer.media.size() != slots.size()) {
        return fail(fmt::format("the answer has {} m-lines, the offer {}", answer.media.size(),
                                slots.size()));
    }
    SubscriberAnswer result;
    const Media* transport = nullptr;
    const auto* const bundle = answer.bundle();
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const auto& answered = answer.media[i];
        const auto& slot = slots[i];
        const auto kind = slot.kind == MediaKind::audio ? SectionKind::audio : SectionKind::video;
        if (answered.kind != kind) {
            return fail(
                fmt::format("m-line {} of the answer is not {}", i, section_name(slot.kind)));
        }
        // A rejected section may come without its mid (RFC 8829, section 5.3.1).
        if (answered.mid != slot.mid && !(answered.rejected() && answered.mid.empty())) {
            return fail(fmt::format("m-line {} of the answer has the mid \"{}\", the offer's is "
                                    "\"{}\"",
                                    i, answered.mid, slot.mid));
        }
        result.slots.push_back(read_slot(answered, slot));
        if (answered.rejected()) continue;
        if (slot.stopped) {
            return fail(fmt::format("m-line {} was offered with port zero", slot.mid));
        }
        ++accepted;
        const bool bundled =
            bundle != nullptr &&
            std::find(bundle->mids.begin(), bundle->mids.end(), slot.mid) != bundle->mids.end();
        if (!bundled && (bundle != nullptr || accepted > 1)) {
            return fail(fmt::format("m-line {} is not in the answer's BUNDLE group", slot.mid));
        }
        if (!answered.rtcp_mux) {
            return fail(fmt::format("m-line {} of the answer has no a=rtcp-mux", slot.mid));
        }
        if (transport == nullptr || (bundled && bundle->mids.front() == slot.mid)) {
            transport = &answered;
        }
    }
    if (transport != nullptr) {
        auto remote = answered_transport(answer, *transport);
        if (!remote) return tl::make_unexpected(remote.error());
        result.remote = std::move(*remote);
    }
    return result;
}

} // namespace parley::sdp
