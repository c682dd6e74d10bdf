// Measures how far sound is from picture in what comes out of a pipeline that was given the media
// of flash_and_beep.hpp.
#pragma once

#include "core/base/time.hpp"

#include <gst/gst.h>

#include <optional>
#include <vector>

namespace parley::test {

class LipSyncMeter {
  public:
    struct Offset {
        Duration at{};    ///< running time of the flash
        Duration sound{}; ///< of the beep after the flash: positive where sound is late
    };

    /// Raw buffers in order, with the PTS that counts: I420, of any size...
    void picture(GstBuffer* buffer);
    /// ...and samples as beep_caps has them.
    void sound(GstBuffer* buffer);

    /// Each flash that has a beep within half an interval. The other flashes and beeps were lost
    /// on the way, or lie at the ends.
    [[nodiscard]] std::vector<Offset> offsets() const;
    [[nodiscard]] const std::vector<Duration>& flashes() const { return flashes_; }
    [[nodiscard]] const std::vector<Duration>& beeps() const { return beeps_; }

  private:
    bool bright_ = false;
    std::optional<Duration> last_loud_;
    std::vector<Duration> flashes_;
    std::vector<Duration> beeps_;
};

} // namespace parley::test
