// rtcav1pay: AV1 to RTP. A shell around rtp::Av1Packetizer.
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS
GType gst_rtc_av1_pay_get_type();
G_END_DECLS
