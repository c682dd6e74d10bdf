#include "tests/elements/support/lip_sync.hpp"

#include "elements/common/mapped_buffer.hpp"
#include "tests/elements/support/flash_and_beep.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>

namespace parley::test {
namespace {

constexpr unsigned bright = 150; ///< mean luma; a decoder's white and black are far from it
constexpr unsigned dark = 80;
constexpr int loud = 4000; ///< a quarter of the beep's amplitude
constexpr auto quiet_before = 200ms;
constexpr std::int64_t sample_rate = 48'000;

Duration pts_of(GstBuffer* buffer) {
    return Duration{static_cast<std::int64_t>(GST_BUFFER_PTS(buffer))};
}

unsigned mean_luma(Bytes picture) {
    const auto luma = picture.first(picture.size() * 2 / 3);
    if (luma.empty()) return 0;
    return static_cast<unsigned>(std::accumulate(luma.begin(), luma.end(), std::size_t{0}) /
                                 luma.size());
}

} // namespace

void LipSyncMeter::picture(GstBuffer* buffer) {
    const auto luma = mean_luma(MappedBuffer{buffer}.bytes());
    if (!bright_ && luma > bright) {
        bright_ = true;
        flashes_.push_back(pts_of(buffer));
    } else if (bright_ && luma < dark) {
        bright_ = false;
    }
}

void LipSyncMeter::sound(GstBuffer* buffer) {
    const MappedBuffer map{buffer};
    const auto bytes = map.bytes();
    for (std::size_t at = 0; at + sizeof(std::int16_t) <= bytes.size();
         at += sizeof(std::int16_t)) {
        std::int16_t sample = 0;
        std::memcpy(&sample, &bytes[at], sizeof sample);
        if (std::abs(int{sample}) < loud) continue;
        const auto index = static_cast<std::int64_t>(at / sizeof sample);
        const auto time = pts_of(buffer) + Duration{index * 1'000'000'000 / sample_rate};
        if (!last_loud_ || time - *last_loud_ > quiet_before) beeps_.push_back(time);
        last_loud_ = time;
    }
}

std::vector<LipSyncMeter::Offset> LipSyncMeter::offsets() const {
    std::vector<Offset> found;
    for (const auto flash : flashes_) {
        const auto nearest =
            std::min_element(beeps_.begin(), beeps_.end(), [&](Duration a, Duration b) {
                return std::chrono::abs(a - flash) < std::chrono::abs(b - flash);
            });
        if (nearest == beeps_.end()) continue;
        if (std::chrono::abs(*nearest - flash) > flash_interval / 2) continue;
        found.push_back({flash, *nearest - flash});
    }
    return found;
}

} // namespace parley::test
