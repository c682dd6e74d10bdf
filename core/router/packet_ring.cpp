#include "core/router/packet_ring.hpp"

#include <algorithm>
#include <cstring>

namespace parley {

PacketRing::PacketRing(const Limits& limits) : limits_{limits} {}

MediaPacket* PacketRing::insert(std::uint64_t index, Bytes payload, Bytes descriptor, Instant now) {
    if (payload.size() > 0xFFFF || descriptor.size() > 0xFF) return nullptr;
    if (find(index) != nullptr) return nullptr;
    Slot* slot = take_slot(index, now);
    if (slot == nullptr) return nullptr;
    std::uint8_t* bytes = take_bytes(payload.size() + descriptor.size(), now);
    if (bytes == nullptr) return nullptr;

    if (!payload.empty()) std::memcpy(bytes, payload.data(), payload.size());
    if (!descriptor.empty()) {
        std::memcpy(bytes + payload.size(), descriptor.data(), descriptor.size());
    }
    slot->chunk = chunk_;
    slot->generation = chunks_[chunk_].generation;
    slot->packet = MediaPacket{};
    slot->packet.index = index;
    slot->packet.arrival = now;
    slot->packet.payload_data = bytes;
    slot->packet.payload_size = static_cast<std::uint16_t>(payload.size());
    slot->packet.descriptor_size = static_cast<std::uint8_t>(descriptor.size());
    if (!newest_ || index > *newest_) newest_ = index;
    return &slot->packet;
}

const MediaPacket* PacketRing::find(std::uint64_t index) const {
    if (slot_count_ == 0) return nullptr;
    const Slot& slot = slots_[index & (slot_count_ - 1)];
    return slot.packet.index == index && live(slot) ? &slot.packet : nullptr;
}

bool PacketRing::whole_since(std::uint64_t first) const {
    if (!newest_ || first > *newest_ || *newest_ - first >= slot_count_) return false;
    for (std::uint64_t i = first; i <= *newest_; ++i) {
        if (find(i) == nullptr) return false;
    }
    return true;
}

std::size_t PacketRing::allocated_bytes() const {
    return slot_count_ * sizeof(Slot) + chunks_.size() * limits_.chunk_bytes;
}

PacketRing::Slot* PacketRing::take_slot(std::uint64_t index, Instant now) {
    if (!retired_.empty() && now - retired_at_ > 1s) retired_.clear();
    if (slot_count_ == 0) {
        slot_count_ = limits_.min_slots;
        slots_ = std::make_unique<Slot[]>(slot_count_);
    }
    if (newest_ && index + slot_count_ <= *newest_) return nullptr;
    for (;;) {
        Slot& slot = slots_[index & (slot_count_ - 1)];
        if (!live(slot)) return &slot;
        if (slot.packet.index > index) return nullptr;
        const Duration age = now - slot.packet.arrival;
        if (age >= limits_.history && age > Duration{}) return &slot;
        if (slot_count_ == limits_.max_slots) return age > Duration{} ? &slot : nullptr;
        grow_slots(now);
    }
}

void PacketRing::grow_slots(Instant now) {
    // Two packets that differ modulo n differ modulo 2n too: nothing collides.
    const std::size_t count = slot_count_ * 2;
    auto slots = std::make_unique<Slot[]>(count);
    for (std::size_t i = 0; i < slot_count_; ++i) {
        const Slot& slot = slots_[i];
        if (live(slot)) slots[slot.packet.index & (count - 1)] = slot;
    }
    retired_.push_back(std::move(slots_));
    retired_at_ = now;
    slots_ = std::move(slots);
    slot_count_ = count;
}

std::uint8_t* PacketRing::take_bytes(std::size_t size, Instant now) {
    if (size > limits_.chunk_bytes) return nullptr;
    if (chunks_.empty() || limits_.chunk_bytes - chunks_[chunk_].used < size) {
        const auto oldest =
            std::min_element(chunks_.begin(), chunks_.end(),
                             [](const Chunk& a, const Chunk& b) { return a.newest < b.newest; });
        const bool may_grow = (chunks_.size() + 1) * limits_.chunk_bytes <= limits_.max_bytes;
        if (oldest == chunks_.end() || (may_grow && now - oldest->newest < limits_.history)) {
            chunk_ = static_cast<std::uint32_t>(chunks_.size());
            auto& chunk = chunks_.emplace_back();
            chunk.bytes = std::make_unique_for_overwrite<std::uint8_t[]>(limits_.chunk_bytes);
        } else {
            if (oldest->newest == now) return nullptr;
            chunk_ = static_cast<std::uint32_t>(oldest - chunks_.begin());
            oldest->used = 0;
            ++oldest->generation;
        }
    }
    Chunk& chunk = chunks_[chunk_];
    std::uint8_t* bytes = chunk.bytes.get() + chunk.used;
    chunk.used += size;
    chunk.newest = now;
    return bytes;
}

} // namespace parley
