#include "core/sdp/negotiation/viewer_answer.hpp"

#include "core/sdp/negotiation/answer_parts.hpp"

#include <fmt/format.h>

namespace parley::sdp {

namespace {

/// The same m-line in the answer before; null when there was none that got a codec.
const ViewedMedia* find_previous(const Media& offered, std::span<const ViewedMedia> previous,
                                 std::size_t index) {
    if (index >= previous.size() || previous[index].mid != offered.mid ||
        previous[index].codec.format == nullptr) {
        return nullptr;
    }
    return &previous[index];
}

void announce(Media& answer, const ViewerSource& source, const ViewedMedia& media) {
    answer.msids = {source.msid};
    if (media.rtx_ssrc != 0) {
        answer.source_groups = {{"FID", {media.ssrc, media.rtx_ssrc}}};
    }
    answer.sources.push_back({media.ssrc, source.cname, source.msid});
    if (media.rtx_ssrc != 0) answer.sources.push_back({media.rtx_ssrc, source.cname, source.msid});
}

} // namespace

Result<ViewerAnswer> answer_viewer(const SessionDescription& offer, const LocalTransport& local,
                                   const ViewerSettings& settings,
                                   std::span<const ViewedMedia> previous) {
    if (offer.media.empty()) return fail("the offer has no m-lines");
    if (offer.media.size() > settings.max_media) {
        return fail(fmt::format("the offer has {} m-lines, {} are allowed", offer.media.size(),
                                settings.max_media));
    }
    if (offer.media.size() < previous.size()) {
        return fail("the offer has fewer m-lines than the one before: m-lines are stopped, never "
                    "left out");
    }

    ViewerAnswer result;
    BundleGate gate{offer};
    bool used[2] = {false, false}; // audio, video
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        const auto& offered = offer.media[i];
        auto& media = result.media.emplace_back();
        media.mid = offered.mid;
        if (offered.kind == SectionKind::video) media.kind = MediaKind::video;
        const auto& source = media.kind == MediaKind::audio ? settings.audio : settings.video;

        const auto* const before = find_previous(offered, previous, i);
        media.reason = gate.refusal(offered);
        auto codec = std::optional<NegotiatedCodec>{};
        if (media.reason.empty()) {
            if (before != nullptr) codec = find_codec(offered, *before->codec.format);
            if (!codec) {
                codec = choose_codec(offered,
                                     source ? std::span<const RoutedFormat* const>{source->formats}
                                            : std::span<const RoutedFormat* const>{},
                                     settings.video_codecs);
            }
            if (!codec) media.reason = "no codec of it is used in this room";
        }
        if (!codec) {
            result.answer.media.push_back(rejected_media(offered));
            continue;
        }
        gate.accepted();
        media.codec = std::move(*codec);
        media.extensions = choose_extensions(offered, true);
        media.codec.feedback.transport_cc &= media.extensions.has(rtp::Extension::transport_cc);

        auto& taken = used[media.kind == MediaKind::audio ? 0 : 1];
        const bool receives =
            offered.direction == Direction::sendrecv || offered.direction == Direction::recvonly;
        const bool sends = receives && source && !taken;
        media.state = sends ? MediaState::active : MediaState::inactive;
        auto answered = answer_media(offered, media.codec, media.extensions,
                                     sends ? Direction::sendonly : Direction::inactive);
        if (sends) {
            taken = true;
            // What flows already goes on under its names.
            const bool flows = before != nullptr && before->ssrc != 0;
            media.ssrc = flows ? before->ssrc : source->ssrc;
            if (media.codec.rtx_payload_type) {
                media.rtx_ssrc = flows ? before->rtx_ssrc : source->rtx_ssrc;
            }
            announce(answered, *source, media);
        }
        result.answer.media.push_back(std::move(answered));
    }
    auto remote = finish_answer(result.answer, offer, local);
    if (!remote) return tl::make_unexpected(remote.error());
    result.remote = std::move(*remote);
    return result;
}

} // namespace parley::sdp
