// The end of a layer's way through rtcroomsink: a GstBaseSink that waits for the clock, prerolls
// and answers latency, and hands RTP packets on. Not registered: only rtcroomsink makes it.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <gst/gst.h>

#include <functional>

namespace parley::room_elements {

/// Called on the streaming thread, but for `unlock`.
struct RtpSinkHandlers {
    std::function<void(GstCaps*)> caps;
    /// A packet whose time has come, with its running time (or none).
    std::function<void(GstBuffer*, GstClockTime)> packet;
    /// The packets of one buffer list, or one packet, have been handed on.
    std::function<void()> flush;
    /// True: whatever waits in the handlers above returns; false: it may wait again.
    std::function<void(bool)> unlock;
};

/// `async`: takes part in the pipeline's preroll. The handlers are set before its first buffer.
GstPtr<GstElement> make_rtp_sink(bool sync, bool async);
void set_handlers(GstElement* rtp_sink, RtpSinkHandlers handlers);
bool is_rtp_sink(GstObject* object);

} // namespace parley::room_elements
