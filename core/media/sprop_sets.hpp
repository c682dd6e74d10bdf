// Parameter sets that SDP carries (RFC 6184, section 8.1; RFC 7798, section 7.1).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace parley::media {

/// NAL units of one parameter of `fmtp`: base64, separated by commas. What is not base64 is left
/// out.
std::vector<std::vector<std::uint8_t>> sprop_sets(std::string_view fmtp, std::string_view name);

} // namespace parley::media
