// ICE candidates as SDP and trickle ICE write them (RFC 8839, section 5.1; RFC 6544, section 4.5).
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::sdp {

enum class CandidateType : std::uint8_t { host, server_reflexive, peer_reflexive, relayed };
enum class TcpType : std::uint8_t { active, passive, simultaneous_open };

struct Candidate {
    std::string foundation;
    std::uint16_t component = 1;
    Protocol protocol = Protocol::udp;
    std::uint32_t priority = 0;
    std::string address; ///< an IP address, or a name such as an mDNS ".local"
    std::uint16_t port = 0;
    CandidateType type = CandidateType::host;
    std::optional<TcpType> tcp_type; ///< always there for TCP, never for UDP
    std::string related_address;     ///< raddr; empty where absent
    std::uint16_t related_port = 0;
    std::string ufrag; ///< the extension of trickle ICE; empty where absent

    /// Nothing when the address is a name.
    [[nodiscard]] std::optional<Endpoint> endpoint() const;
    bool operator==(const Candidate&) const = default;
};

/// Takes "candidate:...", with or without "a=" before it. Transports other than UDP and TCP and
/// unknown types are errors; unknown extensions are ignored.
Result<Candidate> parse_candidate(std::string_view line);

/// "candidate:...", without "a=".
std::string to_string(const Candidate& candidate);

/// The priority of a host candidate of component 1 (RFC 8445, section 5.1.2.1; RFC 6544, section
/// 4.2: TCP after UDP, and passive). `index` is the candidate's place among ours, the best first.
std::uint32_t host_priority(Protocol protocol, std::size_t index);

} // namespace parley::sdp
