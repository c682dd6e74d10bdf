// The one store of a layer's recent packets, shared by retransmission, late joiners and every
// subscription.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/router/media_packet.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace parley {

/// Slots are found by sequence number; payload bytes lie packed in chunks that are used in turn.
/// Both start small and grow to the stream's rate until they reach back for `history`, or to their
/// limits; after that nothing is allocated any more. Packets of the present turn (`now`) are never
/// overwritten.
class PacketRing {
  public:
    struct Limits {
        std::size_t min_slots; ///< powers of two
        std::size_t max_slots;
        std::size_t chunk_bytes;
        std::size_t max_bytes;
        Duration history; ///< what the ring tries to hold
    };
    static constexpr Limits video{256, 8192, std::size_t{64} << 10, std::size_t{8} << 20, 1500ms};
    static constexpr Limits audio{64, 512, std::size_t{8} << 10, std::size_t{512} << 10, 1000ms};

    explicit PacketRing(const Limits& limits);

    /// Stores a copy of the bytes and gives the packet to fill in, with `index`, `arrival`, payload
    /// and descriptor set. nullptr when the index is there already, too old, or when there is no
    /// room that this turn may take. Indexes in any order.
    MediaPacket* insert(std::uint64_t index, Bytes payload, Bytes descriptor, Instant now);

    /// nullptr when the packet never came or has been overwritten.
    [[nodiscard]] const MediaPacket* find(std::uint64_t index) const;

    [[nodiscard]] bool empty() const { return !newest_; }
    /// The highest index stored so far.
    [[nodiscard]] std::optional<std::uint64_t> newest() const { return newest_; }
    /// Is everything from `first` to the newest packet here?
    [[nodiscard]] bool whole_since(std::uint64_t first) const;

    [[nodiscard]] std::size_t allocated_bytes() const;

  private:
    struct Chunk {
        std::unique_ptr<std::uint8_t[]> bytes;
        std::size_t used = 0;
        std::uint32_t generation = 0; ///< counts reuses: slots of older ones are dead
        Instant newest{};
    };
    struct Slot {
        MediaPacket packet;
        std::uint32_t generation = 0;
        std::uint32_t chunk = no_chunk;
    };
    static constexpr std::uint32_t no_chunk = 0xFFFFFFFF;

    [[nodiscard]] bool live(const Slot& slot) const {
        return slot.chunk != no_chunk && chunks_[slot.chunk].generation == slot.generation;
    }
    Slot* take_slot(std::uint64_t index, Instant now);
    void grow_slots(Instant now);
    std::uint8_t* take_bytes(std::size_t size, Instant now);

    Limits limits_;
    std::unique_ptr<Slot[]> slots_;
    std::size_t slot_count_ = 0;
    /// Slots from before they grew: packets handed out in this turn may lie there.
    std::vector<std::unique_ptr<Slot[]>> retired_;
    Instant retired_at_{};
    std::vector<Chunk> chunks_;
    std::uint32_t chunk_ = 0;
    std::optional<std::uint64_t> newest_;
};

} // namespace parley
