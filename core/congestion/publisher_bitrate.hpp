// The bitrate that a publisher without transport-cc is told by REMB.
#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <optional>

namespace parley::congestion {

/// Not a bandwidth estimator: it knows loss alone, by the loss-based rule of
/// draft-ietf-rmcat-gcc-02, section 6 (up 5 % below 2 % loss, down by half the loss above 10 %),
/// under a fixed cap. It keeps a sender from staying at its start bitrate, and from drowning a link
/// that loses packets; delay is not looked at.
class PublisherBitrate {
  public:
    struct Config {
        std::uint64_t start = 1'000'000; ///< bit/s
        std::uint64_t minimum = 100'000;
        std::uint64_t cap = 6'000'000;
        Duration interval = 1s; ///< between decisions, and REMBs
    };

    PublisherBitrate() : PublisherBitrate(Config{}) {}
    explicit PublisherBitrate(const Config& config);

    /// Packets of the transport, before repair, since the last call.
    void on_packets(std::uint64_t expected, std::uint64_t received);

    /// When update() has a decision to make. Nothing until packets came.
    [[nodiscard]] std::optional<Instant> next_deadline() const { return due_; }
    /// Starts the timer with the first packets, and decides when it is due. True when bitrate()
    /// should be sent.
    bool update(Instant now);

    [[nodiscard]] std::uint64_t bitrate() const { return bitrate_; } ///< bit/s
    void set_cap(std::uint64_t cap);

  private:
    Config config_;
    std::uint64_t bitrate_;
    std::uint64_t expected_ = 0;
    std::uint64_t received_ = 0;
    std::optional<Instant> due_;
};

} // namespace parley::congestion
