// A stream that bounds what may be read before a message is complete. libsoup gathers the fragments
// of a WebSocket message without a limit of its own: a message that never ends would fill memory.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <gio/gio.h>

#include <functional>

namespace parley::signaling {

/// So much may be read between two calls of metered_stream_reset(), in bytes: one message and what
/// frames and control frames add to it.
inline constexpr std::size_t metered_limit = std::size_t{128} * 1024;

/// A stream over `base`, with the same output.
GstPtr<GIOStream> metered_stream_new(GIOStream* base);
/// `exceeded` is called once, from within a read, when the limit has been reached; from then on
/// what comes is thrown away.
void metered_stream_on_exceeded(GIOStream* stream, std::function<void()> exceeded);
void metered_stream_reset(GIOStream* stream);

} // namespace parley::signaling
