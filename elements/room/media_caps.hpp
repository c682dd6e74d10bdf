// What the codecs that rooms route are called in GStreamer: caps, and the elements that take them
// out of RTP and put them into it.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "core/tap/messages.hpp"
#include "elements/common/gst_ptr.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parley::room_elements {

/// application/x-rtp with all that GStreamer's depayloaders look at: media, encoding-name,
/// clock-rate, payload, ssrc, the fmtp parameters and the header extensions (extmap-N).
GstPtr<GstCaps> rtp_caps(Codec codec, const tap::Format& format, std::uint32_t ssrc);

/// One element of a chain: its factory, the Debian package that has it, and properties to set, as
/// they are written in a pipeline.
struct Step {
    const char* factory;
    const char* package;
    std::vector<std::pair<const char*, const char*>> properties;
    const char* filter = nullptr; ///< caps behind it
};

/// From RTP to encoded media as decoders and muxers like it best.
const std::vector<Step>& depayload_steps(Codec codec);

/// What encoded media has to pass before payload_step(); null where that is nothing.
const Step* parse_step(Codec codec);

/// To RTP packets of at most 1200 bytes.
const Step& payload_step(Codec codec);

/// The codec of encoded media or of application/x-rtp; nothing where rooms do not route it.
std::optional<Codec> codec_of(const GstStructure* caps);

/// Caps of encoded media behind depayload_steps(), without what only the stream tells.
GstPtr<GstCaps> encoded_caps(Codec codec);

/// The decoder that GStreamer ranks highest; null where there is none.
GstPtr<GstElement> make_decoder(Codec codec);

} // namespace parley::room_elements
