// Writes a session description.
#include "core/sdp/session_description.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

namespace parley::sdp {

namespace {

std::string_view kind_name(const Media& media) {
    switch (media.kind) {
    case SectionKind::audio:
        return "audio";
    case SectionKind::video:
        return "video";
    case SectionKind::application:
        return "application";
    case SectionKind::other:
        break;
    }
    return media.other_kind;
}

std::string_view direction_name(Direction direction) {
    switch (direction) {
    case Direction::sendrecv:
        return "sendrecv";
    case Direction::sendonly:
        return "sendonly";
    case Direction::recvonly:
        return "recvonly";
    case Direction::inactive:
        break;
    }
    return "inactive";
}

std::string_view setup_name(Setup setup) {
    switch (setup) {
    case Setup::actpass:
        return "actpass";
    case Setup::active:
        return "active";
    case Setup::passive:
        return "passive";
    case Setup::holdconn:
        break;
    }
    return "holdconn";
}

std::string_view address_family(std::string_view address) {
    return address.find(':') == std::string_view::npos ? "IP4" : "IP6";
}

class Writer {
  public:
    std::string write(const SessionDescription& description);

  private:
    template <class... Args>
    void line(fmt::format_string<Args...> format, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
        out_ += "\r\n";
    }
    void media(const Media& media);
    void transport(const Media& media);
    void payload_type(const PayloadType& payload_type);
    void sources(const Media& media);
    void simulcast(const Media& media);

    std::string out_;
};

std::string Writer::write(const SessionDescription& d) {
    line("v=0");
    line("o={} {} {} IN IP4 127.0.0.1", d.origin.username, d.origin.session_id, d.origin.version);
    line("s=-");
    line("t=0 0");
    for (const auto& group : d.groups) {
        line("a=group:{}{}{}", group.semantics, group.mids.empty() ? "" : " ",
             fmt::join(group.mids, " "));
    }
    if (d.ice_lite) line("a=ice-lite");
    for (const auto& m : d.media)
        media(m);
    return std::move(out_);
}

void Writer::media(const Media& m) {
    fmt::format_to(std::back_inserter(out_), "m={} {} {}", kind_name(m), m.port, m.protocol);
    for (const auto& payload : m.payload_types)
        fmt::format_to(std::back_inserter(out_), " {}", payload.number);
    for (const auto& format : m.formats)
        fmt::format_to(std::back_inserter(out_), " {}", format);
    line("");
    line("c=IN {} {}", address_family(m.address), m.address);

    transport(m);
    if (!m.mid.empty()) line("a=mid:{}", m.mid);
    if (m.bundle_only) line("a=bundle-only");
    if (m.extmap_allow_mixed) line("a=extmap-allow-mixed");
    for (const auto& extension : m.extensions) {
        const bool plain = extension.direction == Direction::sendrecv;
        line("a=extmap:{}{}{} {}", extension.id, plain ? "" : "/",
             plain ? "" : direction_name(extension.direction), extension.uri);
    }
    line("a={}", direction_name(m.direction));
    for (const auto& msid : m.msids)
        line("a=msid:{}{}{}", msid.stream, msid.track.empty() ? "" : " ", msid.track);
    if (m.rtcp_mux) line("a=rtcp-mux");
    if (m.rtcp_rsize) line("a=rtcp-rsize");
    for (const auto& payload : m.payload_types)
        payload_type(payload);
    if (m.sctp_port) line("a=sctp-port:{}", *m.sctp_port);
    for (const auto& rid : m.rids) {
        line("a=rid:{} {}{}{}", rid.id, rid.direction == RidDirection::send ? "send" : "recv",
             rid.restrictions.empty() ? "" : " ", rid.restrictions);
    }
    simulcast(m);
    sources(m);
}

void Writer::transport(const Media& m) {
    for (const auto& candidate : m.candidates)
        line("a={}", to_string(candidate));
    if (m.end_of_candidates) line("a=end-of-candidates");
    if (!m.ice_ufrag.empty()) line("a=ice-ufrag:{}", m.ice_ufrag);
    if (!m.ice_pwd.empty()) line("a=ice-pwd:{}", m.ice_pwd);
    if (!m.ice_options.empty()) line("a=ice-options:{}", fmt::join(m.ice_options, " "));
    for (const auto& fingerprint : m.fingerprints) {
        line("a=fingerprint:{} {:02X}", fingerprint.algorithm, fmt::join(fingerprint.digest, ":"));
    }
    if (m.setup) line("a=setup:{}", setup_name(*m.setup));
}

void Writer::payload_type(const PayloadType& p) {
    if (!p.codec.empty()) {
        if (p.channels > 1) {
            line("a=rtpmap:{} {}/{}/{}", p.number, p.codec, p.clock_rate, p.channels);
        } else {
            line("a=rtpmap:{} {}/{}", p.number, p.codec, p.clock_rate);
        }
    }
    for (const auto& feedback : p.feedback) {
        line("a=rtcp-fb:{} {}{}{}", p.number, feedback.type, feedback.parameter.empty() ? "" : " ",
             feedback.parameter);
    }
    if (!p.fmtp.empty()) line("a=fmtp:{} {}", p.number, p.fmtp);
}

void Writer::simulcast(const Media& m) {
    if (m.simulcast.empty()) return;
    out_ += "a=simulcast:";
    const auto list = [this](std::string_view direction,
                             const std::vector<SimulcastStream>& streams) {
        out_ += direction;
        char separator = ' ';
        for (const auto& stream : streams) {
            for (const auto& rid : stream) {
                out_ += separator;
                if (rid.paused) out_ += '~';
                out_ += rid.id;
                separator = ',';
            }
            separator = ';';
        }
    };
    if (!m.simulcast.send.empty()) list("send", m.simulcast.send);
    if (!m.simulcast.send.empty() && !m.simulcast.receive.empty()) out_ += ' ';
    if (!m.simulcast.receive.empty()) list("recv", m.simulcast.receive);
    line("");
}

void Writer::sources(const Media& m) {
    for (const auto& group : m.source_groups)
        line("a=ssrc-group:{} {}", group.semantics, fmt::join(group.ssrcs, " "));
    for (const auto& source : m.sources) {
        if (!source.cname.empty()) line("a=ssrc:{} cname:{}", source.ssrc, source.cname);
        if (source.msid) {
            line("a=ssrc:{} msid:{}{}{}", source.ssrc, source.msid->stream,
                 source.msid->track.empty() ? "" : " ", source.msid->track);
        }
        if (source.cname.empty() && !source.msid) line("a=ssrc:{}", source.ssrc);
    }
}

} // namespace

std::string to_string(const SessionDescription& description) {
    return Writer{}.write(description);
}

} // namespace parley::sdp
