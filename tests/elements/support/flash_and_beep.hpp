// Test media for lip sync: a picture that is dark but for one white frame at each full second, and
// a silence broken by a beep that starts with that frame.
#pragma once

#include "core/base/time.hpp"
#include "elements/common/gst_ptr.hpp"

#include <cstdint>
#include <vector>

namespace parley::test {

inline constexpr Duration flash_interval = 1s;
inline constexpr Duration beep_duration = 60ms;
inline constexpr Duration picture_duration = 40ms; ///< 25 a second: a flash is on a frame's edge
inline constexpr Duration sound_duration = 20ms;

inline constexpr const char* flash_caps =
    "video/x-raw, format=I420, width=160, height=120, framerate=25/1";
inline constexpr const char* beep_caps =
    "audio/x-raw, format=S16LE, layout=interleaved, rate=48000, channels=1";

/// The n-th picture and the n-th piece of sound, with PTS and duration.
GstPtr<GstBuffer> flash_picture(unsigned n);
GstPtr<GstBuffer> beep_sound(unsigned n);

/// An RTP packet of that media, and when its frame was captured, counted from the first one.
struct TimedPacket {
    Duration captured{};
    std::vector<std::uint8_t> bytes;
    bool frame_start = false;
    bool keyframe = false; ///< with frame_start
};

/// `duration` of it as VP8 (payload type 96, 90 kHz) and as Opus (111, 48 kHz). RTP timestamps
/// start at 0. The picture has a keyframe every second, on the flash.
std::vector<TimedPacket> flashes_as_vp8(Duration duration);
std::vector<TimedPacket> beeps_as_opus(Duration duration);

} // namespace parley::test
