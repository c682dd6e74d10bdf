// rtcroomsink: publishes what it is fed into a room, as one participant.
#pragma once

#include <gst/gst.h>

GType gst_rtc_room_sink_get_type();
