// rtcav1depay: AV1 from RTP. A shell around rtp::Av1Depacketizer.
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS
GType gst_rtc_av1_depay_get_type();
G_END_DECLS
