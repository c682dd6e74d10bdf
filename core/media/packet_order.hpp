// Where a packet stands among those of its stream: next, behind a gap, too late, or the first of
// another stream (RFC 3550, appendix A.1).
#pragma once

#include "core/rtp/sequence.hpp"

#include <cstdint>
#include <optional>

namespace parley::media {

class PacketOrder {
  public:
    enum class Place : std::uint8_t {
        late,       ///< a duplicate, or older than one that was taken
        next,       ///< follows the last one
        behind_gap, ///< packets between them never came
        new_stream, ///< the first one, or the sender has started over
    };
    struct Step {
        Place place{};
        std::uint16_t missing = 0; ///< packets of the gap
    };

    Step take(rtp::Ssrc ssrc, std::uint8_t payload_type, std::uint16_t sequence) {
        if (!last_ || ssrc != ssrc_ || payload_type != payload_type_) {
            ssrc_ = ssrc;
            payload_type_ = payload_type;
            return start(sequence);
        }
        const int step = rtp::distance(*last_, sequence);
        if (step > 0) {
            restart_at_.reset();
            last_ = sequence;
            if (step == 1) return {Place::next};
            return {Place::behind_gap, static_cast<std::uint16_t>(step - 1)};
        }
        // Two that follow one another far behind: the sender has started its numbers over.
        if (restart_at_ == sequence) return start(sequence);
        restart_at_.reset();
        if (step < -max_misorder) restart_at_ = static_cast<std::uint16_t>(sequence + 1);
        return {Place::late};
    }

  private:
    static constexpr int max_misorder = 100;

    Step start(std::uint16_t sequence) {
        restart_at_.reset();
        last_ = sequence;
        return {Place::new_stream};
    }

    rtp::Ssrc ssrc_{};
    std::uint8_t payload_type_ = 0;
    std::optional<std::uint16_t> last_;
    std::optional<std::uint16_t> restart_at_;
};

} // namespace parley::media
