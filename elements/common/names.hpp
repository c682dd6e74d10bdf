// What a name may look like, for every way in: WebSocket, WHIP, WHEP, tokens, taps.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley {

inline constexpr std::size_t max_name_length = 64;

/// Of a room or a participant: 1 to 64 of A-Z a-z 0-9 . _ - ; not "." or "..", which URLs cannot
/// carry.
bool is_identifier(std::string_view text);

/// `text` with "-" for what may not be there.
std::string as_identifier(std::string_view text);

/// Of a simulcast layer: 1 to `maximum` of A-Z a-z 0-9 _ - .
bool is_rid(std::string_view text, std::size_t maximum);

/// Of a person: 1 to 64 characters of UTF-8 without control characters, not only blanks.
bool is_display_name(std::string_view text);

} // namespace parley
