#include "elements/room/sink/sound_level.hpp"

#include <algorithm>
#include <cmath>

namespace parley::room_elements {

std::uint8_t sound_level(Bytes samples) {
    constexpr double full_scale = 32768;
    constexpr double silence = 127;
    double energy = 0;
    const auto count = samples.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        const auto sample = static_cast<std::int16_t>(samples[2 * i] | samples[2 * i + 1] << 8);
        energy += static_cast<double>(sample) * sample;
    }
    if (energy == 0) return static_cast<std::uint8_t>(silence);
    const double rms = std::sqrt(energy / static_cast<double>(count)) / full_scale;
    return static_cast<std::uint8_t>(std::clamp(-20 * std::log10(rms), 0.0, silence));
}

} // namespace parley::room_elements
