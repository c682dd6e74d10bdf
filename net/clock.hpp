// The one place that reads the clocks.
#pragma once

#include "core/base/time.hpp"

#include <ctime>

namespace parley::net {

inline Instant steady_now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return Instant{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

/// The wall clock as it stands now, tied to steady_now().
inline WallClock read_wall_clock() {
    constexpr std::uint64_t ntp_epoch = 2'208'988'800; ///< seconds from 1900 to 1970
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    const NtpTime seconds{(static_cast<std::uint64_t>(time.tv_sec) + ntp_epoch) << 32};
    return {steady_now(), seconds + std::chrono::nanoseconds{time.tv_nsec}};
}

} // namespace parley::net
