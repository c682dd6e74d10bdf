#include "core/room/srtp_sink.hpp"

#include "core/srtp/profile.hpp"

namespace parley::room {

MutBytes SrtpSink::begin_packet(std::size_t size, const MediaPacket&, LayerIndex) {
    packet_ = batch_.reserve(size + srtp::max_rtp_overhead);
    return packet_.empty() ? packet_ : packet_.first(size);
}

void SrtpSink::end_packet(std::uint64_t index, std::size_t header_size, std::size_t head_size,
                          Bytes rest) {
    auto* const sender = transport_.sender();
    const auto& flow = transport_.selected_flow();
    if (sender == nullptr || !flow) return;
    const auto size = sender->protect_rtp(packet_, index, header_size, head_size, rest);
    if (size == 0) return;
    batch_.commit(*flow, size);
    ++counters_.packets;
    counters_.bytes += size;
}

} // namespace parley::room
