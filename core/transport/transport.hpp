// The encrypted path to one peer: ICE-lite, DTLS and SRTP behind one door, without any I/O.
//
// The owner feeds datagrams and the time, and after each call drains poll_datagram() and
// poll_event(), then sets a timer for next_deadline().
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/endpoint.hpp"
#include "core/base/time.hpp"
#include "core/dtls/context.hpp"
#include "core/dtls/session.hpp"
#include "core/ice/ice_lite.hpp"
#include "core/srtp/profile.hpp"
#include "core/srtp/receiver.hpp"
#include "core/srtp/sender.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace parley {

struct TransportConfig {
    std::shared_ptr<const dtls::Context> dtls;
    ice::Credentials local = ice::Credentials::random();
    std::vector<srtp::Profile> profiles{srtp::all_profiles.begin(), srtp::all_profiles.end()};
    ice::LiteConfig ice;
};

class Transport {
  public:
    enum class CloseReason : std::uint8_t {
        never_connected, ///< no authenticated check came in time
        consent_expired, ///< the peer fell silent
        dtls_closed,     ///< the peer sent close_notify
        dtls_failed,     ///< handshake failed, or the certificate had another fingerprint
        closed,          ///< close() was called
    };

    struct Connected {
        srtp::Profile profile;
    };
    struct FlowChanged {
        Flow flow;
    };
    struct Closed {
        CloseReason reason;
        std::string_view detail; ///< a literal, for the log
    };
    using Event = std::variant<Connected, FlowChanged, Closed>;

    enum class Kind : std::uint8_t {
        consumed, ///< STUN or DTLS: dealt with
        rtp,
        rtcp,
        dropped, ///< not authentic, a replay, from an unknown flow, or nothing of ours
    };
    struct Received {
        Kind kind = Kind::dropped;
        MutBytes plaintext{};        ///< rtp and rtcp: decrypted in the datagram's own buffer
        std::uint64_t rtp_index = 0; ///< rtp: ROC << 16 | SEQ
    };

    struct Outgoing {
        Flow flow;
        Bytes bytes; ///< valid until the next call of this object
    };

    struct Counters {
        std::uint64_t unknown_flow = 0; ///< not STUN, and no check had come in from there
        std::uint64_t not_ready = 0;    ///< media before the keys
        std::uint64_t malformed = 0;    ///< first byte or STUN message of no known kind
    };

    Transport(TransportConfig config, Instant now);
    ~Transport();
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    /// What the peer's SDP says; may come later than its first packets. `role` is ours: passive
    /// when the peer's a=setup is active (or actpass, and we answer passive). Checks need no
    /// knowledge of the peer, and a ClientHello is answered before this; but media is neither
    /// sent nor accepted until the certificate has been compared with the fingerprint.
    /// Called again (renegotiation), it is ignored: a new fingerprint takes a new transport.
    void set_remote(const dtls::Fingerprint& fingerprint, dtls::Role role, Instant now);

    Received handle(const Flow& flow, MutBytes datagram, Instant now);
    void handle_timeout(Instant now);
    /// Nothing once closed.
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    std::optional<Outgoing> poll_datagram();
    std::optional<Event> poll_event();

    /// A TCP connection ended.
    void flow_closed(const Flow& flow);
    /// New credentials of ours for an ICE restart; see ice::LiteSession::restart.
    void restart_ice(ice::Credentials local, Instant now);
    /// Sends close_notify; the datagram is still to be polled.
    void close();

    [[nodiscard]] bool connected() const { return sender_.has_value() && !closed_; }
    [[nodiscard]] bool closed() const { return closed_; }
    /// Where media goes now; nothing before the first authenticated check.
    [[nodiscard]] const std::optional<Flow>& selected_flow() const { return ice_.selected(); }
    [[nodiscard]] const ice::LiteSession& ice() const { return ice_; }
    [[nodiscard]] const dtls::Fingerprint& local_fingerprint() const;

    /// Only while connected(): nullptr otherwise.
    [[nodiscard]] srtp::Sender* sender() { return connected() ? &*sender_ : nullptr; }
    [[nodiscard]] const srtp::Receiver* receiver() const {
        return receiver_ ? &*receiver_ : nullptr;
    }
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    struct Queued {
        Flow flow;
        std::vector<std::uint8_t> bytes;
    };

    Received handle_stun(const Flow& flow, Bytes datagram, Instant now);
    Received handle_dtls(const Flow& flow, Bytes datagram, Instant now);
    Received handle_srtp(MutBytes datagram);
    [[nodiscard]] bool known(const Flow& flow) const;
    void after_dtls();
    void queue(const Flow& flow, Bytes bytes);
    void push(Event event);
    void note_selected();
    void finish(CloseReason reason, std::string_view detail);

    std::shared_ptr<const dtls::Context> context_;
    std::vector<srtp::Profile> profiles_;
    ice::LiteSession ice_;
    std::optional<dtls::Session> dtls_;
    std::optional<dtls::Fingerprint> fingerprint_;
    std::optional<srtp::Sender> sender_;
    std::optional<srtp::Receiver> receiver_;
    std::vector<Queued> outgoing_;
    std::size_t outgoing_read_ = 0;
    std::vector<Event> events_;
    std::size_t events_read_ = 0;
    Counters counters_;
    bool closed_ = false;
};

} // namespace parley
