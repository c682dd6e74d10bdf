// What application/x-rtp caps say, in the words of SDP.
#pragma once

#include "core/rtp/codec/codec.hpp"
#include "core/rtp/extension.hpp"

#include <gst/gst.h>

#include <cstdint>
#include <string>

namespace parley::room_elements {

struct RtpFormat {
    std::uint8_t payload_type = 0;
    std::string fmtp; ///< what tells profiles apart
    rtp::ExtensionMap extensions;
    bool other_extensions = false; ///< has some that rooms do not know
};

RtpFormat rtp_format(Codec codec, const GstCaps* caps);

} // namespace parley::room_elements
