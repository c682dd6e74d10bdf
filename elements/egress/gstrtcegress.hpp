// rtcegress: a pipeline for each matching room, in a process of its own. A shell around Service.
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS
GType gst_rtc_egress_get_type();
G_END_DECLS
