#include "core/rtcp/transport_feedback.hpp"

#include <algorithm>

namespace parley::rtcp {

namespace {

// Packet status symbols (section 3.1.1).
enum Symbol : unsigned { not_received = 0, small_delta = 1, large_delta = 2, reserved = 3 };

// Symbols that a chunk holds: 13 bits of run length, or 14 or 7 symbols of a vector.
constexpr std::uint16_t chunk_capacity(std::uint16_t chunk) {
    if ((chunk & 0x8000) == 0) return chunk & 0x1FFF;
    return chunk & 0x4000 ? 7 : 14;
}

// The symbol at `index` from the chunk's start.
constexpr unsigned chunk_symbol(std::uint16_t chunk, unsigned index) {
    if ((chunk & 0x8000) == 0) return chunk >> 13 & 3;
    if (chunk & 0x4000) return chunk >> (12 - 2 * index) & 3;
    return chunk >> (13 - index) & 1;
}

} // namespace

std::optional<TransportFeedback> TransportFeedback::parse(Bytes body) {
    ByteReader reader{body};
    TransportFeedback feedback;
    feedback.sender_ssrc = reader.u32();
    feedback.media_ssrc = reader.u32();
    feedback.base_sequence = reader.u16();
    feedback.status_count = reader.u16();
    feedback.reference_time = reader.u24();
    feedback.feedback_count = reader.u8();
    if (!reader.ok() || feedback.status_count == 0) return {};

    // One pass over the chunks tells how many bytes of deltas there must be.
    const auto rest = reader.rest();
    std::size_t left = feedback.status_count;
    std::size_t delta_bytes = 0;
    while (left != 0) {
        const auto chunk = reader.u16();
        if (!reader.ok()) return {};
        const auto capacity = chunk_capacity(chunk);
        if (capacity == 0) return {}; // an empty run: no sender makes it, and it would not end
        const auto symbols = std::min<std::size_t>(capacity, left);
        if ((chunk & 0x8000) == 0) {
            const auto symbol = chunk_symbol(chunk, 0);
            if (symbol == reserved) return {};
            delta_bytes += symbols * symbol; // a small delta is one byte, a large one is two
        } else {
            for (unsigned i = 0; i < symbols; ++i) {
                const auto symbol = chunk_symbol(chunk, i);
                if (symbol == reserved) return {};
                delta_bytes += symbol;
            }
        }
        left -= symbols;
    }
    if (reader.remaining() < delta_bytes) return {};
    feedback.chunks_ = rest.first(rest.size() - reader.remaining());
    feedback.deltas_ = reader.rest().first(delta_bytes);
    return feedback;
}

TransportFeedback::Cursor TransportFeedback::statuses() const {
    return {chunks_, deltas_, base_sequence, status_count,
            std::int64_t{reference_time} * ticks_per_reference};
}

unsigned TransportFeedback::Cursor::next_symbol() {
    if (in_chunk_ == 0) {
        chunk_ = load_be16(chunks_.data());
        chunks_ = chunks_.subspan(2);
        in_chunk_ = chunk_capacity(chunk_);
    }
    const auto symbol = chunk_symbol(chunk_, chunk_capacity(chunk_) - in_chunk_);
    --in_chunk_;
    return symbol;
}

std::optional<PacketStatus> TransportFeedback::Cursor::next() {
    if (left_ == 0) return {};
    --left_;
    PacketStatus status;
    status.sequence = sequence_++;
    switch (next_symbol()) {
    case small_delta:
        time_ += deltas_[0];
        deltas_ = deltas_.subspan(1);
        status.arrival = time_;
        break;
    case large_delta:
        time_ += static_cast<std::int16_t>(load_be16(deltas_.data()));
        deltas_ = deltas_.subspan(2);
        status.arrival = time_;
        break;
    default:
        break;
    }
    return status;
}

} // namespace parley::rtcp
