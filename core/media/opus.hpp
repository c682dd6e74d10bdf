// Opus packets (RFC 6716, section 3) outside of RTP, and the header that decoders start with (RFC
// 7845, section 5.1).
#pragma once

#include "core/base/bytes.hpp"
#include "core/media/stream_format.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::media {

struct OpusPacket {
    bool stereo = false;
    std::uint32_t duration = 0; ///< samples at 48 kHz; at most 120 ms

    /// By the TOC byte and the count of frames. Nothing when it is empty or too long.
    static std::optional<OpusPacket> parse(Bytes packet);
};

/// With an OpusHead that skips nothing: whoever joins a stream in its middle hears from the first
/// sample on.
StreamFormat opus_format(std::uint8_t channels);

/// The format of a stream, packet by packet. A decoder of two channels plays one too, so that two
/// are told wherever the first packet does not show that there is one.
class OpusFormat {
  public:
    /// "stereo" or "sprop-stereo" may say that there are two.
    explicit OpusFormat(std::string_view fmtp);
    /// Of the stream from this packet on.
    StreamFormat of(const OpusPacket& parsed, Bytes packet);

  private:
    std::uint8_t channels_ = 0; ///< 0: not known yet
};

} // namespace parley::media
