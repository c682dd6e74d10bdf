#include "core/media/sound_reader.hpp"

namespace parley::media {

namespace {

StreamFormat g711_format(Codec codec) {
    StreamFormat format;
    format.codec = codec;
    format.sample_rate = clock_rate(codec);
    format.channels = 1;
    return format;
}

} // namespace

std::optional<Unit> SoundReader::read(Bytes packet) {
    if (packet.empty()) return {};
    Unit unit;
    if (codec_ == Codec::opus) {
        const auto parsed = OpusPacket::parse(packet);
        if (!parsed) return {};
        unit.duration = parsed->duration;
        unit.format = changes_.take(opus_.of(*parsed, packet));
    } else {
        unit.duration = static_cast<std::uint32_t>(packet.size());
        unit.format = changes_.take(g711_format(codec_));
    }
    unit.unit.data.assign(packet.begin(), packet.end());
    unit.unit.keyframe = true;
    return unit;
}

} // namespace parley::media
