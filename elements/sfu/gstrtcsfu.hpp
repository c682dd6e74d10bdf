// rtcsfu: the media server as an element. A shell around net::MediaServer.
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS
GType gst_rtc_sfu_get_type();
G_END_DECLS
