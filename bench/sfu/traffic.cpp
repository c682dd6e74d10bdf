#include "bench/sfu/traffic.hpp"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>

namespace parley::bench {
namespace {

/// The least that holds the RTP header, a codec's header and one byte.
constexpr std::size_t least_packet = 48;

Pattern frame_of_five(double rate, bool together) {
    Pattern pattern;
    const auto step = Duration{std::llround(1e9 / rate)};
    for (std::size_t i = 0; i < packets_a_frame; ++i) {
        PlannedPacket packet;
        packet.at = together ? Duration{0} : static_cast<Duration::rep>(i) * step;
        packet.size = synthetic_packet_size;
        packet.first = i == 0;
        packet.marker = i + 1 == packets_a_frame;
        pattern.packets.push_back(packet);
    }
    pattern.period = static_cast<Duration::rep>(packets_a_frame) * step;
    return pattern;
}

} // namespace

Pattern single_pattern(double rate) {
    return frame_of_five(rate, false);
}

Pattern frame_pattern(double rate) {
    return frame_of_five(rate, true);
}

Result<Pattern> recorded_pattern(const std::string& path) {
    std::ifstream file{path};
    if (!file) return fail("cannot open the recorded pattern " + path);
    Pattern pattern;
    bool first = true;
    std::size_t frames = 0;
    int line_number = 0;
    for (std::string line; std::getline(file, line);) {
        ++line_number;
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words{line};
        long long at = 0;
        std::size_t size = 0;
        int marker = 0;
        int keyframe = 0;
        if (!(words >> at >> size >> marker >> keyframe) || size < least_packet || size > 1400 ||
            (!pattern.packets.empty() &&
             std::chrono::microseconds{at} < pattern.packets.back().at)) {
            return fail(fmt::format("{}:{}: not a packet of a recording", path, line_number));
        }
        pattern.packets.push_back(
            {std::chrono::microseconds{at}, size, first, marker != 0, keyframe != 0});
        first = marker != 0;
        frames += marker != 0 ? 1 : 0;
    }
    if (frames < 2 || !pattern.packets.back().marker) {
        return fail(path + ": a recording needs two frames, and must end with a whole one");
    }
    // The next round begins one frame after the last frame.
    const auto length = pattern.packets.back().at;
    pattern.period = length + length / static_cast<Duration::rep>(frames - 1);
    return pattern;
}

Result<Pattern> make_pattern(const std::string& name, double rate) {
    if (name == "single" || name == "fives") {
        if (!(rate >= 1)) return fail("the rate must be 1 packet a second or more");
        return name == "single" ? single_pattern(rate) : frame_pattern(rate);
    }
    return recorded_pattern(name);
}

} // namespace parley::bench
