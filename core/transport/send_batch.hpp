// What one turn of the event loop wants sent: packets in one arena, grouped in runs of one
// destination, so that net can hand a run to the kernel in one call (UDP GSO).
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/endpoint.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace parley {

class SendBatch {
  public:
    struct Packet {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };
    struct Run {
        Flow flow;
        std::uint32_t first = 0; ///< index into packets()
        std::uint32_t count = 0;
    };

    explicit SendBatch(std::size_t capacity = std::size_t{4} << 20)
        : arena_{std::make_unique_for_overwrite<std::uint8_t[]>(capacity)}, capacity_{capacity} {}

    /// Room for one packet of at most `size` bytes, or an empty span when the arena is full: then
    /// the owner must flush. A reservation that is not committed is given back by the next one.
    [[nodiscard]] MutBytes reserve(std::size_t size) {
        if (capacity_ - used_ < size) return {};
        return {arena_.get() + used_, size};
    }

    /// Sends the first `size` bytes of the last reservation to `flow`.
    void commit(const Flow& flow, std::size_t size) {
        assert(capacity_ - used_ >= size);
        if (runs_.empty() || runs_.back().flow != flow) {
            runs_.push_back({flow, static_cast<std::uint32_t>(packets_.size()), 0});
        }
        ++runs_.back().count;
        packets_.push_back({static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(size)});
        used_ += size;
    }

    void append(const Flow& flow, Bytes bytes) {
        const auto room = reserve(bytes.size());
        if (room.size() < bytes.size()) return;
        std::memcpy(room.data(), bytes.data(), bytes.size());
        commit(flow, bytes.size());
    }

    [[nodiscard]] bool empty() const { return packets_.empty(); }
    [[nodiscard]] std::size_t used() const { return used_; } ///< bytes
    [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }
    [[nodiscard]] const std::vector<Packet>& packets() const { return packets_; }
    [[nodiscard]] MutBytes bytes(const Packet& packet) {
        return {arena_.get() + packet.offset, packet.size};
    }

    void clear() {
        runs_.clear();
        packets_.clear();
        used_ = 0;
    }

  private:
    std::unique_ptr<std::uint8_t[]> arena_;
    std::size_t capacity_;
    std::size_t used_ = 0;
    std::vector<Run> runs_;
    std::vector<Packet> packets_;
};

} // namespace parley
