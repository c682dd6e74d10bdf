// Parses a session description, line by line.
#include "core/sdp/session_description.hpp"
#include "core/sdp/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parley::sdp {

namespace {

std::optional<Direction> direction_of(std::string_view name) {
    if (name == "sendrecv") return Direction::sendrecv;
    if (name == "sendonly") return Direction::sendonly;
    if (name == "recvonly") return Direction::recvonly;
    if (name == "inactive") return Direction::inactive;
    return std::nullopt;
}

SectionKind kind_of(std::string_view name) {
    if (name == "audio") return SectionKind::audio;
    if (name == "video") return SectionKind::video;
    if (name == "application") return SectionKind::application;
    return SectionKind::other;
}

std::size_t digest_size(std::string_view algorithm) {
    if (algorithm == "sha-1") return 20;
    if (algorithm == "sha-224") return 28;
    if (algorithm == "sha-256") return 32;
    if (algorithm == "sha-384") return 48;
    if (algorithm == "sha-512") return 64;
    return 0;
}

std::optional<std::uint8_t> hex_digit(char c) {
    if (text::is_digit(c)) return static_cast<std::uint8_t>(c - '0');
    const char l = text::lower(c);
    if (l >= 'a' && l <= 'f') return static_cast<std::uint8_t>(l - 'a' + 10);
    return std::nullopt;
}

bool is_rid(std::string_view id) {
    return !id.empty() && id.size() <= 255 && std::all_of(id.begin(), id.end(), [](char c) {
        return text::is_alphanumeric(c) || c == '-' || c == '_';
    });
}

/// What is wrong with the line at hand; the empty text means nothing is.
using Fault = std::string_view;
constexpr Fault none{};

constexpr std::size_t max_feedback = 32; // a payload type

class Parser {
  public:
    explicit Parser(const Limits& limits) : limits_{limits} {}
    Result<SessionDescription> parse(std::string_view text);

  private:
    using Handler = Fault (Parser::*)(std::string_view value);
    struct Attribute {
        std::string_view name;
        Handler handler;
        bool in_session; ///< means something before the first m= line
    };
    static const std::array<Attribute, 27> attributes;

    Fault line(std::string_view line);
    Fault origin(std::string_view value);
    Fault media_line(std::string_view value);
    Fault connection(std::string_view value);
    Fault attribute(std::string_view value);
    Fault finish_media();

    Fault group(std::string_view value);
    Fault ice_lite(std::string_view value);
    Fault ice_ufrag(std::string_view value);
    Fault ice_pwd(std::string_view value);
    Fault ice_options(std::string_view value);
    Fault fingerprint(std::string_view value);
    Fault setup(std::string_view value);
    Fault extmap(std::string_view value);
    Fault extmap_allow_mixed(std::string_view value);
    Fault mid(std::string_view value);
    Fault rtpmap(std::string_view value);
    Fault fmtp(std::string_view value);
    Fault rtcp_fb(std::string_view value);
    Fault ssrc(std::string_view value);
    Fault ssrc_group(std::string_view value);
    Fault msid(std::string_view value);
    Fault rid(std::string_view value);
    Fault simulcast(std::string_view value);
    Fault candidate(std::string_view value);
    Fault end_of_candidates(std::string_view value);
    Fault rtcp_mux(std::string_view value);
    Fault rtcp_rsize(std::string_view value);
    Fault bundle_only(std::string_view value);
    Fault sctp_port(std::string_view value);
    template <Direction direction>
    Fault set_direction(std::string_view) {
        target().direction = direction;
        return none;
    }

    /// The media section at hand, or before the first one what all of them inherit.
    Media& target() { return in_media_ ? out_.media.back() : session_; }
    PayloadType* find_payload_type(std::string_view word);
    Source* find_source(std::uint32_t ssrc);

    const Limits& limits_;
    SessionDescription out_;
    Media session_;
    std::vector<RtcpFeedback> feedback_for_all_;
    bool in_media_ = false;
    bool seen_origin_ = false;
};

const std::array<Parser::Attribute, 27> Parser::attributes{{
    {"candidate", &Parser::candidate, false},
    {"rtcp-fb", &Parser::rtcp_fb, false},
    {"rtpmap", &Parser::rtpmap, false},
    {"fmtp", &Parser::fmtp, false},
    {"extmap", &Parser::extmap, true},
    {"ssrc", &Parser::ssrc, false},
    {"ssrc-group", &Parser::ssrc_group, false},
    {"mid", &Parser::mid, false},
    {"msid", &Parser::msid, false},
    {"rid", &Parser::rid, false},
    {"simulcast", &Parser::simulcast, false},
    {"sendrecv", &Parser::set_direction<Direction::sendrecv>, true},
    {"sendonly", &Parser::set_direction<Direction::sendonly>, true},
    {"recvonly", &Parser::set_direction<Direction::recvonly>, true},
    {"inactive", &Parser::set_direction<Direction::inactive>, true},
    {"rtcp-mux", &Parser::rtcp_mux, false},
    {"rtcp-mux-only", &Parser::rtcp_mux, false},
    {"rtcp-rsize", &Parser::rtcp_rsize, false},
    {"bundle-only", &Parser::bundle_only, false},
    {"ice-ufrag", &Parser::ice_ufrag, true},
    {"ice-pwd", &Parser::ice_pwd, true},
    {"ice-options", &Parser::ice_options, true},
    {"fingerprint", &Parser::fingerprint, true},
    {"setup", &Parser::setup, true},
    {"end-of-candidates", &Parser::end_of_candidates, true},
    {"extmap-allow-mixed", &Parser::extmap_allow_mixed, true},
    {"sctp-port", &Parser::sctp_port, false},
}};

Result<SessionDescription> Parser::parse(std::string_view text) {
    if (text.size() > limits_.bytes) {
        return fail(fmt::format("the session description has {} bytes, {} are allowed", text.size(),
                                limits_.bytes));
    }
    std::size_t number = 0;
    bool seen_version = false;
    for (auto rest = text; !rest.empty();) {
        auto current = text::take_until(rest, '\n');
        ++number;
        if (!current.empty() && current.back() == '\r') current.remove_suffix(1);
        if (current.empty()) continue;

        Fault fault = none;
        if (!seen_version) {
            seen_version = true;
            if (current != "v=0") fault = "a session description starts with \"v=0\"";
        } else {
            fault = line(current);
        }
        if (!fault.empty()) {
            // What is quoted goes into logs and to other people: printable, and not too long.
            std::string quoted{current.substr(0, 80)};
            std::replace_if(
                quoted.begin(), quoted.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
            return fail(fmt::format("line {} \"{}\": {}", number, quoted, fault));
        }
    }
    if (in_media_) {
        if (const auto fault = finish_media(); !fault.empty()) {
            return fail(fmt::format("at the end: {}", fault));
        }
    }
    if (!seen_version) return fail("the session description is empty");
    if (!seen_origin_) return fail("the session description has no o= line");
    return std::move(out_);
}

Fault Parser::line(std::string_view line) {
    if (line.size() < 2 || line[1] != '=') return "a line is a letter, \"=\" and a value";
    // A bare carriage return inside a line would become a line of its own where it is written.
    if (std::any_of(line.begin(), line.end(), [](char c) {
            return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127;
        })) {
        return "there is a control character in it";
    }
    const auto value = text::trim(line.substr(2));
    switch (line[0]) {
    case 'o':
        return in_media_ ? none : origin(value);
    case 'm':
        return media_line(value);
    case 'c':
        return connection(value);
    case 'a':
        return attribute(value);
    default:
        return line[0] >= 'a' && line[0] <= 'z' ? none : "no such line";
    }
}

Fault Parser::origin(std::string_view value) {
    const auto username = text::take_word(value);
    const auto session_id = text::take_word(value);
    const auto version = text::take_word(value);
    const auto digits = [](std::string_view word) {
        return !word.empty() && word.size() <= 40 &&
               std::all_of(word.begin(), word.end(), text::is_digit);
    };
    if (username.empty() || !digits(session_id) || !digits(version)) {
        return "o= needs a name, a session id and a version";
    }
    out_.origin = {std::string{username}, std::string{session_id}, std::string{version}};
    seen_origin_ = true;
    return none;
}

Fault Parser::media_line(std::string_view value) {
    if (in_media_) {
        if (const auto fault = finish_media(); !fault.empty()) return fault;
    }
    if (out_.media.size() >= limits_.media) return "too many media sections";

    Media media;
    const auto kind = text::take_word(value);
    auto port_text = text::take_word(value);
    const auto port = text::number<std::uint16_t>(text::take_until(port_text, '/'));
    const auto protocol = text::take_word(value);
    if (!text::is_token(kind) || !port || protocol.empty() || value.empty()) {
        return "m= needs a kind of media, a port, a protocol and formats";
    }
    media.kind = kind_of(kind);
    if (media.kind == SectionKind::other) media.other_kind = kind;
    media.port = *port;
    media.protocol = protocol;
    media.address = session_.address;
    media.direction = session_.direction;

    const bool rtp = protocol.find("RTP/") != std::string_view::npos;
    while (!value.empty()) {
        if (media.payload_types.size() + media.formats.size() >= limits_.payload_types) {
            return "too many formats";
        }
        const auto format = text::take_word(value);
        if (!rtp) {
            if (!text::is_token(format)) return "a format of m= is no token";
            media.formats.emplace_back(format);
            continue;
        }
        const auto number = text::number<std::uint8_t>(format);
        if (!number || *number > 127) return "a payload type is a number from 0 to 127";
        // webrtcbin before 1.26 may list a number twice: the first one counts.
        if (!media.payload_type(*number)) media.payload_types.push_back({.number = *number});
    }
    out_.media.push_back(std::move(media));
    feedback_for_all_.clear();
    in_media_ = true;
    return none;
}

Fault Parser::connection(std::string_view value) {
    const auto network = text::take_word(value);
    text::take_word(value); // IP4 or IP6, which the address says again
    auto rest = text::take_word(value);
    const auto address = text::take_until(rest, '/');
    if (network != "IN" || address.empty() ||
        !std::all_of(address.begin(), address.end(), [](char c) {
            return text::is_alphanumeric(c) || c == '.' || c == ':' || c == '-';
        })) {
        return "c= needs \"IN IP4\" or \"IN IP6\" and an address";
    }
    target().address = address;
    return none;
}

Fault Parser::attribute(std::string_view value) {
    const auto name = text::take_until(value, ':');
    if (!in_media_) {
        if (name == "group") return group(value);
        if (name == "ice-lite") return ice_lite(value);
    }
    const auto at = std::find_if(attributes.begin(), attributes.end(),
                                 [&](const Attribute& entry) { return entry.name == name; });
    if (at == attributes.end() || !(in_media_ || at->in_session)) return none;
    return (this->*at->handler)(text::trim(value));
}

/// Inheritance, and what could be said before its payload type was.
Fault Parser::finish_media() {
    auto& m = out_.media.back();
    if (m.ice_ufrag.empty() && m.ice_pwd.empty()) {
        m.ice_ufrag = session_.ice_ufrag;
        m.ice_pwd = session_.ice_pwd;
    }
    if (m.ice_options.empty()) m.ice_options = session_.ice_options;
    if (m.fingerprints.empty()) m.fingerprints = session_.fingerprints;
    if (!m.setup) m.setup = session_.setup;
    m.extmap_allow_mixed |= session_.extmap_allow_mixed;
    m.end_of_candidates |= session_.end_of_candidates;
    if (m.rtp()) {
        for (const auto& extension : session_.extensions) {
            if (m.extensions.size() < limits_.extensions) m.extensions.push_back(extension);
        }
    }
    for (auto& payload : m.payload_types) {
        for (const auto& feedback : feedback_for_all_) {
            if (payload.feedback.size() < max_feedback &&
                std::find(payload.feedback.begin(), payload.feedback.end(), feedback) ==
                    payload.feedback.end()) {
                payload.feedback.push_back(feedback);
            }
        }
        if (!payload.codec.empty()) continue;
        // RFC 3551, section 6: numbers that need no rtpmap.
        const auto name = payload.number == 0   ? "PCMU"
                          : payload.number == 8 ? "PCMA"
                          : payload.number == 9 ? "G722"
                                                : "";
        if (m.kind == SectionKind::audio && *name != '\0') {
            payload.codec = name;
            payload.clock_rate = 8000;
        }
    }
    if (!m.mid.empty()) {
        const auto same = std::count_if(out_.media.begin(), out_.media.end(),
                                        [&](const Media& other) { return other.mid == m.mid; });
        if (same > 1) return "the media section before this repeats the mid of another";
    }
    return none;
}

Fault Parser::group(std::string_view value) {
    Group result;
    result.semantics = text::take_word(value);
    if (!text::is_token(result.semantics)) return "a group needs semantics";
    if (out_.groups.size() >= 8) return "too many groups";
    while (!value.empty()) {
        const auto word = text::take_word(value);
        if (!text::is_token(word)) return "a group lists mids";
        if (result.mids.size() >= limits_.media) return "too many mids in a group";
        result.mids.emplace_back(word);
    }
    out_.groups.push_back(std::move(result));
    return none;
}

Fault Parser::ice_lite(std::string_view) {
    out_.ice_lite = true;
    return none;
}

Fault Parser::ice_ufrag(std::string_view value) {
    if (!text::is_ice_chars(value) || value.size() < 4 || value.size() > 256) {
        return "a ufrag has 4 to 256 ICE characters";
    }
    target().ice_ufrag = value;
    return none;
}

Fault Parser::ice_pwd(std::string_view value) {
    if (!text::is_ice_chars(value) || value.size() < 22 || value.size() > 256) {
        return "an ICE password has 22 to 256 ICE characters";
    }
    target().ice_pwd = value;
    return none;
}

Fault Parser::ice_options(std::string_view value) {
    auto& options = target().ice_options;
    while (!value.empty()) {
        const auto option = text::take_word(value);
        if (options.size() >= 16) return "too many ICE options";
        options.emplace_back(option);
    }
    return none;
}

Fault Parser::fingerprint(std::string_view value) {
    Fingerprint result;
    result.algorithm = text::to_lower(text::take_word(value));
    const auto size = digest_size(result.algorithm);
    if (size == 0) return none; // RFC 8122, section 5: others are passed over
    while (!value.empty()) {
        const auto pair = text::take_until(value, ':');
        const auto high = pair.size() == 2 ? hex_digit(pair[0]) : std::nullopt;
        const auto low = pair.size() == 2 ? hex_digit(pair[1]) : std::nullopt;
        if (!high || !low) return "a fingerprint is pairs of hex digits with colons between";
        result.digest.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
    }
    if (result.digest.size() != size) return "the fingerprint's length is not its algorithm's";
    auto& list = target().fingerprints;
    if (list.size() >= 8) return "too many fingerprints";
    list.push_back(std::move(result));
    return none;
}

Fault Parser::setup(std::string_view value) {
    if (value == "actpass") {
        target().setup = Setup::actpass;
    } else if (value == "active") {
        target().setup = Setup::active;
    } else if (value == "passive") {
        target().setup = Setup::passive;
    } else if (value == "holdconn") {
        target().setup = Setup::holdconn;
    } else {
        return "setup is actpass, active, passive or holdconn";
    }
    return none;
}

Fault Parser::extmap(std::string_view value) {
    HeaderExtensionLine result;
    auto numbers = text::take_word(value);
    const auto id = text::number<std::uint16_t>(text::take_until(numbers, '/'));
    if (!id || *id == 0) return "an extmap's id is a number from 1";
    result.id = *id;
    if (!numbers.empty()) {
        const auto direction = direction_of(numbers);
        if (!direction) return "an extmap's direction is sendrecv, sendonly, recvonly or inactive";
        result.direction = *direction;
    }
    result.uri = text::take_word(value); // what may follow are attributes of that extension
    if (result.uri.empty()) return "an extmap needs a URI";
    auto& list = target().extensions;
    if (list.size() >= limits_.extensions) return "too many header extensions";
    list.push_back(std::move(result));
    return none;
}

Fault Parser::extmap_allow_mixed(std::string_view) {
    target().extmap_allow_mixed = true;
    return none;
}

Fault Parser::mid(std::string_view value) {
    if (!text::is_token(value) || value.size() > 64)
        return "a mid is a token of 1 to 64 characters";
    if (!target().mid.empty()) return "a media section has one mid";
    target().mid = value;
    return none;
}

PayloadType* Parser::find_payload_type(std::string_view word) {
    const auto number = text::number<std::uint8_t>(word);
    if (!number) return nullptr;
    auto& list = out_.media.back().payload_types;
    const auto at = std::find_if(list.begin(), list.end(),
                                 [&](const PayloadType& p) { return p.number == *number; });
    return at == list.end() ? nullptr : &*at;
}

Fault Parser::rtpmap(std::string_view value) {
    const auto number = text::take_word(value);
    auto rest = text::take_word(value);
    const auto codec = text::take_until(rest, '/');
    const auto clock_rate = text::number<std::uint32_t>(text::take_until(rest, '/'));
    const auto channels = rest.empty() ? std::uint8_t{1} : text::number<std::uint8_t>(rest);
    if (!text::number<std::uint8_t>(number) || !text::is_token(codec) || !clock_rate ||
        *clock_rate == 0 || !channels || *channels == 0) {
        return "an rtpmap is a payload type, then codec/clock rate and maybe /channels";
    }
    auto* const payload = find_payload_type(number);
    if (payload == nullptr || !payload->codec.empty()) return none;
    payload->codec = codec;
    payload->clock_rate = *clock_rate;
    payload->channels = *channels;
    return none;
}

Fault Parser::fmtp(std::string_view value) {
    const auto number = text::take_word(value);
    if (!text::number<std::uint8_t>(number) || value.empty()) {
        return "an fmtp is a payload type and parameters";
    }
    auto* const payload = find_payload_type(number);
    if (payload == nullptr) return none;
    if (!payload->fmtp.empty()) payload->fmtp += ';';
    payload->fmtp += value;
    return none;
}

Fault Parser::rtcp_fb(std::string_view value) {
    const auto number = text::take_word(value);
    RtcpFeedback feedback;
    feedback.type = text::take_word(value);
    feedback.parameter = value;
    if ((number != "*" && !text::number<std::uint8_t>(number)) || feedback.type.empty()) {
        return "an rtcp-fb is a payload type or \"*\", and a kind of feedback";
    }
    if (number == "*") {
        if (feedback_for_all_.size() >= max_feedback) return "too much feedback";
        feedback_for_all_.push_back(std::move(feedback));
    } else if (auto* const payload = find_payload_type(number)) {
        if (payload->feedback.size() >= max_feedback) return "too much feedback";
        payload->feedback.push_back(std::move(feedback));
    }
    return none;
}

Source* Parser::find_source(std::uint32_t ssrc) {
    auto& list = out_.media.back().sources;
    const auto at = std::find_if(list.begin(), list.end(),
                                 [&](const Source& source) { return source.ssrc == ssrc; });
    if (at != list.end()) return &*at;
    if (list.size() >= limits_.sources) return nullptr;
    return &list.emplace_back(Source{.ssrc = ssrc});
}

Msid split_msid(std::string_view value) {
    Msid result;
    result.stream = text::take_word(value);
    result.track = text::take_word(value);
    return result;
}

Fault Parser::ssrc(std::string_view value) {
    const auto number = text::number<std::uint32_t>(text::take_word(value));
    if (!number) return "an ssrc is a number below 2^32";
    auto* const source = find_source(*number);
    if (source == nullptr) return "too many sources";
    const auto name = text::take_until(value, ':');
    if (name == "cname") source->cname = value;
    if (name == "msid" && !value.empty()) source->msid = split_msid(value);
    return none;
}

Fault Parser::ssrc_group(std::string_view value) {
    SourceGroup group;
    group.semantics = text::take_word(value);
    if (!text::is_token(group.semantics)) return "an ssrc-group needs semantics";
    while (!value.empty()) {
        const auto number = text::number<std::uint32_t>(text::take_word(value));
        if (!number) return "an ssrc-group lists numbers below 2^32";
        if (group.ssrcs.size() >= limits_.sources) return "too many sources in a group";
        group.ssrcs.push_back(*number);
    }
    auto& list = out_.media.back().source_groups;
    if (list.size() >= limits_.sources) return "too many source groups";
    list.push_back(std::move(group));
    return none;
}

Fault Parser::msid(std::string_view value) {
    auto result = split_msid(value);
    if (result.stream.empty()) return "an msid needs the id of a stream, or \"-\"";
    auto& list = out_.media.back().msids;
    if (list.size() >= limits_.sources) return "too many msids";
    list.push_back(std::move(result));
    return none;
}

Fault Parser::rid(std::string_view value) {
    Rid result;
    result.id = text::take_word(value);
    const auto direction = text::take_word(value);
    if (!is_rid(result.id)) return "a rid is letters, digits, \"-\" and \"_\"";
    if (direction == "send") {
        result.direction = RidDirection::send;
    } else if (direction == "recv") {
        result.direction = RidDirection::receive;
    } else {
        return "a rid's direction is send or recv";
    }
    result.restrictions = value;
    auto& list = out_.media.back().rids;
    if (list.size() >= limits_.rids) return "too many rids";
    if (std::any_of(list.begin(), list.end(), [&](const Rid& r) { return r.id == result.id; })) {
        return "a rid is listed twice";
    }
    list.push_back(std::move(result));
    return none;
}

Fault Parser::simulcast(std::string_view value) {
    auto& result = out_.media.back().simulcast;
    if (!result.empty()) return "a media section has one simulcast attribute";
    constexpr Fault wanted = "simulcast is \"send\" or \"recv\" and rids, at most once each";
    std::size_t count = 0;
    while (!value.empty()) {
        const auto direction = text::take_word(value);
        auto streams = text::take_word(value);
        if (direction != "send" && direction != "recv") return wanted;
        auto& list = direction == "send" ? result.send : result.receive;
        if (!list.empty() || streams.empty()) return wanted;
        while (!streams.empty()) {
            auto alternatives = text::take_until(streams, ';');
            auto& stream = list.emplace_back();
            if (alternatives.empty()) return "a simulcast stream needs a rid";
            while (!alternatives.empty()) {
                auto id = text::take_until(alternatives, ',');
                const bool paused = !id.empty() && id.front() == '~';
                if (paused) id.remove_prefix(1);
                if (!is_rid(id)) return "a simulcast stream is rids with commas between";
                if (++count > limits_.rids) return "too many simulcast rids";
                stream.push_back({std::string{id}, paused});
            }
        }
    }
    return result.empty() ? wanted : none;
}

Fault Parser::candidate(std::string_view value) {
    // Transports and types of the future are passed over (RFC 8839, section 5.1), and as an
    // ICE-lite end we need none of them: a candidate never spoils a description.
    auto& list = target().candidates;
    if (list.size() >= limits_.candidates) return none;
    if (auto result = parse_candidate(fmt::format("candidate:{}", value))) {
        list.push_back(std::move(*result));
    }
    return none;
}

Fault Parser::end_of_candidates(std::string_view) {
    target().end_of_candidates = true;
    return none;
}

Fault Parser::rtcp_mux(std::string_view) {
    target().rtcp_mux = true;
    return none;
}

Fault Parser::rtcp_rsize(std::string_view) {
    target().rtcp_rsize = true;
    return none;
}

Fault Parser::bundle_only(std::string_view) {
    target().bundle_only = true;
    return none;
}

Fault Parser::sctp_port(std::string_view value) {
    const auto port = text::number<std::uint16_t>(value);
    if (!port) return "sctp-port is 0 to 65535";
    target().sctp_port = *port;
    return none;
}

} // namespace

Result<SessionDescription> parse(std::string_view text, const Limits& limits) {
    return Parser{limits}.parse(text);
}

} // namespace parley::sdp
