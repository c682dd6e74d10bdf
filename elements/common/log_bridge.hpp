// Core's and net's log to GStreamer debug categories: subsystem "dtls" is category "parley-dtls".
#pragma once

#include <gst/gst.h>

#include <string_view>

namespace parley {

/// Installs the bridge (once a process) and reads the thresholds of GST_DEBUG anew, so that levels
/// that nobody wants cost nothing. Called by each element on its way to READY.
void install_log_bridge();

/// The category of a subsystem, made when it is first asked for.
GstDebugCategory* log_category(std::string_view subsystem);

} // namespace parley
