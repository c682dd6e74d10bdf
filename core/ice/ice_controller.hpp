// A small controlling ICE agent for one known remote endpoint that is ICE-lite: what the bench's
// load client and the tests use. It gathers nothing and answers no checks.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/ice/credentials.hpp"
#include "core/stun/message.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace parley::ice {

struct ControllerConfig {
    Duration initial_timeout = 100ms; ///< first retransmission of a check; doubles each time
    int max_transmissions = 7;
    Duration keepalive = 5s;        ///< between consent checks once connected
    Duration consent_timeout = 30s; ///< RFC 7675, section 5.1
    std::uint32_t priority = 0x6E0001FF;
};

class Controller {
  public:
    enum class State : std::uint8_t { idle, checking, connected, failed };

    Controller(Credentials local, Credentials remote, ControllerConfig config = {});

    /// Sends the first check. Called again (a new path, a restart), it checks and nominates anew.
    void start(Instant now);
    /// New credentials on both sides; the next check uses them.
    void restart(Credentials local, Credentials remote, Instant now);
    /// Takes a response; anything that does not answer the check under way is ignored.
    void handle_response(const stun::MessageView& response, Instant now);
    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    /// The check to send now, or nothing. It stays valid until the next call of this object.
    std::optional<Bytes> poll_datagram();

    [[nodiscard]] State state() const { return state_; }
    /// Our address as the peer saw it.
    [[nodiscard]] std::optional<Endpoint> mapped_address() const { return mapped_; }
    /// The code of the last error response; 0 when there was none.
    [[nodiscard]] int last_error() const { return last_error_; }

  private:
    void begin_transaction(Instant now);

    Credentials local_;
    Credentials remote_;
    ControllerConfig config_;
    std::uint64_t tie_breaker_;
    stun::TransactionId transaction_{};
    bool in_transaction_ = false;
    bool to_send_ = false;
    int transmissions_ = 0;
    Instant next_{};
    Instant last_answer_{};
    State state_ = State::idle;
    std::optional<Endpoint> mapped_;
    int last_error_ = 0;
    std::array<std::uint8_t, 512> buffer_{};
};

} // namespace parley::ice
