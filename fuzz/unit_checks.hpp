// What holds of every access unit, whatever it was made of.
#pragma once

#include "core/media/depacketizer.hpp"
#include "core/media/parameter_sets.hpp"
#include "core/rtp/codec/av1_obu.hpp"

#include <cstdlib>

namespace parley::media {

inline void check(bool condition) {
    if (!condition) std::abort();
}

inline void check_nal_units(Bytes data) {
    ByteReader reader{data};
    while (reader.remaining() != 0) {
        check(!reader.bytes(reader.u32()).empty());
        check(reader.ok());
    }
}

class UnitChecks {
  public:
    explicit UnitChecks(Codec codec) : codec_{codec} {}

    void look_at(const Unit& unit) {
        const bool video = media_kind(codec_) == MediaKind::video;
        check(!unit.unit.data.empty());
        check(unit.unit.data.size() <=
              max_unit_size + ParameterSets::max_sets * (ParameterSets::max_set_size + 4));
        check((unit.duration == 0) == video && unit.duration <= 0x10000);
        if (first_) check(unit.unit.keyframe && unit.format && !unit.discontinuity);
        first_ = false;
        if (unit.format) look_at(*unit.format, unit.unit.keyframe);
        if (codec_ == Codec::h264 || codec_ == Codec::h265) check_nal_units(unit.unit.data);
        if (codec_ != Codec::av1) return;
        rtp::Av1ObuReader obus{unit.unit.data};
        while (const auto obu = obus.next())
            check(rtp::travels(obu->type));
        check(!obus.broken());
    }

  private:
    void look_at(const StreamFormat& format, bool keyframe) const {
        check(keyframe && format.codec == codec_);
        const bool video = media_kind(codec_) == MediaKind::video;
        check((format.width != 0) == video && (format.height != 0) == video);
        check((format.channels != 0) == !video && (format.sample_rate != 0) == !video);
        const bool bare = codec_ == Codec::vp8 || codec_ == Codec::pcmu || codec_ == Codec::pcma;
        check(format.configuration.empty() == bare);
    }

    Codec codec_;
    bool first_ = true;
};

} // namespace parley::media
