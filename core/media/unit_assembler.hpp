// What a codec does with the payloads of one access unit of video. Which payloads belong together,
// and what becomes of a unit after a loss, is VideoDepacketizer's part.
#pragma once

#include "core/base/bytes.hpp"
#include "core/media/stream_format.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace parley::media {

/// What can be told of a packet that follows lost ones.
enum class UnitStart : std::uint8_t {
    none,     ///< goes on with a unit whose beginning is lost
    delta,    ///< begins one that is no keyframe
    keyframe, ///< begins a keyframe
    unknown,  ///< begins a unit, of which more cannot be told yet
};

struct Assembled {
    enum class Kind : std::uint8_t {
        whole,
        nothing, ///< no picture in it, or one that is left out on purpose
        unusable ///< misses a part, or what it is to be decoded by
    };
    Kind kind = Kind::nothing;
    AccessUnit unit{};
    std::optional<StreamFormat> format{}; ///< of each keyframe
};

class UnitAssembler {
  public:
    virtual ~UnitAssembler() = default;

    [[nodiscard]] virtual UnitStart start(Bytes payload) const = 0;
    /// The next payload begins a unit. `behind_gap`: what came before it is lost, so that this may
    /// not be the unit's first.
    virtual void begin(bool behind_gap) = 0;
    /// False: broken, or more than a unit may hold.
    [[nodiscard]] virtual bool add(Bytes payload) = 0;
    virtual Assembled end() = 0;
    /// Units are missing: what comes next is a keyframe, or not looked at.
    virtual void interrupt() {}
};

/// What to reserve for a unit that follows one of `last` bytes: enough for most, and little where
/// those after a keyframe wait to be stored.
inline std::size_t room_for_next(std::size_t last) {
    constexpr std::size_t most = std::size_t{64} << 10;
    return std::min(last, most);
}

/// Gives a format when it is another than the last one.
class FormatChanges {
  public:
    std::optional<StreamFormat> take(std::optional<StreamFormat> format) {
        if (!format || format == last_) return std::nullopt;
        last_ = *format;
        return format;
    }

  private:
    std::optional<StreamFormat> last_;
};

} // namespace parley::media
