// When each of many objects wants to be called next. Deadlines that moved are left in the heap and
// passed over when they come up: moving one costs a push, and nothing on the packet path.
#pragma once

#include "core/base/time.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace parley::room {

class DeadlineQueue {
  public:
    using Id = std::uint32_t;

    /// Sets the deadline of `id`, in the place of the one before.
    void schedule(Id id, Instant at) {
        auto& current = deadlines_[id];
        if (current == at) return;
        current = at;
        heap_.push_back({at, id});
        std::push_heap(heap_.begin(), heap_.end());
    }

    void remove(Id id) { deadlines_.erase(id); }

    [[nodiscard]] std::optional<Instant> next() {
        drop_stale();
        if (heap_.empty()) return {};
        return heap_.front().at;
    }

    /// The next id whose deadline has come. It has none any more until it is scheduled again.
    std::optional<Id> pop(Instant now) {
        drop_stale();
        if (heap_.empty() || heap_.front().at > now) return {};
        const Id id = heap_.front().id;
        deadlines_.erase(id);
        return id;
    }

  private:
    struct Entry {
        Instant at;
        Id id;
        bool operator<(const Entry& other) const { return at > other.at; }
    };

    void drop_stale() {
        while (!heap_.empty()) {
            const auto& top = heap_.front();
            const auto found = deadlines_.find(top.id);
            if (found != deadlines_.end() && found->second == top.at) return;
            std::pop_heap(heap_.begin(), heap_.end());
            heap_.pop_back();
        }
    }

    std::vector<Entry> heap_;
    std::unordered_map<Id, Instant> deadlines_;
};

} // namespace parley::room
