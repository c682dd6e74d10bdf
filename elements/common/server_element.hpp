// What the pad-less server elements have in common: their place at the rendezvous, and an end that
// gst-launch -e waits for.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "elements/common/rendezvous.hpp"

#include <gst/gst.h>

#include <mutex>

namespace parley {

/// GstBin sends EOS to children flagged SOURCE and says EOS itself when all children flagged SINK
/// have: a server element is both, and answers EOS with EOS.
class ServerElement {
  public:
    explicit ServerElement(GstElement* element);

    bool send_event(GstPtr<GstEvent>& event);
    void set_context(GstContext* context);

    [[nodiscard]] GstElement* element() const { return element_; }

  protected:
    /// The pipeline's rendezvous, found or made at the first call.
    RendezvousPtr rendezvous();
    void forget_rendezvous();

  private:
    GstElement* element_; // owns us
    std::mutex context_mutex_;
    RendezvousPtr rendezvous_; // context_mutex_
};

} // namespace parley
