#include "core/room/peer.hpp"

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/room/participant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace parley::room {

namespace {

/// RFC 8843 lets a peer use several five-tuples; more than this only an attacker has.
constexpr std::size_t max_flows = 32;

std::string_view describe(Transport::CloseReason reason) {
    switch (reason) {
    case Transport::CloseReason::never_connected:
        return "never connected";
    case Transport::CloseReason::consent_expired:
        return "silent for too long";
    case Transport::CloseReason::dtls_closed:
        return "closed by the peer";
    case Transport::CloseReason::dtls_failed:
        return "DTLS failed";
    case Transport::CloseReason::closed:
        return "closed";
    }
    return "";
}

TransportConfig transport_config(const EngineConfig& config) {
    TransportConfig transport;
    transport.dtls = config.dtls;
    transport.ice.silence_timeout = config.consent_timeout;
    return transport;
}

std::optional<dtls::Fingerprint> to_dtls(const sdp::Fingerprint& fingerprint) {
    std::string text = fingerprint.algorithm + " ";
    for (const auto byte : fingerprint.digest) {
        fmt::format_to(std::back_inserter(text), "{:02X}:", byte);
    }
    text.pop_back();
    return dtls::Fingerprint::parse(text);
}

} // namespace

Peer::Peer(Services& services, Participant& participant, ConnectionName name, Instant now)
    : services_{services}
    , participant_{participant}
    , transport_{transport_config(services.config), now}
    , sink_{transport_, services.batch}
    , rtcp_ssrc_{random_u32()}
    , name_{std::move(name)}
    , id_{services.peers.add(*this)}
    , session_id_{std::to_string(random_u64() >> 2)}
    , tick_{now + 1s} {
    add_ufrag(transport_.ice().local().ufrag);
    reschedule(now);
}

Peer::~Peer() {
    for (const auto& flow : flows_) {
        if (flow.protocol == Protocol::tcp) services_.outbox.close_flow(flow);
        services_.peers.unbind(flow, *this);
    }
    for (const auto& ufrag : ufrags_)
        services_.peers.remove_ufrag(ufrag);
    services_.peers.remove(id_);
}

bool Peer::receive(const Flow& flow, MutBytes datagram, Instant now) {
    ++packets_received_;
    bytes_received_ += datagram.size();
    const auto received = transport_.handle(flow, datagram, now);
    switch (received.kind) {
    case Transport::Kind::rtp:
        on_rtp(received, now);
        return true;
    case Transport::Kind::rtcp:
        on_rtcp(received.plaintext, now);
        reschedule(now);
        return true;
    case Transport::Kind::consumed:
        if (std::find(flows_.begin(), flows_.end(), flow) == flows_.end() &&
            transport_.ice().is_valid(flow)) {
            if (flows_.size() == max_flows) {
                services_.peers.unbind(flows_.front(), *this);
                flows_.erase(flows_.begin());
            }
            flows_.push_back(flow);
        }
        if (transport_.ice().is_valid(flow)) services_.peers.bind(flow, *this);
        drain(now);
        return true;
    case Transport::Kind::dropped:
        drain(now);
        return false;
    }
    return false;
}

void Peer::handle_timeout(Instant now) {
    if (finished_) return;
    if (const auto due = transport_.next_deadline(); due && now >= *due) {
        transport_.handle_timeout(now);
    }
    drain(now);
    if (finished_) return;
    if (now >= tick_) {
        tick_ = now + 1s;
        tick_ = std::min(tick_, on_tick(now));
    }
    reschedule(now);
}

void Peer::flow_closed(const Flow& flow, Instant now) {
    transport_.flow_closed(flow);
    std::erase(flows_, flow);
    services_.peers.unbind(flow, *this);
    drain(now);
}

void Peer::reschedule(Instant now) {
    if (finished_) return;
    auto next = tick_;
    if (const auto due = transport_.next_deadline()) next = std::min(next, *due);
    // Never at once: a deadline in the past is one for the next turn.
    services_.peers.schedule(id_, std::max(next, now + 1ms));
}

void Peer::close(Instant now) {
    transport_.close();
    drain(now);
}

void Peer::add_ufrag(const std::string& ufrag) {
    // After a restart the transport itself refuses the old one; two are all that can count.
    if (ufrags_.size() == 2) {
        services_.peers.remove_ufrag(ufrags_.front());
        ufrags_.erase(ufrags_.begin());
    }
    ufrags_.push_back(ufrag);
    services_.peers.add_ufrag(ufrag, *this);
}

void Peer::restart_ice(Instant now) {
    const auto credentials = ice::Credentials::random();
    add_ufrag(credentials.ufrag);
    transport_.restart_ice(credentials, now);
    reschedule(now);
}

sdp::LocalTransport Peer::local_transport() {
    sdp::LocalTransport local;
    local.session_id = session_id_;
    local.version = ++description_version_;
    local.ufrag = transport_.ice().local().ufrag;
    local.pwd = transport_.ice().local().pwd;
    const auto& fingerprint = transport_.local_fingerprint();
    local.fingerprint.algorithm = "sha-256";
    local.fingerprint.digest.assign(fingerprint.bytes().begin(), fingerprint.bytes().end());
    local.dtls_client = dtls_client_;
    local.candidates = services_.candidates(participant_.loopback_candidates);
    return local;
}

bool Peer::accepts(const sdp::RemoteTransport& remote) const {
    if (!remote_fingerprint_) return true;
    return std::any_of(
        remote.fingerprints.begin(), remote.fingerprints.end(),
        [&](const auto& offered) { return to_dtls(offered) == remote_fingerprint_; });
}

Result<void> Peer::set_remote(const sdp::RemoteTransport& remote, Instant now) {
    if (!remote_fingerprint_) {
        for (const auto& offered : remote.fingerprints) {
            if ((remote_fingerprint_ = to_dtls(offered))) break;
        }
        if (!remote_fingerprint_) {
            return fail("none of the a=fingerprint lines is one of sha-256, sha-384, sha-512");
        }
        dtls_client_ = remote.dtls_client;
        transport_.set_remote(*remote_fingerprint_,
                              remote.dtls_client ? dtls::Role::active : dtls::Role::passive, now);
    } else if (!accepts(remote)) {
        return fail("the fingerprint differs from the one of this connection: make a new "
                    "RTCPeerConnection and offer it as a new connection");
    }
    remote_ufrag_ = remote.ufrag;
    drain(now);
    return {};
}

void Peer::send_rtcp(const rtcp::CompoundBuilder& compound) {
    auto* const sender = transport_.sender();
    const auto& flow = transport_.selected_flow();
    if (compound.empty() || sender == nullptr || !flow) return;
    std::array<std::uint8_t, max_rtcp_size + 64> packet;
    const auto plain = compound.written();
    std::copy(plain.begin(), plain.end(), packet.begin());
    const auto size = sender->protect_rtcp(packet, plain.size());
    if (size != 0) services_.batch.append(*flow, Bytes{packet}.first(size));
}

void Peer::drain(Instant now) {
    while (const auto datagram = transport_.poll_datagram()) {
        services_.batch.append(datagram->flow, datagram->bytes);
    }
    while (const auto event = transport_.poll_event()) {
        if (std::holds_alternative<Transport::Connected>(*event)) {
            log::info("room", "{} {}: connected", participant_.info.id, name_);
            on_connected(now);
        } else if (const auto* closed = std::get_if<Transport::Closed>(&*event)) {
            close_reason_ = describe(closed->reason);
            if (!closed->detail.empty()) {
                close_reason_ += fmt::format(" ({})", closed->detail);
            }
            log::info("room", "{} {}: {}", participant_.info.id, name_, close_reason_);
            if (!finished_) services_.peers.finish(id_);
            finished_ = true;
        }
    }
    reschedule(now);
}

TransportStats Peer::stats() const {
    TransportStats stats;
    stats.participant = participant_.info.id;
    stats.connection = name_;
    stats.dtls_state = transport_.closed()      ? "closed"
                       : transport_.connected() ? "connected"
                                                : "connecting";
    if (const auto& flow = transport_.selected_flow()) {
        stats.selected_flow = fmt::format("{} {}", flow->protocol == Protocol::udp ? "udp" : "tcp",
                                          flow->remote.to_string());
    }
    if (const auto* receiver = transport_.receiver()) {
        stats.authentication_failures = receiver->counters().auth_failed;
        stats.replays = receiver->counters().replayed;
    }
    stats.packets_received = packets_received_;
    stats.bytes_received = bytes_received_;
    stats.packets_sent = sink_.counters().packets;
    stats.bytes_sent = sink_.counters().bytes;
    return stats;
}

} // namespace parley::room
