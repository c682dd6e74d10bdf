// One DTLS 1.2 association that yields SRTP keys (RFC 6347, RFC 5764). OpenSSL does the handshake;
// the timers are ours, and nothing of OpenSSL is left once the handshake is over.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/dtls/context.hpp"
#include "core/dtls/fingerprint.hpp"
#include "core/srtp/profile.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace parley::dtls {

/// SDP's a=setup: who sends the ClientHello.
enum class Role : std::uint8_t { passive, active };

enum class State : std::uint8_t {
    idle,       ///< passive: no ClientHello yet; active: start() not called
    handshake,  ///< flights go to and fro
    unverified, ///< the handshake is over, but the peer's fingerprint is not known yet
    connected,  ///< the certificate had the fingerprint; keys() may be used
    closed,     ///< close_notify was sent or received
    failed,     ///< failure() says why
};

class Handshake;
class AlertChannel;

class Session {
  public:
    static constexpr std::size_t mtu = 1200; ///< largest datagram that we send
    static constexpr Duration initial_timeout = 100ms;
    static constexpr Duration max_timeout = 3s;
    static constexpr Duration handshake_timeout = 30s;

    /// `profiles` in our order of preference; must not be empty.
    Session(std::shared_ptr<const Context> context, Role role,
            std::span<const srtp::Profile> profiles);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// What the peer's certificate must hash to. Until this is known, a handshake may run to its
    /// end, but the session is not connected and gives out no keys.
    void set_remote_fingerprint(const Fingerprint& fingerprint);

    /// Active role: sends the ClientHello.
    void start(Instant now);
    /// One datagram of the peer's, which holds whole records.
    void handle(Bytes datagram, Instant now);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    /// The next datagram to send. It stays valid until the next call of this object.
    std::optional<Bytes> poll_datagram();
    /// Sends close_notify (when there is a connection to close) and ends the session.
    void close();

    [[nodiscard]] Role role() const { return role_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] std::string_view failure() const { return failure_; }
    /// The keys, once connected; nullptr before. forget_keys() wipes them when they have been used.
    [[nodiscard]] const srtp::KeyingMaterial* keys() const;
    void forget_keys() { keys_.reset(); }

  private:
    void begin(Instant now);
    void run_handshake(std::optional<Bytes> datagram, Instant now);
    void finish_handshake();
    void verify_peer();
    void handle_records(Bytes datagram);
    void fail(const char* why);

    std::shared_ptr<const Context> context_;
    std::unique_ptr<Handshake> handshake_;
    std::unique_ptr<AlertChannel> alerts_; ///< after the handshake
    std::unique_ptr<srtp::KeyingMaterial> keys_;
    std::optional<Fingerprint> fingerprint_;
    std::vector<std::uint8_t> peer_certificate_;    ///< DER; only while unverified
    std::vector<std::vector<std::uint8_t>> flight_; ///< what we sent last, for retransmission
    std::vector<std::vector<std::uint8_t>> outgoing_;
    std::size_t outgoing_read_ = 0;
    std::vector<srtp::Profile> profiles_;
    const char* failure_ = "";
    Instant started_{};
    std::optional<Instant> retransmit_at_;
    Duration timeout_ = initial_timeout;
    int replays_left_ = 0; ///< how often the last flight is still repeated on request
    Role role_;
    State state_ = State::idle;
};

} // namespace parley::dtls
