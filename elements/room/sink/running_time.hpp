// One timeline for what comes in by a pad: buffers get their running time, and segments do not
// pass, so that a file that begins again, or one that follows another, goes on where the last ended
// for encoders, payloaders and RTP itself.
#pragma once

#include <gst/gst.h>

namespace parley::room_elements {

/// For as long as the pad lives; before other probes are put on it. Segments of other formats than
/// TIME, and such that run backwards, are left alone. What lies before a segment's start, like the
/// pictures that a seek decodes from, comes at its start.
void put_on_running_time(GstPad* sink_pad);

} // namespace parley::room_elements
