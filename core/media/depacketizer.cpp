#include "core/media/depacketizer.hpp"

#include "core/media/audio_depacketizer.hpp"
#include "core/media/av1_payload.hpp"
#include "core/media/h264_payload.hpp"
#include "core/media/h265_payload.hpp"
#include "core/media/video_depacketizer.hpp"
#include "core/media/vp8_payload.hpp"
#include "core/media/vp9_payload.hpp"

namespace parley::media {

Unit::Unit(Unit&& other) noexcept = default;
Unit& Unit::operator=(Unit&& other) noexcept = default;

std::unique_ptr<Depacketizer> Depacketizer::create(Codec codec, std::string_view fmtp) {
    const auto video = [](std::unique_ptr<UnitAssembler> assembler) {
        return std::make_unique<VideoDepacketizer>(std::move(assembler));
    };
    switch (codec) {
    case Codec::vp8:
        return video(std::make_unique<Vp8Payload>());
    case Codec::vp9:
        return video(std::make_unique<Vp9Payload>());
    case Codec::h264:
        return video(std::make_unique<H264Payload>(fmtp));
    case Codec::h265:
        return video(std::make_unique<H265Payload>(fmtp));
    case Codec::av1:
        return video(std::make_unique<Av1Payload>());
    case Codec::opus:
    case Codec::pcmu:
    case Codec::pcma:
        break;
    }
    return std::make_unique<AudioDepacketizer>(codec, fmtp);
}

} // namespace parley::media
