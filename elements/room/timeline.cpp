#include "elements/room/timeline.hpp"

#include "elements/common/gst_ptr.hpp"
#include "net/clock.hpp"

#include <algorithm>

namespace parley::room_elements {

namespace {

Duration monotonic_now() {
    return net::steady_now().time_since_epoch();
}

/// Is it the monotonic clock itself?
bool is_monotonic(GstClock* clock) {
    if (!GST_IS_SYSTEM_CLOCK(clock)) return false;
    GstClockType type = GST_CLOCK_TYPE_OTHER;
    g_object_get(clock, "clock-type", &type, nullptr);
    const auto master = adopt_ptr(gst_clock_get_master(clock));
    return type == GST_CLOCK_TYPE_MONOTONIC && !master;
}

} // namespace

GstClockTime to_ntp_nanoseconds(NtpTime ntp) {
    return gst_util_uint64_scale(ntp.value, GST_SECOND, G_GUINT64_CONSTANT(1) << 32);
}

NtpTime from_ntp_nanoseconds(GstClockTime ns) {
    return NtpTime{gst_util_uint64_scale(ns, G_GUINT64_CONSTANT(1) << 32, GST_SECOND)};
}

namespace {
GstCaps* kept_for_ever(const char* description) {
    auto* const caps = gst_caps_from_string(description);
    GST_MINI_OBJECT_FLAG_SET(caps, GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED); // on purpose
    return caps;
}
} // namespace

GstCaps* ntp_reference() {
    static GstCaps* const caps = kept_for_ever("timestamp/x-ntp");
    return caps;
}

GstCaps* estimated_ntp_reference() {
    static GstCaps* const caps = kept_for_ever("timestamp/x-ntp, estimated=(boolean)true");
    return caps;
}

bool is_estimated(const GstReferenceTimestampMeta& meta) {
    // Ours are the same object all along; a copy that went through a process is not.
    return meta.reference == estimated_ntp_reference() ||
           (meta.reference != ntp_reference() &&
            gst_caps_is_subset(meta.reference, estimated_ntp_reference()) != FALSE);
}

void Timeline::tie(const WallClock& wall) {
    const std::lock_guard lock{mutex_};
    wall_ = wall;
}

void Timeline::follow(GstElement* element) {
    const auto clock = adopt_ptr(gst_element_get_clock(element));
    if (!clock) return;
    const auto base_time = gst_element_get_base_time(element);
    Duration offset{};
    const Duration at = monotonic_now();
    if (!is_monotonic(clock.get())) {
        offset = Duration{static_cast<std::int64_t>(gst_clock_get_time(clock.get()))} - at;
    }
    const std::lock_guard lock{mutex_};
    if (running_ && base_time == base_time_) {
        const Duration most = (at - measured_at_) / slew;
        offset = offset_ + std::clamp(offset - offset_, -most, most);
    }
    offset_ = offset;
    measured_at_ = at;
    base_time_ = base_time;
    running_ = true;
}

void Timeline::stop() {
    const std::lock_guard lock{mutex_};
    running_ = false;
}

std::optional<GstClockTime> Timeline::running_time(NtpTime ntp) const {
    const std::lock_guard lock{mutex_};
    if (!wall_ || !running_) return std::nullopt;
    const Duration monotonic = wall_->at.time_since_epoch() + (ntp - wall_->ntp);
    const auto running = (monotonic + offset_).count() - static_cast<std::int64_t>(base_time_);
    return static_cast<GstClockTime>(std::max<std::int64_t>(running, 0));
}

std::optional<NtpTime> Timeline::ntp(GstClockTime running_time) const {
    const std::lock_guard lock{mutex_};
    if (!wall_ || !running_) return std::nullopt;
    const Duration monotonic =
        Duration{static_cast<std::int64_t>(running_time + base_time_)} - offset_;
    return wall_->ntp_at(Instant{monotonic});
}

std::optional<GstClockTime> Timeline::now() const {
    const std::lock_guard lock{mutex_};
    if (!running_) return std::nullopt;
    const auto running =
        (monotonic_now() + offset_).count() - static_cast<std::int64_t>(base_time_);
    return static_cast<GstClockTime>(std::max<std::int64_t>(running, 0));
}

} // namespace parley::room_elements
