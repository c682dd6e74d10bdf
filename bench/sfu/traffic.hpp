// What the publisher sends and when: evenly spaced packets, frames of five, or a recorded pattern.
#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace parley::bench {

inline constexpr std::size_t packets_a_frame = 5;
inline constexpr std::size_t synthetic_packet_size = 1100; ///< RTP header included, SRTP not

struct PlannedPacket {
    Duration at{};        ///< from the start of the pattern
    std::size_t size = 0; ///< of the RTP packet, header included
    bool first = false;   ///< of its frame
    bool marker = false;  ///< last of its frame
    bool keyframe = false;
};

/// A pattern repeats after `period`. Frames are whole in it.
struct Pattern {
    std::vector<PlannedPacket> packets;
    Duration period{};
};

/// `rate` packets a second, each by itself and evenly spaced; five make a frame.
Pattern single_pattern(double rate);
/// The same as frames of five packets that leave together.
Pattern frame_pattern(double rate);
/// A text file of one packet a line: microseconds from the start, bytes of RTP packet, marker (0 or
/// 1), keyframe (0 or 1); '#' starts a comment.
Result<Pattern> recorded_pattern(const std::string& path);

/// "single", "fives", or the path of a recording (then `rate` counts for nothing).
Result<Pattern> make_pattern(const std::string& name, double rate);

} // namespace parley::bench
