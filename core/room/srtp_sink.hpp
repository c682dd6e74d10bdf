// A subscription's way out to a peer: encrypts straight into the batch that the loop sends.
#pragma once

#include "core/router/rtp_sink.hpp"
#include "core/transport/send_batch.hpp"
#include "core/transport/transport.hpp"

namespace parley::room {

class SrtpSink final : public RtpSink {
  public:
    struct Counters {
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0; ///< as sent: with header, tag and retransmissions
    };

    /// Both outlive the sink.
    SrtpSink(Transport& transport, SendBatch& batch) : transport_{transport}, batch_{batch} {}

    [[nodiscard]] bool writable() const override {
        return transport_.connected() && transport_.selected_flow().has_value();
    }
    [[nodiscard]] MutBytes begin_packet(std::size_t size, const MediaPacket& source,
                                        LayerIndex layer) override;
    void end_packet(std::uint64_t index, std::size_t header_size, std::size_t head_size,
                    Bytes rest) override;

    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    Transport& transport_;
    SendBatch& batch_;
    MutBytes packet_;
    Counters counters_;
};

} // namespace parley::room
