// The engine's timeline in a shell: the monotonic clock of GLib.
#pragma once

#include "core/base/time.hpp"

#include <glib.h>

namespace parley {

inline Instant steady_now() {
    return Instant{std::chrono::microseconds{g_get_monotonic_time()}};
}

/// Seconds since 1970.
inline std::int64_t wall_seconds() {
    return g_get_real_time() / G_USEC_PER_SEC;
}

} // namespace parley
