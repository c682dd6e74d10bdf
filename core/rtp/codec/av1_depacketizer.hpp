// Puts temporal units of AV1 together again from RTP payloads (AOM's RTP payload format for AV1,
// v1.0), and finds the way back after loss.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/av1_obu.hpp"
#include "core/rtp/codec/av1_unit.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::rtp {

struct Av1TemporalUnit {
    std::vector<std::uint8_t> bytes; ///< low-overhead bytestream
    bool keyframe = false;           ///< a decoder can start here
    bool discontinuity = false;      ///< units before it are missing
    Av1Sequence sequence;            ///< that it is coded by
};

/// Takes packets in order. A unit that misses a part is left out whole, and nothing comes out
/// before the first sequence header with its keyframe.
class Av1Depacketizer {
  public:
    struct Packet {
        Bytes payload;
        std::uint32_t timestamp = 0;
        bool marker = false;
        bool gap = false; ///< packets before it are missing
    };

    /// What a unit may hold, so that a sender which never ends one cannot fill the memory.
    static constexpr std::size_t default_max_unit = std::size_t{16} << 20;

    explicit Av1Depacketizer(std::size_t max_unit = default_max_unit) : max_unit_{max_unit} {}

    /// After a loss nothing comes out before the next keyframe.
    void set_wait_for_keyframe(bool wait) { wait_for_keyframe_ = wait; }
    /// Each unit begins with a temporal delimiter, unless it is set that none does.
    void set_delimiter(bool delimiter) { delimiter_ = delimiter; }

    /// To be called before each push(): the unit that this packet shows to have ended, where the
    /// sender sets no marker.
    [[nodiscard]] std::optional<Av1TemporalUnit> ended_before(const Packet& packet);
    /// The unit that the packet ends.
    [[nodiscard]] std::optional<Av1TemporalUnit> push(const Packet& packet);
    /// The stream ends: its last unit, if that is whole.
    [[nodiscard]] std::optional<Av1TemporalUnit> finish();
    void reset();

    /// The next packet goes on with the unit of the last one.
    [[nodiscard]] bool unit_open() const { return state_ == State::open; }
    /// Nothing comes out before the next keyframe.
    [[nodiscard]] bool needs_keyframe() const { return needs_keyframe_; }
    /// Once, whenever a keyframe would help: something is lost, or cannot be decoded.
    bool take_keyframe_wish();

  private:
    enum class State : std::uint8_t {
        lost,    ///< waits for the start of a unit
        between, ///< the last packet ended a unit
        open,
    };

    [[nodiscard]] Bytes delimiter() const;
    [[nodiscard]] bool starts_unit(const Packet& packet) const;
    void begin_unit();
    bool add_payload(Bytes payload);
    bool add_element(Bytes element, bool continues, bool continued);
    bool add_obu(Bytes bytes);
    std::optional<Av1TemporalUnit> end_unit();
    void lose();

    std::size_t max_unit_;
    bool wait_for_keyframe_ = false;
    bool delimiter_ = true;

    State state_ = State::lost;
    std::optional<std::uint32_t> timestamp_; ///< of the last packet
    std::vector<std::uint8_t> unit_;
    std::vector<std::uint8_t> fragment_; ///< the beginning of an OBU that goes on
    Av1UnitInspector inspector_;
    bool needs_keyframe_ = true;
    bool discontinuity_ = false;
    bool keyframe_wish_ = false;
};

} // namespace parley::rtp
