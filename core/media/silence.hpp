// Sound that is silence, to fill what is missing without transcoding.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/media/stream_format.hpp"

namespace parley::media {

/// 20 ms of digital silence: Opus or G.711. Lives as long as the program.
Bytes silence_packet(Codec codec, unsigned channels);

/// A packet that decodes to silence of `duration()`, 20 ms. Opus: a CELT frame of the channels that
/// the format says; G.711: its zero.
class Silence {
  public:
    explicit Silence(const StreamFormat& format);
    [[nodiscard]] Bytes packet() const { return packet_; }
    [[nodiscard]] Duration duration() const { return 20ms; }

  private:
    Bytes packet_;
};

} // namespace parley::media
