// What happens to a track on its streaming thread, and what its pad is asked.
#include "elements/room/source/track_chain.hpp"
#include "elements/room/source/track_chain_callbacks.hpp"

GST_DEBUG_CATEGORY_EXTERN(rtcroomsrc_debug);
#define GST_CAT_DEFAULT rtcroomsrc_debug

namespace parley::room_elements {

namespace {

GstPadTemplate* pad_template(GstBin* bin, MediaKind kind) {
    return gst_element_class_get_pad_template(GST_ELEMENT_GET_CLASS(bin),
                                              kind == MediaKind::audio ? "audio_%u" : "video_%u");
}

} // namespace

/// Behind the jitter buffer: times from the room's timeline, and losses that it found.
GstPadProbeReturn TrackChain::on_timed(GstPadProbeInfo* info) {
    const auto retime = [this](GstBuffer*& buffer) {
        const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, ntp_reference());
        if (meta == nullptr) return;
        const auto time = timeline_.running_time(from_ntp_nanoseconds(meta->timestamp));
        if (!time) return;
        buffer = gst_buffer_make_writable(buffer);
        GST_BUFFER_PTS(buffer) = *time;
        GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
        last_timed_ = *time;
        estimated_ = is_estimated(*meta);
    };
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
        auto* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        retime(buffer);
        info->data = buffer;
    } else if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
        auto* list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
        for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
            auto* buffer = gst_buffer_list_get_writable(list, i);
            retime(buffer);
        }
        info->data = list;
    } else if (auto* event = GST_PAD_PROBE_INFO_EVENT(info);
               gst_event_has_name(event, "GstRTPPacketLost")) {
        // Its own timestamp is the jitter buffer's, by arrival: what is lost follows what came.
        GstClockTime duration = 0;
        gst_structure_get_clock_time(gst_event_get_structure(event), "duration", &duration);
        const auto pad = adopt_ptr(gst_element_get_static_pad(jitter_buffer_.get(), "src"));
        report_gap(last_timed_, duration, "loss", 1, pad.get());
    }
    return GST_PAD_PROBE_OK;
}

void TrackChain::report_gap(GstClockTime start, GstClockTime duration, const char* reason,
                            std::uint64_t packets, GstPad* pad) {
    auto* const gap = gst_structure_new(
        "parley-gap", "stream-id", G_TYPE_STRING, config_.stream_id.c_str(), "start",
        GST_TYPE_CLOCK_TIME, start, "duration", GST_TYPE_CLOCK_TIME, duration, "reason",
        G_TYPE_STRING, reason, "packets", G_TYPE_UINT64, guint64{packets}, nullptr);
    handlers_.message(gst_structure_copy(gap));
    gst_pad_push_event(pad, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gap));
}

/// Before the pad: the time on the room's timeline where an element has lost it; the pad itself,
/// once all that precedes media is known; and the end.
GstPadProbeReturn TrackChain::on_finished(GstPadProbeInfo* info) {
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
        auto* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
        stamp(buffer);
        info->data = buffer;
        return GST_PAD_PROBE_OK;
    }
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
        auto* list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
        for (guint i = 0; i < gst_buffer_list_length(list); ++i) {
            auto* buffer = gst_buffer_list_get_writable(list, i);
            stamp(buffer);
        }
        info->data = list;
        return GST_PAD_PROBE_OK;
    }
    switch (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info))) {
    case GST_EVENT_SEGMENT:
        expose();
        break;
    case GST_EVENT_EOS: {
        bool exposed = false;
        {
            const std::lock_guard lock{mutex_};
            exposed = ghost_ != nullptr;
        }
        if (exposed) return GST_PAD_PROBE_OK; // reported when it has passed the pad
        handlers_.drained();
        break;
    }
    default:
        break;
    }
    return GST_PAD_PROBE_OK;
}

void TrackChain::stamp(GstBuffer*& buffer) {
    const auto* meta = gst_buffer_get_reference_timestamp_meta(buffer, ntp_reference());
    if (meta != nullptr && GST_BUFFER_PTS_IS_VALID(buffer)) {
        last_time_ = GST_BUFFER_PTS(buffer);
        return;
    }
    buffer = gst_buffer_make_writable(buffer);
    // rtph264depay cuts a keyframe that begins with an aggregation packet in two, and gives the
    // second half no time.
    if (!GST_BUFFER_PTS_IS_VALID(buffer)) GST_BUFFER_PTS(buffer) = last_time_;
    last_time_ = GST_BUFFER_PTS(buffer);
    if (meta != nullptr || !GST_CLOCK_TIME_IS_VALID(last_time_)) return;
    if (const auto ntp = timeline_.ntp(last_time_)) {
        gst_buffer_add_reference_timestamp_meta(
            buffer, estimated_ ? estimated_ntp_reference() : ntp_reference(),
            to_ntp_nanoseconds(*ntp), GST_CLOCK_TIME_NONE);
    }
}

void TrackChain::expose_into_stable() {
    const auto weak = weak_from_this();
    StablePad::Input input;
    input.linked = [weak](bool linked) {
        if (const auto chain = weak.lock()) chain->set_wanted(linked);
    };
    input.passing = [weak] {
        if (const auto chain = weak.lock()) chain->handlers_.passing();
    };
    const auto pad = config_.into->add_input(std::move(input));
    {
        const std::lock_guard lock{mutex_};
        stable_input_ = pad;
    }
    gst_pad_link_full(last_.get(), pad.get(), GST_PAD_LINK_CHECK_NOTHING);
    config_.into->choose(pad.get());
}

void TrackChain::expose() {
    if (config_.into) {
        bool first = false;
        {
            const std::lock_guard lock{mutex_};
            first = !stable_input_ && !removed_ && !ended_;
        }
        if (first) expose_into_stable();
        return;
    }
    GstPtr<GstPad> ghost;
    {
        const std::lock_guard lock{mutex_};
        if (ghost_ || removed_ || ended_) return;
        ghost = sink_ptr(gst_ghost_pad_new_from_template(config_.pad_name.c_str(), last_.get(),
                                                         pad_template(bin_, kind_)));
        ghost_ = ghost;
    }
    const auto weak = [this] { return new_weak(weak_from_this()); };
    const auto proxy =
        adopt_ptr(GST_PAD_CAST(gst_proxy_pad_get_internal(GST_PROXY_PAD(ghost.get()))));
    g_object_set_data_full(G_OBJECT(proxy.get()), "parley-chain", weak(), free_weak<TrackChain>);
    gst_pad_set_chain_function(proxy.get(), ChainCallbacks::chain);
    gst_pad_set_chain_list_function(proxy.get(), ChainCallbacks::chain_list);
    gst_pad_add_probe(ghost.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, ChainCallbacks::upstream,
                      weak(), free_weak<TrackChain>);
    gst_pad_add_probe(
        ghost.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
            const auto chain = ChainCallbacks::lock(data);
            if (chain && GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS) {
                chain->handlers_.drained();
            }
            return GST_PAD_PROBE_OK;
        },
        weak(), free_weak<TrackChain>);
    gst_pad_set_active(ghost.get(), TRUE);
    gst_pad_sticky_events_foreach(
        last_.get(),
        [](GstPad*, GstEvent** event, gpointer target) -> gboolean {
            gst_pad_store_sticky_event(static_cast<GstPad*>(target), *event);
            return TRUE;
        },
        ghost.get());
    {
        const std::lock_guard changing{*config_.changing_pads};
        gst_element_add_pad(GST_ELEMENT_CAST(bin_), ghost.get());
    }
    if (!gst_pad_is_linked(ghost.get())) set_wanted(false);
}

GstFlowReturn TrackChain::on_flow(GstFlowReturn result) {
    if (result != GST_FLOW_NOT_LINKED) return result;
    set_wanted(false);
    return GST_FLOW_OK;
}

void TrackChain::set_wanted(bool wanted) {
    if (linked_.exchange(wanted) == wanted) return;
    GST_DEBUG_OBJECT(bin_, "%s is %s", config_.pad_name.c_str(), wanted ? "linked" : "not linked");
    if (wanted) set_newly_linked();
    handlers_.request(tap::Pause{config_.stream, !this->wanted()});
}

/// False: dealt with, nobody further up needs to see it.
bool TrackChain::on_upstream(GstEvent* event) {
    const auto* structure = gst_event_get_structure(event);
    if (GST_EVENT_TYPE(event) == GST_EVENT_RECONFIGURE) {
        set_wanted(true);
        return true;
    }
    if (structure == nullptr) return true;
    if (gst_structure_has_name(structure, "GstForceKeyUnit")) {
        KeyframeReason reason = KeyframeReason::decoder_refresh;
        if (const auto* text = gst_structure_get_string(structure, "reason")) {
            reason = parse_keyframe_reason(text).value_or(reason);
        }
        GST_DEBUG_OBJECT(bin_, "%s wants a keyframe", config_.pad_name.c_str());
        handlers_.request(tap::RequestKeyframe{config_.stream, reason});
        return false;
    }
    if (!gst_structure_has_name(structure, "parley-layer")) return true;
    gboolean paused = FALSE;
    if (gst_structure_get_boolean(structure, "paused", &paused)) {
        held_ = paused != FALSE;
        handlers_.request(tap::Pause{config_.stream, !wanted()});
    }
    LayerChoice choice;
    guint width = 0;
    guint height = 0;
    const bool sized = gst_structure_get_uint(structure, "max-width", &width) |
                       gst_structure_get_uint(structure, "max-height", &height);
    if (sized && config_.rid.empty()) {
        choice.kind =
            width == 0 && height == 0 ? LayerChoice::Kind::highest : LayerChoice::Kind::fit;
        choice.max_width = width;
        choice.max_height = height;
        handlers_.request(tap::ChooseLayer{config_.stream, choice});
    }
    return false;
}

} // namespace parley::room_elements
