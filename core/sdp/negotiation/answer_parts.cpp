#include "core/sdp/negotiation/answer_parts.hpp"

#include "core/sdp/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::sdp {

namespace {

bool in_group(const Group& group, std::string_view mid) {
    return std::find(group.mids.begin(), group.mids.end(), mid) != group.mids.end();
}

Feedback read_feedback(const PayloadType& payload) {
    Feedback result;
    for (const auto& [type, parameter] : payload.feedback) {
        if (type == "nack" && parameter.empty()) result.nack = true;
        if (type == "nack" && parameter == "pli") result.nack_pli = true;
        if (type == "ccm" && parameter == "fir") result.ccm_fir = true;
        if (type == "transport-cc" && parameter.empty()) result.transport_cc = true;
        if (type == "goog-remb" && parameter.empty()) result.goog_remb = true;
    }
    return result;
}

/// The parameters that we answer to those offered: the profile as it was offered, since with
/// level-asymmetry-allowed its level binds only the offerer, and without it must be the same.
std::string answer_fmtp(const RoutedFormat& format, std::string_view offered) {
    switch (format.codec) {
    case Codec::opus: {
        const auto stereo = fmtp_value(offered, "stereo").value_or("0") == "1" ||
                            fmtp_value(offered, "sprop-stereo").value_or("0") == "1";
        return fmt::format("{}{}", format.fmtp, stereo ? ";stereo=1" : "");
    }
    case Codec::h264: {
        const auto level = fmtp_value(offered, "profile-level-id").value_or("42e01f");
        const auto asymmetric = fmtp_value(offered, "level-asymmetry-allowed").value_or("0") == "1";
        return fmt::format("{}packetization-mode={};profile-level-id={}",
                           asymmetric ? "level-asymmetry-allowed=1;" : "",
                           fmtp_value(offered, "packetization-mode").value_or("0"), level);
    }
    case Codec::vp9: {
        const auto profile = fmtp_value(offered, "profile-id");
        return profile ? fmt::format("profile-id={}", *profile) : std::string{};
    }
    case Codec::av1:
    case Codec::h265:
        return std::string{offered};
    case Codec::vp8: // max-fs and max-fr limit what the offerer receives, and we send no such
                     // limits
    case Codec::pcmu:
    case Codec::pcma:
        break;
    }
    return {};
}

bool usable_protocol(std::string_view protocol) {
    // RFC 8829, section 5.1.2: all of these mean the same to an end that uses DTLS-SRTP.
    constexpr std::string_view known[] = {"UDP/TLS/RTP/SAVPF",  "UDP/TLS/RTP/SAVP",
                                          "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP",
                                          "RTP/SAVPF",          "RTP/SAVP"};
    return std::find(std::begin(known), std::end(known), protocol) != std::end(known);
}

std::optional<NegotiatedCodec> read_codec(const Media& offered, const PayloadType& payload,
                                          const RoutedFormat& format) {
    NegotiatedCodec codec;
    codec.format = &format;
    codec.payload_type = payload.number;
    codec.fmtp = answer_fmtp(format, payload.fmtp);
    codec.feedback = read_feedback(payload);
    for (const auto& other : offered.payload_types) {
        if (!text::equal_ignoring_case(other.codec, "rtx") ||
            other.clock_rate != payload.clock_rate) {
            continue;
        }
        const auto apt = fmtp_value(other.fmtp, "apt");
        if (apt && text::number<std::uint8_t>(*apt) == payload.number) {
            codec.rtx_payload_type = other.number;
            break;
        }
    }
    return codec;
}

} // namespace

BundleGate::BundleGate(const SessionDescription& offer) : bundle_{offer.bundle()} {}

std::string BundleGate::refusal(const Media& media) {
    if (media.kind == SectionKind::application) return "data channels are not supported";
    if (!media.rtp()) return fmt::format("media of the kind {} is not supported", media.other_kind);
    if (media.rejected()) return "the offer stopped it";
    if (!usable_protocol(media.protocol)) {
        return fmt::format("the protocol {} is not supported, UDP/TLS/RTP/SAVPF is",
                           media.protocol);
    }
    if (bundle_ != nullptr) {
        if (media.mid.empty() || !in_group(*bundle_, media.mid)) {
            return "it is not in the BUNDLE group, and there is one transport only";
        }
    } else if (taken_) {
        return "the offer has no BUNDLE group, and there is one transport only";
    }
    return {};
}

std::optional<NegotiatedCodec> find_codec(const Media& offered, const RoutedFormat& wanted) {
    for (const auto& payload : offered.payload_types) {
        if (match_format(payload) == &wanted) return read_codec(offered, payload, wanted);
    }
    return std::nullopt;
}

std::optional<NegotiatedCodec> choose_codec(const Media& offered,
                                            std::span<const RoutedFormat* const> preferred,
                                            std::span<const Codec> video_codecs) {
    for (const auto* const wanted : preferred) {
        if (wanted == nullptr) continue;
        if (auto codec = find_codec(offered, *wanted)) return codec;
    }
    const auto kind = offered.kind == SectionKind::audio ? MediaKind::audio : MediaKind::video;
    constexpr Codec audio_codecs[] = {Codec::opus, Codec::pcmu, Codec::pcma};
    const auto order =
        kind == MediaKind::audio ? std::span<const Codec>{audio_codecs} : video_codecs;
    for (const auto codec : order) {
        for (const auto& format : routed_formats()) {
            if (format.codec != codec || format.kind() != kind) continue;
            if (auto result = find_codec(offered, format)) return result;
        }
    }
    return std::nullopt;
}

rtp::ExtensionMap choose_extensions(const Media& offered, bool we_send) {
    const auto kind = offered.kind == SectionKind::audio ? MediaKind::audio : MediaKind::video;
    rtp::ExtensionMap map;
    map.set_mixed(offered.extmap_allow_mixed);
    const auto blocked = we_send ? Direction::sendonly : Direction::recvonly;
    for (const auto& line : offered.extensions) {
        const auto extension = rtp::from_uri(line.uri);
        if (!extension || line.id > 255 || line.direction == blocked ||
            line.direction == Direction::inactive) {
            continue;
        }
        // rid and repaired-rid tell a publisher's layers apart; a viewer gets one stream.
        const bool layers =
            *extension == rtp::Extension::rid || *extension == rtp::Extension::repaired_rid;
        const bool wanted = layers ? kind == MediaKind::video && !we_send
                                   : canonical_extensions(kind).has(*extension);
        if (wanted) map.set(static_cast<std::uint8_t>(line.id), *extension);
    }
    return map;
}

Media answer_media(const Media& offered, const NegotiatedCodec& codec,
                   const rtp::ExtensionMap& extensions, Direction direction) {
    Media media;
    media.kind = offered.kind;
    media.protocol = offered.protocol;
    media.mid = offered.mid;
    media.direction = direction;
    media.rtcp_mux = true;
    media.rtcp_rsize = offered.rtcp_rsize;
    media.extmap_allow_mixed = extensions.mixed();

    const auto* const chosen = offered.payload_type(codec.payload_type);
    PayloadType payload = *chosen;
    payload.fmtp = codec.fmtp;
    payload.feedback.clear();
    const auto& feedback = codec.feedback;
    if (feedback.goog_remb) payload.feedback.push_back({"goog-remb", ""});
    if (feedback.transport_cc) payload.feedback.push_back({"transport-cc", ""});
    if (feedback.ccm_fir) payload.feedback.push_back({"ccm", "fir"});
    if (feedback.nack) payload.feedback.push_back({"nack", ""});
    if (feedback.nack_pli) payload.feedback.push_back({"nack", "pli"});
    media.payload_types.push_back(std::move(payload));
    if (codec.rtx_payload_type) {
        PayloadType rtx;
        rtx.number = *codec.rtx_payload_type;
        rtx.codec = "rtx";
        rtx.clock_rate = chosen->clock_rate;
        rtx.fmtp = fmt::format("apt={}", codec.payload_type);
        media.payload_types.push_back(std::move(rtx));
    }

    for (const auto& line : offered.extensions) {
        const auto extension = rtp::from_uri(line.uri);
        if (!extension || extensions.id(*extension) != line.id) continue;
        // RFC 8285, section 7: an extension of one direction is answered with the other.
        const auto answered = line.direction == Direction::sendonly   ? Direction::recvonly
                              : line.direction == Direction::recvonly ? Direction::sendonly
                                                                      : Direction::sendrecv;
        media.extensions.push_back({line.id, answered, line.uri});
    }
    return media;
}

Media rejected_media(const Media& offered) {
    Media media;
    media.kind = offered.kind;
    media.other_kind = offered.other_kind;
    media.protocol = offered.protocol;
    media.mid = offered.mid;
    media.port = 0;
    media.direction = Direction::inactive;
    // The grammar wants a format; what it says does not matter any more.
    if (!offered.payload_types.empty()) {
        media.payload_types.push_back(offered.payload_types.front());
        media.payload_types.front().feedback.clear();
    }
    if (!offered.formats.empty()) media.formats.push_back(offered.formats.front());
    return media;
}

Result<std::optional<RemoteTransport>> finish_answer(SessionDescription& answer,
                                                     const SessionDescription& offer,
                                                     const LocalTransport& local) {
    answer.origin = {"-", local.session_id, fmt::to_string(local.version)};
    answer.ice_lite = true;

    // The tagged section, which carries the transport, is the first of the offer's group that is
    // left (RFC 8843, section 7.3.1).
    std::vector<std::size_t> accepted;
    const auto* const bundle = offer.bundle();
    if (bundle != nullptr) {
        Group group{"BUNDLE", {}};
        for (const auto& mid : bundle->mids) {
            const auto at = std::find_if(answer.media.begin(), answer.media.end(),
                                         [&](const Media& m) { return m.mid == mid; });
            if (at == answer.media.end() || at->rejected() || in_group(group, mid)) continue;
            group.mids.push_back(mid);
            accepted.push_back(static_cast<std::size_t>(at - answer.media.begin()));
        }
        if (!accepted.empty()) answer.groups = {std::move(group)};
    } else {
        for (std::size_t i = 0; i < answer.media.size(); ++i) {
            if (!answer.media[i].rejected()) accepted.push_back(i);
        }
    }
    if (accepted.empty()) return std::optional<RemoteTransport>{};

    // An offered bundle-only section has no transport of its own: then it is in the offer's tagged
    // section, even if that one is refused (RFC 8843, section 7.2.1).
    const auto* source = &offer.media[accepted.front()];
    if (source->ice_ufrag.empty() && bundle != nullptr && !bundle->mids.empty()) {
        if (const auto* const tagged = offer.find(bundle->mids.front())) source = tagged;
    }
    auto remote = offered_transport(offer, *source);
    if (!remote) return tl::make_unexpected(remote.error());
    if (remote->setup == Setup::actpass) remote->dtls_client = local.dtls_client.value_or(false);
    for (const auto index : accepted) {
        if (!offer.media[index].rtcp_mux) {
            return fail(fmt::format("m-line {} has no a=rtcp-mux, and RTCP has no port of its own "
                                    "here",
                                    offer.media[index].mid));
        }
        write_transport(answer.media[index], local,
                        remote->dtls_client ? Setup::active : Setup::passive,
                        index == accepted.front());
    }
    return std::optional<RemoteTransport>{std::move(*remote)};
}

} // namespace parley::sdp
