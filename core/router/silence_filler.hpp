// Keeps an audio stream alive with silence while its subscription has no source to forward.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/rtp/codec/codec.hpp"

#include <cstdint>
#include <optional>

namespace parley {

class Subscription;

class SilenceFiller {
  public:
    /// One frame, as everybody packetises voice.
    static constexpr Duration frame = 20ms;

    explicit SilenceFiller(Codec codec) : codec_{codec} {}

    /// Fills from now on, until stop().
    void start(Instant now);
    void stop() { due_.reset(); }
    [[nodiscard]] bool running() const { return due_.has_value(); }

    /// Sends the frames that are due.
    void poll(Subscription& subscription, Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const { return due_; }

    /// A frame of digital silence: Opus (RFC 6716) CELT 20 ms fullband with nothing in it; mu-law
    /// and A-law 20 ms.
    static Bytes payload(Codec codec);

  private:
    Codec codec_;
    std::optional<Instant> due_;
};

} // namespace parley
