#include "elements/room/sink/rtp_sink.hpp"

#include "elements/common/define_element.hpp"

#include <gst/base/gstbasesink.h>

#include <utility>
#include <vector>

namespace parley::room_elements {
namespace {

struct NoSettings {};

class RtpSink : public SettingsHolder<NoSettings> {
  public:
    using Settings = NoSettings;
    static constexpr const char* type_name = "GstRtcRoomSinkRtp";

    RtpSink(GstElement*, Settings settings) : SettingsHolder{settings} {}

    static void class_init(GstElementClass* klass);
    static const std::vector<Property<RtpSink>>& properties() {
        static const std::vector<Property<RtpSink>> none;
        return none;
    }

    RtpSinkHandlers handlers;
};

using Type = ElementType<RtpSink, GstBaseSink, GstBaseSinkClass, gst_base_sink_get_type>;

GstClockTime running_time(GstBaseSink* sink, GstBuffer* buffer) {
    if (!GST_BUFFER_PTS_IS_VALID(buffer)) return GST_CLOCK_TIME_NONE;
    return gst_segment_to_running_time(&sink->segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
}

void RtpSink::class_init(GstElementClass* klass) {
    gst_element_class_set_static_metadata(klass, "RTP of a room sink", "Sink/Network",
                                          "The end of a layer within rtcroomsink", "Parley");
    const auto caps = adopt_ptr(gst_caps_new_empty_simple("application/x-rtp"));
    gst_element_class_add_pad_template(
        klass, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps.get()));
    auto* base = GST_BASE_SINK_CLASS(klass);
    base->set_caps = [](GstBaseSink* sink, GstCaps* caps) noexcept -> gboolean {
        return Type::guarded(sink, gboolean{FALSE}, [&]() -> gboolean {
            const auto& called = Type::impl(sink).handlers;
            if (called.caps) called.caps(caps);
            return TRUE;
        });
    };
    base->render = [](GstBaseSink* sink, GstBuffer* buffer) noexcept -> GstFlowReturn {
        return Type::guarded(sink, GST_FLOW_ERROR, [&] {
            const auto& called = Type::impl(sink).handlers;
            if (called.packet) called.packet(buffer, running_time(sink, buffer));
            if (called.flush) called.flush();
            return GST_FLOW_OK;
        });
    };
    base->render_list = [](GstBaseSink* sink, GstBufferList* list) noexcept -> GstFlowReturn {
        return Type::guarded(sink, GST_FLOW_ERROR, [&] {
            const auto& called = Type::impl(sink).handlers;
            for (guint i = 0; called.packet && i < gst_buffer_list_length(list); ++i) {
                auto* const buffer = gst_buffer_list_get(list, i);
                called.packet(buffer, running_time(sink, buffer));
            }
            if (called.flush) called.flush();
            return GST_FLOW_OK;
        });
    };
    base->unlock = [](GstBaseSink* sink) noexcept -> gboolean {
        const auto& called = Type::impl(sink).handlers;
        if (called.unlock) called.unlock(true);
        return TRUE;
    };
    base->unlock_stop = [](GstBaseSink* sink) noexcept -> gboolean {
        const auto& called = Type::impl(sink).handlers;
        if (called.unlock) called.unlock(false);
        return TRUE;
    };
}

} // namespace

GstPtr<GstElement> make_rtp_sink(bool sync, bool async) {
    auto element = sink_ptr(GST_ELEMENT_CAST(g_object_new(Type::get_type(), nullptr)));
    g_object_set(element.get(), "sync", gboolean{sync}, "async", gboolean{async}, nullptr);
    return element;
}

void set_handlers(GstElement* rtp_sink, RtpSinkHandlers handlers) {
    Type::impl(rtp_sink).handlers = std::move(handlers);
}

bool is_rtp_sink(GstObject* object) {
    return G_TYPE_CHECK_INSTANCE_TYPE(object, Type::get_type());
}

} // namespace parley::room_elements
