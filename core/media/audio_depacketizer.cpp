#include "core/media/audio_depacketizer.hpp"

#include <utility>

namespace parley::media {

namespace {

/// The static payload type of RFC 3389, which G.711 is interspersed with in pauses.
constexpr std::uint8_t comfort_noise = 13;

} // namespace

void AudioDepacketizer::push(const rtp::PacketView& packet) {
    ++counters_.packets;
    // Another payload type is no break in a stream that needs no keyframes.
    const auto step = order_.take(packet.ssrc(), 0, packet.sequence());
    if (step.place == PacketOrder::Place::late) return;
    counters_.missing += step.missing;
    if (step.place != PacketOrder::Place::next) discontinuity_ = true;

    if (packet.payload().empty()) return; // padding
    if (codec_ != Codec::opus && packet.payload_type() == comfort_noise) return;
    auto unit = reader_.read(packet.payload());
    if (!unit) {
        ++counters_.broken;
        discontinuity_ = true;
        return;
    }
    unit->timestamp = packet.timestamp();
    unit->discontinuity = std::exchange(discontinuity_, false) && started_;
    started_ = true;
    ready_.push(std::move(*unit));
}

} // namespace parley::media
