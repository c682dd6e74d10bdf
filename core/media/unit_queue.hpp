// Units that wait to be taken.
#pragma once

#include "core/media/depacketizer.hpp"

#include <deque>
#include <optional>
#include <utility>

namespace parley::media {

class UnitQueue {
  public:
    void push(Unit unit) { units_.push_back(std::move(unit)); }
    std::optional<Unit> pop() {
        if (units_.empty()) return std::nullopt;
        auto unit = std::move(units_.front());
        units_.pop_front();
        return unit;
    }

  private:
    std::deque<Unit> units_;
};

} // namespace parley::media
