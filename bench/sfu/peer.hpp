// One client of an SFU: a UDP socket of its own, ICE as controlling agent, DTLS and SRTP.
#pragma once

#include "bench/sfu/description.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/dtls/session.hpp"
#include "core/ice/ice_controller.hpp"
#include "core/srtp/receiver.hpp"
#include "core/srtp/sender.hpp"
#include "core/stun/message.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace parley::bench {

/// CLOCK_MONOTONIC, as the whole bench uses it.
Instant clock_now();

struct PeerSettings {
    std::shared_ptr<const dtls::Context> certificate; ///< shared by all: clients are not measured
    srtp::Profile profile = srtp::Profile::aes128_cm_hmac_sha1_80; ///< the only one offered
    int receive_buffer = 4 << 20;    ///< bytes; more than the system's limit where root
    bool receive_timestamps = false; ///< the kernel's arrival times, by SO_TIMESTAMPNS
};

class Peer {
  public:
    enum class Traffic : std::uint8_t { transport, rtp, rtcp, unknown };

    /// Opens a socket on 127.0.0.1.
    static Result<std::unique_ptr<Peer>> open(const PeerSettings& settings);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// To be completed by what the caller sends.
    [[nodiscard]] LocalDescription local() const;
    Result<void> connect(const RemoteDescription& remote, Instant now);

    /// Handles STUN and DTLS, and says what else it is.
    Traffic handle(MutBytes datagram, Instant now);
    void handle_timeout(Instant now);

    [[nodiscard]] bool connected() const { return sender_.has_value(); }
    /// Why it will never connect, or why it is over; empty while all is well.
    [[nodiscard]] std::string_view failure() const;
    [[nodiscard]] int socket() const { return socket_; }
    [[nodiscard]] srtp::Receiver& receiver() { return *receiver_; }
    [[nodiscard]] srtp::Sender& sender() { return *sender_; }
    /// To the server. What the socket has no room for is lost, as on a network.
    void send(Bytes datagram) const;

  private:
    Peer(const PeerSettings& settings, int socket, Endpoint address);
    void answer_check(const stun::MessageView& request);
    void flush(Instant now);

    int socket_;
    Endpoint address_;
    Endpoint server_;
    ice::Credentials credentials_;
    srtp::Profile profile_;
    dtls::Fingerprint fingerprint_;
    std::shared_ptr<const dtls::Context> certificate_;
    bool started_ = false;
    const char* failure_ = "";
    std::optional<ice::Controller> ice_;
    std::optional<dtls::Session> dtls_;
    std::optional<srtp::Receiver> receiver_;
    std::optional<srtp::Sender> sender_;
};

} // namespace parley::bench
