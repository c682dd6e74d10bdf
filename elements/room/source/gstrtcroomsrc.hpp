// rtcroomsrc: a room's tracks as pads.
#pragma once

#include <gst/gst.h>

/// GstRtcRoomSrc, a GstBin.
GType gst_rtc_room_src_get_type();
