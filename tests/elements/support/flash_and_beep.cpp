#include "tests/elements/support/flash_and_beep.hpp"

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/packet.hpp"
#include "elements/common/mapped_buffer.hpp"

#include <gst/check/gstharness.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>

namespace parley::test {
namespace {

constexpr unsigned width = 160;
constexpr unsigned height = 120;
constexpr unsigned sample_rate = 48'000;
constexpr double beep_frequency = 1000;
constexpr double beep_amplitude = 16'000;

constexpr std::uint8_t black = 16;
constexpr std::uint8_t white = 235;
constexpr std::uint8_t no_colour = 128;

template <class T>
GstPtr<GstBuffer> buffer_of(const T& values, Duration at, Duration lasting) {
    auto buffer =
        adopt_ptr(gst_buffer_new_memdup(values.data(), values.size() * sizeof(values[0])));
    GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(at.count());
    GST_BUFFER_DURATION(buffer.get()) = static_cast<GstClockTime>(lasting.count());
    return buffer;
}

/// Pushes one raw buffer after the other through an encoder and a payloader.
template <class MakeBuffer>
std::vector<TimedPacket> packets_of(Codec codec, const char* launch, const char* caps,
                                    unsigned count, MakeBuffer make) {
    const std::unique_ptr<GstHarness, FreeWith<gst_harness_teardown>> harness{
        gst_harness_new_parse(launch)};
    gst_harness_set_src_caps_str(harness.get(), caps);
    for (unsigned n = 0; n < count; ++n)
        gst_harness_push(harness.get(), make(n).release());
    gst_harness_push_event(harness.get(), gst_event_new_eos());

    std::vector<TimedPacket> packets;
    while (const auto buffer = adopt_ptr(gst_harness_try_pull(harness.get()))) {
        const MappedBuffer map{buffer.get()};
        TimedPacket packet;
        packet.captured = Duration{static_cast<std::int64_t>(GST_BUFFER_PTS(buffer.get()))};
        packet.bytes.assign(map.bytes().begin(), map.bytes().end());
        if (const auto view = rtp::PacketView::parse(packet.bytes)) {
            const auto frame = rtp::inspect(codec, view->payload());
            packet.frame_start = frame.frame_start;
            packet.keyframe = frame.keyframe_start;
        }
        packets.push_back(std::move(packet));
    }
    return packets;
}

} // namespace

GstPtr<GstBuffer> flash_picture(unsigned n) {
    const auto at = n * picture_duration;
    std::array<std::uint8_t, std::size_t{width} * height * 3 / 2> picture{};
    const auto luma = std::size_t{width} * height;
    std::fill_n(picture.begin(), luma, at % flash_interval == 0s ? white : black);
    std::fill(picture.begin() + luma, picture.end(), no_colour);
    return buffer_of(picture, at, picture_duration);
}

GstPtr<GstBuffer> beep_sound(unsigned n) {
    constexpr auto piece = static_cast<std::size_t>(sample_rate / (1s / sound_duration));
    constexpr auto interval = static_cast<std::size_t>(sample_rate * (flash_interval / 1s));
    constexpr auto beep =
        static_cast<std::size_t>(sample_rate / (1s / 1ms) * (beep_duration / 1ms));
    std::array<std::int16_t, piece> sound{};
    for (std::size_t i = 0; i < piece; ++i) {
        const auto in_interval = (n * piece + i) % interval;
        if (in_interval >= beep) continue;
        const auto phase =
            2 * std::numbers::pi * beep_frequency * static_cast<double>(in_interval) / sample_rate;
        sound.at(i) = static_cast<std::int16_t>(beep_amplitude * std::cos(phase));
    }
    return buffer_of(sound, n * sound_duration, sound_duration);
}

std::vector<TimedPacket> flashes_as_vp8(Duration duration) {
    return packets_of(Codec::vp8,
                      "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=25 ! "
                      "rtpvp8pay pt=96 timestamp-offset=0 seqnum-offset=0 "
                      "picture-id-mode=15-bit mtu=1200",
                      flash_caps, static_cast<unsigned>(duration / picture_duration),
                      flash_picture);
}

std::vector<TimedPacket> beeps_as_opus(Duration duration) {
    return packets_of(Codec::opus, "opusenc ! rtpopuspay pt=111 timestamp-offset=0 seqnum-offset=0",
                      beep_caps, static_cast<unsigned>(duration / sound_duration), beep_sound);
}

} // namespace parley::test
