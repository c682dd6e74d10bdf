// From text to a pipeline, with errors that say what to do about them.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <string>
#include <vector>

namespace parley::tools {

struct Launched {
    GstPtr<GstElement> pipeline;       ///< a GstPipeline; null when there are problems
    std::vector<std::string> problems; ///< missing elements first; each names its remedy
};

/// Parses gst-launch text. GStreamer is initialised; nothing is started.
Launched launch(const std::string& text);

/// Makes this build's own elements known where the system's GStreamer does not find them, e.g.
/// after an installation under /usr/local.
void find_own_elements();

} // namespace parley::tools
