#include "elements/common/server_element.hpp"

namespace parley {

ServerElement::ServerElement(GstElement* element) : element_{element} {
    GST_OBJECT_FLAG_SET(element, GST_ELEMENT_FLAG_SOURCE);
    GST_OBJECT_FLAG_SET(element, GST_ELEMENT_FLAG_SINK);
}

bool ServerElement::send_event(GstPtr<GstEvent>& event) {
    // Without streams, nothing is to be done about the others: saying so would make a pipeline's
    // seek, or its latency, fail for a server that stands beside.
    const auto taken = std::move(event);
    if (GST_EVENT_TYPE(taken.get()) != GST_EVENT_EOS) return true;
    auto* message = gst_message_new_eos(GST_OBJECT(element_));
    gst_message_set_seqnum(message, gst_event_get_seqnum(taken.get()));
    gst_element_post_message(element_, message);
    return true;
}

void ServerElement::set_context(GstContext* context) {
    if (auto found = rendezvous_of(context)) {
        const std::lock_guard lock{context_mutex_};
        rendezvous_ = std::move(found);
    }
}

RendezvousPtr ServerElement::rendezvous() {
    return find_rendezvous(element_, [this] {
        const std::lock_guard lock{context_mutex_};
        return rendezvous_;
    });
}

void ServerElement::forget_rendezvous() {
    const std::lock_guard lock{context_mutex_};
    rendezvous_.reset();
}

} // namespace parley
