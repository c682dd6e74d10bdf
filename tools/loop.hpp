// Plays a pipeline of files again and again: by segment seeks, so that running time goes on and
// nothing downstream sees an end (gst_element_seek, GST_SEEK_FLAG_SEGMENT).
#pragma once

#include "core/base/result.hpp"

#include <gst/gst.h>

namespace parley::tools {

class Loop {
  public:
    enum class Step {
        none,    ///< the message was about something else
        waiting, ///< it is on its way to its first beginning
        ready,   ///< it can play from now on
        again,   ///< it has begun again
    };

    /// `pipeline` outlives it; it is to be set to PAUSED, and to PLAYING at `ready`.
    explicit Loop(GstElement* pipeline) : pipeline_{pipeline} {}

    /// For each message of the bus.
    Result<Step> on_message(GstMessage* message);

  private:
    enum class State { prerolling, seeking, looping };
    Result<void> seek(GstSeekFlags flags);

    GstElement* pipeline_;
    State state_ = State::prerolling;
};

} // namespace parley::tools
