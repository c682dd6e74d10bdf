// What stays of an association after its handshake: alerts, in and out.
//
// DTLS-SRTP uses the record layer for nothing else, and OpenSSL's SSL object weighs tens of
// kilobytes. So the object is freed, and this keeps the record keys (AES-GCM, RFC 5288).
#pragma once

#include "core/base/bytes.hpp"
#include "core/dtls/record.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::dtls {

struct Alert {
    static constexpr std::uint8_t warning = 1;
    static constexpr std::uint8_t fatal = 2;
    static constexpr std::uint8_t close_notify = 0;

    std::uint8_t level = 0;
    std::uint8_t description = 0;
};

/// Keys of one direction of epoch 1.
struct RecordKey {
    std::array<std::uint8_t, 32> key{};
    std::array<std::uint8_t, 4> salt{};

    RecordKey() = default;
    RecordKey(const RecordKey&) = default;
    RecordKey& operator=(const RecordKey&) = default;
    ~RecordKey();
};

struct RecordKeys {
    std::size_t key_size = 16; ///< 16 or 32: AES-128-GCM or AES-256-GCM
    RecordKey local;
    RecordKey remote;
    /// Of the last record that was sent under `local`: the next ones count on from them.
    std::uint64_t last_sequence = 0;
    std::uint64_t last_nonce = 0;
};

class AlertChannel {
  public:
    explicit AlertChannel(const RecordKeys& keys) : keys_{keys} {}

    /// The alert in an encrypted record; nothing when it is not authentic.
    [[nodiscard]] std::optional<Alert> open(const Record& record) const;
    /// A whole record; empty when OpenSSL failed.
    std::vector<std::uint8_t> seal(Alert alert);

  private:
    RecordKeys keys_;
};

} // namespace parley::dtls
