// Strong types for time. Core has no clock of its own: every call that needs one takes `now`.
#pragma once

#include <chrono>
#include <cstdint>

namespace parley {

using Duration = std::chrono::nanoseconds;
using namespace std::chrono_literals;

/// The engine's timeline: monotonic, with an origin that only the caller knows. It has no now() on
/// purpose.
struct Clock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;
};

using Instant = Clock::time_point;

/// 64-bit NTP timestamp (RFC 5905, section 6): seconds since 1900 in 32.32 fixed point.
struct NtpTime {
    std::uint64_t value = 0;

    /// The middle 32 bits, as RTCP uses them in LSR and DLSR (RFC 3550, section 6.4.1).
    [[nodiscard]] constexpr std::uint32_t middle() const {
        return static_cast<std::uint32_t>(value >> 16);
    }
    constexpr auto operator<=>(const NtpTime&) const = default;
};

namespace detail {
__extension__ using Wide = __int128;
}

/// Difference of two NTP timestamps, exact to a nanosecond.
constexpr Duration operator-(NtpTime a, NtpTime b) {
    const auto difference = static_cast<std::int64_t>(a.value - b.value);
    return Duration{
        static_cast<std::int64_t>((static_cast<detail::Wide>(difference) * 1'000'000'000) >> 32)};
}

constexpr NtpTime operator+(NtpTime t, Duration d) {
    return NtpTime{t.value + static_cast<std::uint64_t>(
                                 (static_cast<detail::Wide>(d.count()) << 32) / 1'000'000'000)};
}

/// Since 1970, UTC. Of the two eras that 32 bits of seconds cannot tell apart, the one from 1968 to
/// 2104 is meant (RFC 4330, section 3).
constexpr Duration since_1970(NtpTime t) {
    constexpr std::int64_t seconds_from_1900_to_1970 = 2'208'988'800;
    constexpr std::int64_t era = std::int64_t{1} << 32;
    const auto in_era = static_cast<std::int64_t>(t.value >> 32);
    const auto seconds = in_era + (in_era < era / 2 ? era : 0) - seconds_from_1900_to_1970;
    // Rounded: a time that was made of whole nanoseconds gives them back.
    const auto fraction = ((t.value & 0xFFFFFFFF) * 1'000'000'000 + (std::uint64_t{1} << 31)) >> 32;
    return std::chrono::seconds{seconds} + Duration{static_cast<std::int64_t>(fraction)};
}

/// The inverse. Time 0 is what stands for "unknown" and is no time of ours.
constexpr NtpTime ntp_since_1970(Duration since) {
    constexpr NtpTime epoch{std::uint64_t{2'208'988'800} << 32};
    return epoch + since;
}

/// Ties the engine's timeline to the wall clock, read once by whoever owns the clock.
struct WallClock {
    Instant at{};
    NtpTime ntp{};

    [[nodiscard]] constexpr NtpTime ntp_at(Instant now) const { return ntp + (now - at); }
};

} // namespace parley
