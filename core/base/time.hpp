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

/// Ties the engine's timeline to the wall clock, read once by whoever owns the clock.
struct WallClock {
    Instant at{};
    NtpTime ntp{};

    [[nodiscard]] constexpr NtpTime ntp_at(Instant now) const { return ntp + (now - at); }
};

} // namespace parley
