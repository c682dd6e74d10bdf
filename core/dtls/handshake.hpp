// One DTLS handshake in OpenSSL's hands; freed when it is over.
#pragma once

#include "core/base/bytes.hpp"
#include "core/dtls/alert_channel.hpp"
#include "core/dtls/context.hpp"
#include "core/dtls/datagram_bio.hpp"
#include "core/dtls/fingerprint.hpp"
#include "core/srtp/profile.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

struct ssl_st;
struct x509_store_ctx_st;

namespace parley::dtls {

class Handshake {
  public:
    enum class Progress : std::uint8_t { waiting, done, failed };

    /// `active`: we send the ClientHello. `fingerprint` may still be empty.
    Handshake(const Context& context, bool active, std::span<const srtp::Profile> profiles,
              const std::optional<Fingerprint>& fingerprint);
    ~Handshake();
    Handshake(const Handshake&) = delete;
    Handshake& operator=(const Handshake&) = delete;

    /// Goes on with the datagram, or without any (to begin). What it wants sent, it leaves in
    /// outgoing(): one flight.
    Progress run(std::optional<Bytes> datagram);
    [[nodiscard]] std::vector<std::vector<std::uint8_t>>& outgoing() { return queue_.outgoing; }
    /// From now on another certificate makes the handshake fail as soon as it comes.
    void set_fingerprint(const Fingerprint& fingerprint) { fingerprint_ = fingerprint; }
    /// Why it failed: a literal.
    [[nodiscard]] const char* failure() const { return failure_; }

    // Once done:
    [[nodiscard]] std::vector<std::uint8_t> peer_certificate() const;
    /// Nothing when no SRTP profile was agreed on.
    [[nodiscard]] std::unique_ptr<srtp::KeyingMaterial> export_keys() const;
    [[nodiscard]] std::optional<RecordKeys> record_keys() const;

    /// OpenSSL's question whether to take the peer's certificate
    /// (SSL_CTX_set_cert_verify_callback).
    static int check_certificate(x509_store_ctx_st* store, void* unused);

  private:
    struct Free {
        void operator()(ssl_st* ssl) const;
    };

    void note_sent(Bytes datagram);

    DatagramQueue queue_; ///< before ssl_, whose BIO points to it
    std::unique_ptr<ssl_st, Free> ssl_;
    std::optional<Fingerprint> fingerprint_;
    const char* failure_ = "";
    std::uint64_t last_sequence_ = 0; ///< of the last record sent in epoch 1
    std::uint64_t last_nonce_ = 0;
    bool active_;
};

} // namespace parley::dtls
