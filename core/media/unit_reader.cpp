#include "core/media/annex_b.hpp"
#include "core/media/av1_payload.hpp"
#include "core/media/depacketizer.hpp"
#include "core/media/nal_unit_builder.hpp"
#include "core/media/sound_reader.hpp"
#include "core/media/vp8_payload.hpp"
#include "core/media/vp9_payload.hpp"
#include "core/rtp/codec/av1_unit.hpp"
#include "core/rtp/codec/vp8.hpp"

#include <utility>

namespace parley::media {

namespace {

/// What codecs of video have in common: nothing before the first keyframe, the format where it
/// changes.
class VideoReader : public UnitReader {
  public:
    std::optional<Unit> read(Bytes bytes) final {
        if (bytes.empty() || bytes.size() > max_unit_size) return {};
        auto assembled = assemble(bytes);
        if (assembled.kind != Assembled::Kind::whole) return {};
        if (!started_ && !assembled.unit.keyframe) return {};
        started_ = true;
        Unit unit;
        unit.unit = std::move(assembled.unit);
        unit.format = changes_.take(std::move(assembled.format));
        return unit;
    }

  private:
    virtual Assembled assemble(Bytes unit) = 0;

    bool started_ = false;
    FormatChanges changes_;
};

template <class Nal>
class NalReader final : public VideoReader {
    Assembled assemble(Bytes unit) override {
        builder_.begin(false, unit.size());
        AnnexBReader reader{unit};
        for (auto nal = reader.next(); !nal.empty(); nal = reader.next()) {
            if (!builder_.add(nal)) return {Assembled::Kind::unusable};
        }
        return builder_.end();
    }

    NalUnitBuilder<Nal> builder_;
};

Assembled whole(Bytes unit, bool keyframe, std::optional<StreamFormat> format) {
    if (keyframe && !format) return {Assembled::Kind::unusable};
    return {Assembled::Kind::whole, {{unit.begin(), unit.end()}, keyframe}, std::move(format)};
}

class Vp8Reader final : public VideoReader {
    Assembled assemble(Bytes unit) override {
        return whole(unit, rtp::Vp8FrameHeader::parse(unit).keyframe, vp8_key_format(unit));
    }
};

class Vp9Reader final : public VideoReader {
    Assembled assemble(Bytes unit) override {
        const auto picture = Vp9Picture::parse(unit, {0});
        if (!picture) return {Assembled::Kind::unusable};
        return whole(unit, picture->keyframe, picture->format);
    }
};

class Av1Reader final : public VideoReader {
    Assembled assemble(Bytes unit) override {
        inspector_.begin();
        Assembled read{Assembled::Kind::whole};
        read.unit.data.reserve(unit.size());
        rtp::Av1ObuReader reader{unit};
        while (const auto obu = reader.next()) {
            if (!travels(obu->type)) continue;
            if (!inspector_.add(*obu)) return {Assembled::Kind::unusable};
            append_obu(read.unit.data, *obu);
        }
        if (reader.broken()) return {Assembled::Kind::unusable};
        if (read.unit.data.empty()) return {Assembled::Kind::nothing};
        read.unit.keyframe = inspector_.starts_sequence();
        if (read.unit.keyframe) {
            read.format = av1_format(*inspector_.sequence(), read.unit.data);
        }
        return read;
    }

    rtp::Av1UnitInspector inspector_;
};

class AudioReader final : public UnitReader {
  public:
    explicit AudioReader(Codec codec) : reader_{codec, {}} {}
    std::optional<Unit> read(Bytes unit) override {
        return unit.size() <= max_unit_size ? reader_.read(unit) : std::nullopt;
    }

  private:
    SoundReader reader_;
};

} // namespace

std::unique_ptr<UnitReader> UnitReader::create(Codec codec) {
    switch (codec) {
    case Codec::vp8:
        return std::make_unique<Vp8Reader>();
    case Codec::vp9:
        return std::make_unique<Vp9Reader>();
    case Codec::h264:
        return std::make_unique<NalReader<H264Nal>>();
    case Codec::h265:
        return std::make_unique<NalReader<H265Nal>>();
    case Codec::av1:
        return std::make_unique<Av1Reader>();
    case Codec::opus:
    case Codec::pcmu:
    case Codec::pcma:
        break;
    }
    return std::make_unique<AudioReader>(codec);
}

} // namespace parley::media
