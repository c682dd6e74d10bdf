// What a row of OBUs is: a temporal unit, or one frame of it.
#pragma once

#include "core/rtp/codec/av1_obu.hpp"
#include "core/rtp/codec/av1_sequence.hpp"

#include <optional>

namespace parley::rtp {

/// Looks at the OBUs of a stream in order, unit by unit.
class Av1UnitInspector {
  public:
    /// False: a sequence header that is broken.
    bool add(const Av1Obu& obu);
    /// The next OBU belongs to another unit.
    void begin() {
        has_sequence_ = false;
        has_keyframe_ = false;
        complete_ = false;
    }
    void reset() { *this = {}; }

    /// A decoder can start with this unit: a sequence header and a keyframe that is shown.
    [[nodiscard]] bool starts_sequence() const { return has_sequence_ && has_keyframe_; }
    /// The picture of the top spatial layer is here: nothing of the same time follows.
    [[nodiscard]] bool complete() const { return complete_; }
    /// The latest, of this unit or an earlier one.
    [[nodiscard]] const std::optional<Av1Sequence>& sequence() const { return sequence_; }

  private:
    std::optional<Av1Sequence> sequence_;
    bool has_sequence_ = false;
    bool has_keyframe_ = false;
    bool complete_ = false;
};

} // namespace parley::rtp
