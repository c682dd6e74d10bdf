// A room's timeline in a pipeline: NTP times to running times and back.
//
// The room's time is tied to this machine's monotonic clock (a tap's Welcome), which is also what
// GStreamer's system clock shows: for it the conversion is exact. Any other clock is measured
// against the monotonic one, and followed smoothly.
#pragma once

#include "core/base/time.hpp"

#include <gst/gst.h>

#include <mutex>
#include <optional>

namespace parley::room_elements {

/// As GstReferenceTimestampMeta of caps timestamp/x-ntp has it: nanoseconds since 1900.
GstClockTime to_ntp_nanoseconds(NtpTime ntp);
NtpTime from_ntp_nanoseconds(GstClockTime ns);

/// timestamp/x-ntp, the reference of the metas that carry these; borrowed, for ever. Where a time
/// stands on arrival only: timestamp/x-ntp, estimated=true, which is found by the former too.
GstCaps* ntp_reference();
GstCaps* estimated_ntp_reference();
/// Of a buffer that carries one: does it stand on arrival only?
bool is_estimated(const GstReferenceTimestampMeta& meta);

class Timeline {
  public:
    void tie(const WallClock& wall);
    /// The element has got its clock and base time: PAUSED to PLAYING, and from time to time.
    void follow(GstElement* element);
    void stop();

    /// Nothing before both are known. Times before the pipeline began become 0.
    [[nodiscard]] std::optional<GstClockTime> running_time(NtpTime ntp) const;
    [[nodiscard]] std::optional<NtpTime> ntp(GstClockTime running_time) const;
    /// The running time of now.
    [[nodiscard]] std::optional<GstClockTime> now() const;

  private:
    /// A clock's error is corrected by so much of elapsed time.
    static constexpr int slew = 50;

    mutable std::mutex mutex_;
    std::optional<WallClock> wall_;
    bool running_ = false;
    GstClockTime base_time_ = 0;
    Duration offset_{}; ///< the pipeline's clock less the monotonic one
    Duration measured_at_{};
};

} // namespace parley::room_elements
