#include "core/sdp/negotiation/transport.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::sdp {

namespace {

std::string named(const Media& media) {
    return media.mid.empty() ? std::string{"the m-line"} : fmt::format("m-line {}", media.mid);
}

Result<RemoteTransport> read_transport(const SessionDescription& description, const Media& media) {
    if (description.ice_lite) {
        return fail("both ends are ICE-lite: nobody would make connectivity checks");
    }
    if (media.ice_ufrag.empty() || media.ice_pwd.empty()) {
        return fail(
            fmt::format("{} has no ICE credentials (a=ice-ufrag, a=ice-pwd)", named(media)));
    }
    if (!media.rtcp_mux) {
        return fail(fmt::format("{} has no a=rtcp-mux, and RTCP has no port of its own here",
                                named(media)));
    }
    if (!media.setup) {
        return fail(fmt::format("{} has no a=setup", named(media)));
    }
    RemoteTransport remote;
    remote.ufrag = media.ice_ufrag;
    remote.pwd = media.ice_pwd;
    remote.setup = *media.setup;
    remote.candidates = media.candidates;
    // SHA-1 can be forged; every WebRTC end has SHA-256 (RFC 8827, section 6.5).
    std::copy_if(media.fingerprints.begin(), media.fingerprints.end(),
                 std::back_inserter(remote.fingerprints),
                 [](const Fingerprint& f) { return f.digest.size() >= 32; });
    if (remote.fingerprints.empty()) {
        return fail(fmt::format("{} has no a=fingerprint of SHA-256 or stronger", named(media)));
    }
    return remote;
}

} // namespace

Result<RemoteTransport> offered_transport(const SessionDescription& offer, const Media& media) {
    auto remote = read_transport(offer, media);
    if (!remote) return remote;
    if (remote->setup == Setup::holdconn) {
        return fail(fmt::format("{} has a=setup:holdconn, which connects nothing", named(media)));
    }
    remote->dtls_client = remote->setup == Setup::passive;
    return remote;
}

Result<RemoteTransport> answered_transport(const SessionDescription& answer, const Media& media) {
    auto remote = read_transport(answer, media);
    if (!remote) return remote;
    if (remote->setup != Setup::active && remote->setup != Setup::passive) {
        return fail(
            fmt::format("{} must say a=setup:active or passive in an answer", named(media)));
    }
    remote->dtls_client = remote->setup == Setup::passive;
    return remote;
}

void write_transport(Media& media, const LocalTransport& local, Setup setup, bool with_candidates) {
    media.ice_ufrag = local.ufrag;
    media.ice_pwd = local.pwd;
    media.ice_options = {"trickle"};
    media.fingerprints = {local.fingerprint};
    media.setup = setup;
    media.rtcp_mux = true;

    // The default address (RFC 8839, section 4.2.1.2) is the same in the whole bundle.
    const auto udp = std::find_if(local.candidates.begin(), local.candidates.end(),
                                  [](const auto& c) { return c.protocol == Protocol::udp; });
    if (udp != local.candidates.end()) {
        media.port = udp->endpoint.port;
        media.address = udp->endpoint.address.to_string();
    } else {
        media.port = 9;
        media.address = "0.0.0.0";
    }
    if (!with_candidates) return;
    media.candidates.clear();
    for (std::size_t i = 0; i < local.candidates.size(); ++i) {
        const auto& own = local.candidates[i];
        Candidate candidate;
        candidate.foundation = fmt::to_string(i + 1); // each has a base and protocol of its own
        candidate.protocol = own.protocol;
        candidate.priority = host_priority(own.protocol, i);
        candidate.address = own.endpoint.address.to_string();
        candidate.port = own.endpoint.port;
        if (own.protocol == Protocol::tcp) candidate.tcp_type = TcpType::passive;
        media.candidates.push_back(std::move(candidate));
    }
    media.end_of_candidates = true;
}

} // namespace parley::sdp
