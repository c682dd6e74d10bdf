// The request pads of rtcroomsink: ghost pads with the property `source`.
#pragma once

#include "core/room/messages.hpp"
#include "elements/common/gst_ptr.hpp"

#include <gst/gst.h>

#include <optional>
#include <string>

namespace parley::room_elements {

/// Without a target yet.
GstPtr<GstPad> make_sink_pad(const std::string& name, GstPadTemplate* from);

/// What its property says; nothing for `auto`.
std::optional<room::TrackSource> source_of(GstPad* sink_pad);

} // namespace parley::room_elements
