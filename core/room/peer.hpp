// One RTCPeerConnection of a client, seen from the server: a transport, and what goes over it.
// What it carries is the business of PublisherPeer, SubscriberPeer and ViewerPeer.
#pragma once

#include "core/congestion/rtt_tracker.hpp"
#include "core/room/messages.hpp"
#include "core/room/services.hpp"
#include "core/room/srtp_sink.hpp"
#include "core/room/stats.hpp"
#include "core/rtcp/builder.hpp"
#include "core/transport/transport.hpp"

#include <optional>
#include <string>
#include <vector>

namespace parley::room {

struct Participant;

class Peer {
  public:
    /// All outlive the peer.
    Peer(Services& services, Participant& participant, ConnectionName name, Instant now);
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    virtual ~Peer();

    [[nodiscard]] PeerId id() const { return id_; }
    [[nodiscard]] const ConnectionName& name() const { return name_; }
    [[nodiscard]] Participant& participant() { return participant_; }
    [[nodiscard]] const Transport& transport() const { return transport_; }
    [[nodiscard]] bool finished() const { return finished_; }
    [[nodiscard]] const std::string& close_reason() const { return close_reason_; }

    /// A datagram of this peer's. False when it was nothing of the peer's.
    bool receive(const Flow& flow, MutBytes datagram, Instant now);
    void handle_timeout(Instant now);
    void flow_closed(const Flow& flow, Instant now);
    /// Sets the table's deadline anew; after everything that may have moved it.
    void reschedule(Instant now);
    /// There is work for on_tick() at `at`.
    void wake(Instant at, Instant now) {
        tick_by(at);
        reschedule(now);
    }
    /// Says goodbye (DTLS close_notify).
    void close(Instant now);

    /// New ICE credentials of ours; the next description carries them.
    void restart_ice(Instant now);

    [[nodiscard]] TransportStats stats() const;
    virtual void append_stats(RoomStats&, Instant) const {}

  protected:
    static constexpr std::size_t max_rtcp_size = 1200;

    virtual void on_connected(Instant now) = 0;
    virtual void on_rtp(const Transport::Received&, Instant) {}
    virtual void on_rtcp(Bytes compound, Instant now) = 0;
    /// Regular work; returns when it wants to be called again.
    virtual Instant on_tick(Instant now) = 0;

    [[nodiscard]] sdp::LocalTransport local_transport();
    /// True when the description belongs to the DTLS session that we have (or are about to have).
    [[nodiscard]] bool accepts(const sdp::RemoteTransport& remote) const;
    Result<void> set_remote(const sdp::RemoteTransport& remote, Instant now);
    [[nodiscard]] const std::string& remote_ufrag() const { return remote_ufrag_; }

    /// Encrypts and queues what `compound` holds.
    void send_rtcp(const rtcp::CompoundBuilder& compound);
    /// Calls on_tick() no later than `at`.
    void tick_by(Instant at) { tick_ = std::min(tick_, at); }

    Services& services_;
    Participant& participant_;
    Transport transport_;
    SrtpSink sink_;
    std::uint32_t rtcp_ssrc_;
    congestion::RttTracker rtt_;

  private:
    void drain(Instant now);
    void add_ufrag(const std::string& ufrag);

    ConnectionName name_;
    PeerId id_;
    std::string session_id_;
    std::uint64_t description_version_ = 0;
    std::optional<dtls::Fingerprint> remote_fingerprint_;
    std::string remote_ufrag_;
    std::optional<bool> dtls_client_; ///< our role, once it is settled
    std::vector<Flow> flows_;
    std::vector<std::string> ufrags_;
    Instant tick_;
    bool finished_ = false;
    std::string close_reason_;
    std::uint64_t packets_received_ = 0;
    std::uint64_t bytes_received_ = 0;
};

} // namespace parley::room
