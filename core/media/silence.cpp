#include "core/media/silence.hpp"

#include <array>
#include <cstddef>

namespace parley::media {

namespace {

template <std::uint8_t value>
constexpr auto filled() {
    std::array<std::uint8_t, 160> samples{};
    for (auto& sample : samples)
        sample = value;
    return samples;
}

// RFC 6716: CELT, fullband, one frame of 20 ms with nothing in it.
constexpr std::array<std::uint8_t, 3> opus_mono{0xF8, 0xFF, 0xFE};
constexpr std::array<std::uint8_t, 3> opus_stereo{0xFC, 0xFF, 0xFE};
constexpr auto mu_law = filled<0xFF>();
constexpr auto a_law = filled<0xD5>();

} // namespace

Bytes silence_packet(Codec codec, unsigned channels) {
    switch (codec) {
    case Codec::pcmu:
        return mu_law;
    case Codec::pcma:
        return a_law;
    default:
        return channels > 1 ? opus_stereo : opus_mono;
    }
}

Silence::Silence(const StreamFormat& format)
    : packet_{silence_packet(format.codec, format.channels)} {}

} // namespace parley::media
