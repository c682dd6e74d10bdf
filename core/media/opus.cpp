#include "core/media/opus.hpp"

#include "core/sdp/session_description.hpp"

#include <array>

namespace parley::media {

namespace {

constexpr std::uint32_t rate = 48000;
constexpr std::uint32_t max_duration = rate * 120 / 1000;
/// Packets up to this size may be silence or DTX that a server or an encoder fills in.
constexpr std::size_t silence_size = 3;

// Table 2 of RFC 6716.
constexpr std::uint32_t frame_duration(unsigned config) {
    constexpr std::array<std::uint32_t, 4> silk{480, 960, 1920, 2880};
    constexpr std::array<std::uint32_t, 2> hybrid{480, 960};
    constexpr std::array<std::uint32_t, 4> celt{120, 240, 480, 960};
    if (config < 12) return silk[config % 4];
    if (config < 16) return hybrid[config % 2];
    return celt[config % 4];
}

} // namespace

std::optional<OpusPacket> OpusPacket::parse(Bytes packet) {
    if (packet.empty()) return {};
    const unsigned code = packet[0] & 0x03;
    unsigned frames = code == 0 ? 1 : 2;
    if (code == 3) {
        if (packet.size() < 2) return {};
        frames = packet[1] & 0x3F;
    }
    const auto duration = frames * frame_duration(packet[0] >> 3);
    if (duration == 0 || duration > max_duration) return {};
    return OpusPacket{(packet[0] & 0x04) != 0, duration};
}

StreamFormat opus_format(std::uint8_t channels) {
    StreamFormat format;
    format.codec = Codec::opus;
    format.sample_rate = rate;
    format.channels = channels;
    format.configuration = {'O',  'p',  'u', 's', 'H', 'e', 'a', 'd', 1, channels, 0, 0, // pre-skip
                            0x80, 0xBB, 0,   0,                                          // 48000 Hz
                            0,    0,    0}; // gain, mapping family
    return format;
}

OpusFormat::OpusFormat(std::string_view fmtp) {
    const bool stereo =
        sdp::fmtp_value(fmtp, "stereo") == "1" || sdp::fmtp_value(fmtp, "sprop-stereo") == "1";
    if (stereo) channels_ = 2;
}

StreamFormat OpusFormat::of(const OpusPacket& parsed, Bytes packet) {
    const bool mono = !parsed.stereo && packet.size() > silence_size;
    if (channels_ == 0) channels_ = mono ? 1 : 2;
    if (parsed.stereo) channels_ = 2;
    return opus_format(channels_);
}

} // namespace parley::media
