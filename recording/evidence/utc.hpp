// Wall-clock time as RFC 3339 text with nanoseconds: "2026-11-27T15:00:00.123456789Z".
#pragma once

#include "recording/evidence/events.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace parley::recording {

/// Times before 1970 are written as 1970.
std::string to_text(Utc time);
/// Exactly that form, from 1970 to 2261.
std::optional<Utc> parse_utc(std::string_view text);

} // namespace parley::recording
