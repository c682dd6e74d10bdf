// rtcsignaling: the HTTP and WebSocket server as an element. A shell: all it does is in Service.
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS
GType gst_rtc_signaling_get_type();
G_END_DECLS
