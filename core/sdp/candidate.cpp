#include "core/sdp/candidate.hpp"

#include "core/sdp/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace parley::sdp {

namespace {

constexpr std::array<std::pair<std::string_view, CandidateType>, 4> types{{
    {"host", CandidateType::host},
    {"srflx", CandidateType::server_reflexive},
    {"prflx", CandidateType::peer_reflexive},
    {"relay", CandidateType::relayed},
}};
constexpr std::array<std::pair<std::string_view, TcpType>, 3> tcp_types{{
    {"active", TcpType::active},
    {"passive", TcpType::passive},
    {"so", TcpType::simultaneous_open},
}};

template <class Table>
auto lookup(const Table& table, std::string_view name) {
    const auto at = std::find_if(table.begin(), table.end(),
                                 [&](const auto& entry) { return entry.first == name; });
    using Value = decltype(table[0].second);
    return at == table.end() ? std::nullopt : std::optional<std::remove_cv_t<Value>>{at->second};
}

template <class Table, class Value>
std::string_view name_of(const Table& table, Value value) {
    return std::find_if(table.begin(), table.end(),
                        [&](const auto& entry) { return entry.second == value; })
        ->first;
}

/// An address literal or a host name, with nothing in it that could end a line or a word.
bool is_address(std::string_view word) {
    return !word.empty() && word.size() <= 255 && std::all_of(word.begin(), word.end(), [](char c) {
        return text::is_alphanumeric(c) || c == '.' || c == ':' || c == '-' || c == '_' || c == '%';
    });
}

} // namespace

std::optional<Endpoint> Candidate::endpoint() const {
    const auto ip = IpAddress::parse(address);
    if (!ip) return std::nullopt;
    return Endpoint{*ip, port};
}

Result<Candidate> parse_candidate(std::string_view line) {
    auto rest = text::trim(line);
    if (rest.substr(0, 2) == "a=") rest.remove_prefix(2);
    if (rest.substr(0, 10) != "candidate:") return fail("a candidate starts with \"candidate:\"");
    rest.remove_prefix(10);

    Candidate candidate;
    const auto foundation = text::take_word(rest);
    const auto is_foundation_char = [](char c) {
        // Chromium and others keep to ice-char; a mere token is let through (libnice, older
        // stacks).
        return c > ' ' && c < 127;
    };
    if (foundation.empty() || foundation.size() > 64 ||
        !std::all_of(foundation.begin(), foundation.end(), is_foundation_char)) {
        return fail("a candidate's foundation has 1 to 64 characters");
    }
    candidate.foundation = foundation;

    const auto component = text::number<std::uint16_t>(text::take_word(rest));
    if (!component || *component < 1 || *component > 256) {
        return fail("a candidate's component is 1 to 256");
    }
    candidate.component = *component;

    const auto transport = text::take_word(rest);
    if (text::equal_ignoring_case(transport, "udp")) {
        candidate.protocol = Protocol::udp;
    } else if (text::equal_ignoring_case(transport, "tcp")) {
        candidate.protocol = Protocol::tcp;
    } else {
        return fail("a candidate's transport is udp or tcp");
    }

    const auto priority = text::number<std::uint32_t>(text::take_word(rest));
    if (!priority) return fail("a candidate's priority is a number below 2^32");
    candidate.priority = *priority;

    const auto address = text::take_word(rest);
    if (!is_address(address)) return fail("a candidate needs an address");
    candidate.address = address;
    const auto port = text::number<std::uint16_t>(text::take_word(rest));
    if (!port) return fail("a candidate's port is 0 to 65535");
    candidate.port = *port;

    if (text::take_word(rest) != "typ") return fail("a candidate needs \"typ\"");
    const auto type = lookup(types, text::take_word(rest));
    if (!type) return fail("a candidate's type is host, srflx, prflx or relay");
    candidate.type = *type;

    // The rest are pairs: raddr, rport, then extensions in any order (RFC 8839, section 5.1).
    while (!rest.empty()) {
        const auto name = text::take_word(rest);
        const auto value = text::take_word(rest);
        if (name == "raddr") {
            if (!is_address(value)) return fail("a candidate's raddr needs an address");
            candidate.related_address = value;
        } else if (name == "rport") {
            const auto related_port = text::number<std::uint16_t>(value);
            if (!related_port) return fail("a candidate's rport is 0 to 65535");
            candidate.related_port = *related_port;
        } else if (name == "tcptype") {
            candidate.tcp_type = lookup(tcp_types, value);
            if (!candidate.tcp_type) return fail("a candidate's tcptype is active, passive or so");
        } else if (name == "ufrag") {
            if (!text::is_ice_chars(value) || value.size() > 256) {
                return fail("a candidate's ufrag has up to 256 ICE characters");
            }
            candidate.ufrag = value;
        }
    }
    if (candidate.protocol == Protocol::udp) {
        candidate.tcp_type.reset();
    } else if (!candidate.tcp_type) {
        return fail("a TCP candidate needs a tcptype");
    }
    if (candidate.related_address.empty()) candidate.related_port = 0;
    return candidate;
}

std::string to_string(const Candidate& c) {
    auto text = fmt::format("candidate:{} {} {} {} {} {} typ {}", c.foundation, c.component,
                            c.protocol == Protocol::udp ? "udp" : "tcp", c.priority, c.address,
                            c.port, name_of(types, c.type));
    if (!c.related_address.empty()) {
        text += fmt::format(" raddr {} rport {}", c.related_address, c.related_port);
    }
    if (c.tcp_type) text += fmt::format(" tcptype {}", name_of(tcp_types, *c.tcp_type));
    if (!c.ufrag.empty()) text += fmt::format(" ufrag {}", c.ufrag);
    return text;
}

std::uint32_t host_priority(Protocol protocol, std::size_t index) {
    constexpr std::uint32_t component_part = 256 - 1;
    const auto place = static_cast<std::uint32_t>(std::min<std::size_t>(index, 8191));
    if (protocol == Protocol::udp) {
        constexpr std::uint32_t host = 126;
        return host << 24 | (65535 - place) << 8 | component_part;
    }
    // Below every UDP type preference in use, as browsers do; direction 4 is a passive host.
    constexpr std::uint32_t tcp_host = 90;
    constexpr std::uint32_t passive = 4;
    return tcp_host << 24 | (passive << 13 | (8191 - place)) << 8 | component_part;
}

} // namespace parley::sdp
