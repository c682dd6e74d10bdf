// A line of events.jsonl. Durations are whole nanoseconds, times RFC 3339 or null, digests
// hexadecimal.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/json.hpp"
#include "recording/evidence/events.hpp"

#include <string>
#include <string_view>

namespace parley::recording {

struct Line {
    std::uint64_t seq = 0; ///< from 0, without holes
    Event event;
    Digest prev{}; ///< head of the chain before this line
};

/// A line longer than this is no line of ours.
inline constexpr std::size_t max_line = std::size_t{1} << 20;

/// Without a newline.
std::string print_line(const Line& line);
/// Every member of a known type has to be there and to be of its type. Types that are not known
/// become UnknownEvent, and members that are not known are passed over, so that newer recordings
/// can be verified: the chain covers them all the same.
Result<Line> parse_line(std::string_view text);

/// The members of one event, without those that all have.
void print_members(json::Writer& writer, const EventBody& body);

/// SHA-256 over the old head and the line without its newline.
Digest next_head(const Digest& head, std::string_view line);

} // namespace parley::recording
