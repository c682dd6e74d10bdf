// What GStreamer calls of a TrackChain.
#pragma once

#include "elements/common/weak_data.hpp"
#include "elements/room/source/track_chain.hpp"

#include <gst/gst.h>

#include <memory>

namespace parley::room_elements {

/// GStreamer's callbacks, each with a weak hold on the chain: a pad can outlive it.
struct ChainCallbacks {
    static std::shared_ptr<TrackChain> lock(gpointer data) { return lock_weak<TrackChain>(data); }

    static GstPadProbeReturn timed(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock(data);
        return chain ? chain->on_timed(info) : GST_PAD_PROBE_DROP;
    }
    static GstPadProbeReturn finished(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock(data);
        return chain ? chain->on_finished(info) : GST_PAD_PROBE_DROP;
    }
    static GstPadProbeReturn upstream(GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
        const auto chain = lock(data);
        if (!chain) return GST_PAD_PROBE_OK;
        return chain->on_upstream(GST_PAD_PROBE_INFO_EVENT(info)) ? GST_PAD_PROBE_OK
                                                                  : GST_PAD_PROBE_DROP;
    }
    static gboolean input_event(GstPad* pad, GstObject*, GstEvent* event) noexcept {
        auto* data = g_object_get_data(G_OBJECT(pad), "parley-chain");
        if (const auto chain = lock(data)) chain->on_upstream(event);
        gst_event_unref(event);
        return TRUE;
    }
    static gboolean input_query(GstPad* pad, GstObject* parent, GstQuery* query) noexcept {
        if (GST_QUERY_TYPE(query) == GST_QUERY_LATENCY) {
            gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
            return TRUE;
        }
        return gst_pad_query_default(pad, parent, query);
    }
    // Nobody downstream is no error: the track is paused instead.
    static GstFlowReturn chain(GstPad* pad, GstObject* parent, GstBuffer* buffer) noexcept {
        const auto result = gst_proxy_pad_chain_default(pad, parent, buffer);
        const auto owner = lock(g_object_get_data(G_OBJECT(pad), "parley-chain"));
        return owner ? owner->on_flow(result) : result;
    }
    static GstFlowReturn chain_list(GstPad* pad, GstObject* parent, GstBufferList* list) noexcept {
        const auto result = gst_proxy_pad_chain_list_default(pad, parent, list);
        const auto owner = lock(g_object_get_data(G_OBJECT(pad), "parley-chain"));
        return owner ? owner->on_flow(result) : result;
    }
};

} // namespace parley::room_elements
