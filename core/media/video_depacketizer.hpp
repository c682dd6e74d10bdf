// Access units of video from packets: where units begin and end, and what follows from a loss.
#pragma once

#include "core/media/depacketizer.hpp"
#include "core/media/packet_order.hpp"
#include "core/media/unit_assembler.hpp"
#include "core/media/unit_queue.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace parley::media {

/// A unit ends with a marker, or where the timestamp changes without a gap. One that misses a part
/// is left out, and with it all that follows as far as the next keyframe.
class VideoDepacketizer final : public Depacketizer {
  public:
    explicit VideoDepacketizer(std::unique_ptr<UnitAssembler> assembler)
        : assembler_{std::move(assembler)} {}

    void push(const rtp::PacketView& packet) override;
    std::optional<Unit> pop() override { return ready_.pop(); }
    void finish() override;
    bool take_keyframe_wish() override { return std::exchange(keyframe_wish_, false); }
    [[nodiscard]] bool frozen() const override { return frozen_; }
    [[nodiscard]] const DepacketizerCounters& counters() const override { return counters_; }

  private:
    enum class State : std::uint8_t {
        lost,    ///< waits for the start of a unit
        between, ///< the last packet ended a unit
        open,
    };

    void add(const rtp::PacketView& packet, bool behind_gap);
    void begin_unit(bool behind_gap);
    void end_unit();
    void end_stream();
    void lose();
    void leave_out();
    void need_keyframe();

    std::unique_ptr<UnitAssembler> assembler_;
    PacketOrder order_;
    State state_ = State::lost;
    /// Of the last packet; nothing where a gap makes it worthless for telling units apart.
    std::optional<std::uint32_t> timestamp_;
    /// Of a unit that was given up within: what follows with it is no beginning, whatever it looks
    /// like.
    std::optional<std::uint32_t> cut_;
    std::uint64_t unit_packets_ = 0;
    bool marks_ends_ = false; ///< the sender sets markers

    bool frozen_ = true;
    bool asked_ = false; ///< for a keyframe, since the last loss
    bool keyframe_wish_ = false;
    bool discontinuity_ = false;
    bool started_ = false; ///< a unit has come out
    FormatChanges format_;
    UnitQueue ready_;
    DepacketizerCounters counters_;
};

} // namespace parley::media
