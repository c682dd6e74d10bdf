// Where a subscription's packets go: the encrypted transport of a peer, or a tap.
#pragma once

#include "core/base/bytes.hpp"
#include "core/router/media_packet.hpp"

#include <cstddef>
#include <cstdint>

namespace parley {

class RtpSink {
  public:
    RtpSink() = default;
    RtpSink(const RtpSink&) = delete;
    RtpSink& operator=(const RtpSink&) = delete;
    virtual ~RtpSink() = default;

    /// False while nothing can be sent (not yet connected, or paused): the subscription then keeps
    /// its state and writes nothing.
    [[nodiscard]] virtual bool writable() const = 0;

    /// Room for one packet of at most `size` plaintext bytes, made of `source` of that layer of the
    /// track (no_layer: of our own). An empty span drops the packet.
    [[nodiscard]] virtual MutBytes begin_packet(std::size_t size, const MediaPacket& source,
                                                LayerIndex layer) = 0;

    /// Sends the packet begun last. Its buffer holds the RTP header (`header_size` bytes) and the
    /// rewritten start of the payload, `head_size` bytes in all; `rest` is the rest of the payload,
    /// which stays where it is: the cipher reads it and writes behind the head.
    /// `index` is the SRTP packet index (ROC << 16 | sequence number, RFC 3711, section 3.3.1).
    virtual void end_packet(std::uint64_t index, std::size_t header_size, std::size_t head_size,
                            Bytes rest) = 0;
};

} // namespace parley
