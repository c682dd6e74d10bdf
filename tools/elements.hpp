// Walking through a pipeline.
#pragma once

#include <gst/gst.h>

#include <functional>

namespace parley::tools {

/// Every element within a bin, and within the bins in it. They may go while it is walked: each is
/// held while it is visited.
void for_each_element(GstBin* bin, const std::function<void(GstElement*)>& visit);
/// The same for the elements of a bin itself.
void for_each_child(GstBin* bin, const std::function<void(GstElement*)>& visit);

} // namespace parley::tools
