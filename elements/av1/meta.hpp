// Metas on their way through the RTP elements.
#pragma once

#include <gst/gst.h>

namespace parley::av1 {

/// Copies what `from` carries and does not belong to its memory. Kinds that `to` has already are
/// left out: the packets of a frame repeat their frame's.
void copy_metas(GstBuffer* to, GstBuffer* from);

} // namespace parley::av1
