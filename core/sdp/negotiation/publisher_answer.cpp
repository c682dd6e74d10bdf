#include "core/sdp/negotiation/publisher_answer.hpp"

#include "core/sdp/negotiation/answer_parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace parley::sdp {

namespace {

std::vector<AnnouncedSource> read_sources(const Media& offered) {
    std::vector<std::uint32_t> primaries;
    std::vector<AnnouncedSource> sources;
    const auto repair_of = [&](std::uint32_t ssrc) -> std::optional<std::uint32_t> {
        for (const auto& group : offered.source_groups) {
            if (group.semantics == "FID" && group.ssrcs.size() == 2 && group.ssrcs[0] == ssrc) {
                return group.ssrcs[1];
            }
        }
        return std::nullopt;
    };
    const auto is_repair = [&](std::uint32_t ssrc) {
        return std::any_of(offered.source_groups.begin(), offered.source_groups.end(),
                           [&](const SourceGroup& group) {
                               return (group.semantics == "FID" || group.semantics == "FEC-FR") &&
                                      group.ssrcs.size() == 2 && group.ssrcs[1] == ssrc;
                           });
    };
    const auto sim = std::find_if(offered.source_groups.begin(), offered.source_groups.end(),
                                  [](const SourceGroup& g) { return g.semantics == "SIM"; });
    if (sim != offered.source_groups.end()) primaries = sim->ssrcs;
    for (const auto& source : offered.sources) {
        if (sim == offered.source_groups.end() && !is_repair(source.ssrc)) {
            primaries.push_back(source.ssrc);
        }
    }
    for (const auto ssrc : primaries) {
        const auto known = std::any_of(sources.begin(), sources.end(),
                                       [&](const AnnouncedSource& s) { return s.ssrc == ssrc; });
        if (!known) sources.push_back({ssrc, repair_of(ssrc)});
    }
    return sources;
}

void read_msid(const Media& offered, PublishedMedia& result) {
    if (!offered.msids.empty()) result.msid = offered.msids.front();
    for (const auto& source : offered.sources) {
        if (result.cname.empty()) result.cname = source.cname;
        if (offered.msids.empty() && source.msid && result.msid.stream.empty()) {
            result.msid = *source.msid;
        }
    }
}

/// Answers simulcast by rid (RFC 8853, section 5.3.2): of alternatives the first one is taken.
void answer_simulcast(const Media& offered, std::size_t max_layers, PublishedMedia& result,
                      Media& answer) {
    const bool can_tell_apart = result.extensions.has(rtp::Extension::rid);
    if (!can_tell_apart) return;
    for (const auto& stream : offered.simulcast.send) {
        if (result.rids.size() == max_layers) break;
        const auto usable = std::find_if(stream.begin(), stream.end(), [&](const auto& rid) {
            return std::any_of(offered.rids.begin(), offered.rids.end(), [&](const Rid& line) {
                return line.id == rid.id && line.direction == RidDirection::send;
            });
        });
        if (usable == stream.end()) continue;
        const auto again = std::find(result.rids.begin(), result.rids.end(), usable->id);
        if (again == result.rids.end()) result.rids.push_back(usable->id);
    }
    for (const auto& id : result.rids) {
        answer.rids.push_back({id, RidDirection::receive, ""});
        answer.simulcast.receive.push_back({SimulcastRid{id, false}});
    }
}

/// The codec that this mid had, while the offer still has it.
std::optional<NegotiatedCodec>
keep_codec(const Media& offered, std::span<const PublishedMedia> previous, std::size_t index) {
    if (index >= previous.size() || previous[index].mid != offered.mid ||
        previous[index].codec.format == nullptr) {
        return std::nullopt;
    }
    return find_codec(offered, *previous[index].codec.format);
}

} // namespace

Result<PublisherAnswer> answer_publisher(const SessionDescription& offer,
                                         const LocalTransport& local,
                                         const PublisherSettings& settings,
                                         std::span<const PublishedMedia> previous) {
    if (offer.media.empty()) return fail("the offer has no m-lines");
    if (offer.media.size() > settings.max_media) {
        return fail(fmt::format("the offer has {} m-lines, {} are allowed", offer.media.size(),
                                settings.max_media));
    }
    if (offer.media.size() < previous.size()) {
        return fail(fmt::format("the offer has {} m-lines, the one before had {}: m-lines are "
                                "stopped, never left out",
                                offer.media.size(), previous.size()));
    }

    PublisherAnswer result;
    BundleGate gate{offer};
    for (std::size_t i = 0; i < offer.media.size(); ++i) {
        const auto& offered = offer.media[i];
        auto& media = result.media.emplace_back();
        media.mid = offered.mid;
        if (offered.kind == SectionKind::video) media.kind = MediaKind::video;

        media.reason = gate.refusal(offered);
        auto codec = std::optional<NegotiatedCodec>{};
        if (media.reason.empty()) {
            codec = keep_codec(offered, previous, i);
            if (!codec) codec = choose_codec(offered, {}, settings.video_codecs);
            if (!codec) media.reason = "no codec of it is used in this room";
        }
        if (!codec) {
            result.answer.media.push_back(rejected_media(offered));
            continue;
        }
        gate.accepted();
        const bool sends =
            offered.direction == Direction::sendrecv || offered.direction == Direction::sendonly;
        media.state = sends ? MediaState::active : MediaState::inactive;
        media.codec = std::move(*codec);
        media.extensions = choose_extensions(offered, false);
        // Feedback by transport-wide numbers needs the numbers.
        media.codec.feedback.transport_cc &= media.extensions.has(rtp::Extension::transport_cc);
        read_msid(offered, media);
        auto answered = answer_media(offered, media.codec, media.extensions,
                                     sends ? Direction::recvonly : Direction::inactive);
        if (sends) {
            media.sources = read_sources(offered);
            answer_simulcast(offered, settings.max_layers, media, answered);
        }
        result.answer.media.push_back(std::move(answered));
    }
    auto remote = finish_answer(result.answer, offer, local);
    if (!remote) return tl::make_unexpected(remote.error());
    result.remote = std::move(*remote);
    return result;
}

} // namespace parley::sdp
