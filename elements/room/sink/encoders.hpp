// The encoders that rtcroomsink uses for raw media, set up for live sending: no frames held back,
// a steady rate, keyframes on demand.
#pragma once

#include "core/base/result.hpp"
#include "core/rtp/codec/codec.hpp"
#include "elements/room/media_caps.hpp"

#include <gst/gst.h>

#include <string>

namespace parley::room_elements {

struct EncoderPreset {
    Codec codec = Codec::vp8;
    Step step;
    const char* bitrate_property = nullptr; ///< null: it has none that we know
    unsigned bitrate_unit = 1;              ///< bit/s for one of that property's
};

/// A video encoder by its factory's name; empty: vp8enc. The error names what is wrong with it.
/// Encoders that are not in our table run with their own settings.
Result<EncoderPreset> video_encoder(const std::string& name);

EncoderPreset audio_encoder();

/// Sets what its encoder has: properties differ with versions and builds.
void apply(const EncoderPreset& preset, GstElement* encoder, unsigned bitrate);

/// A video bitrate (bit/s) for live pictures of this size and rate.
unsigned automatic_bitrate(int width, int height, double framerate);

/// How many simulcast layers, each half as wide and high as the one before, are worth their bits:
/// browsers count in the same way.
unsigned useful_layers(int width, int height, unsigned wanted);

} // namespace parley::room_elements
