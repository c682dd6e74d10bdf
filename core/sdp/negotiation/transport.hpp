// The transport part of offers and answers: what each side says of ICE and DTLS.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/result.hpp"
#include "core/sdp/session_description.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parley::sdp {

/// An address of ours that a peer can reach: UDP, or TCP that we accept connections on.
struct LocalCandidate {
    Endpoint endpoint;
    Protocol protocol = Protocol::udp;
};

/// Our side of one transport. ICE-lite: the peer makes all checks.
struct LocalTransport {
    std::string session_id = "1"; ///< digits; chosen once for each transport
    std::uint64_t version = 1;    ///< of the description; grows with each one that is made
    std::string ufrag;
    std::string pwd;
    Fingerprint fingerprint;
    std::vector<LocalCandidate> candidates; ///< the best first
    /// Who sends the ClientHello, once agreed: the roles stay as long as the DTLS association
    /// (RFC 8842, section 5.5). Nothing before the first answer.
    std::optional<bool> dtls_client;
};

/// The peer's side, complete and checked.
struct RemoteTransport {
    std::string ufrag;                     ///< 4 to 256 characters (RFC 8839, section 5.4)
    std::string pwd;                       ///< 22 to 256 characters
    std::vector<Fingerprint> fingerprints; ///< SHA-256 or stronger; one of them must match
    Setup setup = Setup::actpass;          ///< the peer's, as it said
    /// True when we send the ClientHello: the peer is passive. Otherwise we wait for it.
    bool dtls_client = false;
    std::vector<Candidate> candidates; ///< that came with the description
    bool operator==(const RemoteTransport&) const = default;
};

/// The peer's transport from one media section; the error says what is missing or wrong.
/// An offerer may leave the DTLS role to us (actpass: then we wait), an answerer may not.
Result<RemoteTransport> offered_transport(const SessionDescription& offer, const Media& media);
Result<RemoteTransport> answered_transport(const SessionDescription& answer, const Media& media);

/// Writes our side into a media section. Candidates are for the section that carries the transport
/// of the bundle (RFC 8843, section 7.1.3), credentials for all of them.
void write_transport(Media& media, const LocalTransport& local, Setup setup, bool with_candidates);

} // namespace parley::sdp
