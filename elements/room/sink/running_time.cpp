#include "elements/room/sink/running_time.hpp"

#include "elements/common/gst_ptr.hpp"

#include <memory>
#include <utility>

namespace parley::room_elements {

namespace {

/// Only touched by the pad's streaming thread, and by a flush, which waits for it.
class RunningTime {
  public:
    GstPadProbeReturn on_event(GstPadProbeInfo* info) {
        auto* const event = GST_PAD_PROBE_INFO_EVENT(info);
        switch (GST_EVENT_TYPE(event)) {
        case GST_EVENT_STREAM_START:
        case GST_EVENT_FLUSH_STOP:
            begun_ = false;
            return GST_PAD_PROBE_OK;
        case GST_EVENT_SEGMENT:
            return on_segment(info);
        case GST_EVENT_GAP: {
            if (!active_) return GST_PAD_PROBE_OK;
            GstClockTime time = GST_CLOCK_TIME_NONE;
            GstClockTime duration = GST_CLOCK_TIME_NONE;
            gst_event_parse_gap(event, &time, &duration);
            replace(info, gst_event_new_gap(convert(time), duration));
            return GST_PAD_PROBE_OK;
        }
        default:
            return GST_PAD_PROBE_OK;
        }
    }

    void on_buffer(GstPadProbeInfo* info) {
        if (!active_ || is_identity()) return;
        if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
            auto* const list =
                gst_buffer_list_make_writable(gst_pad_probe_info_get_buffer_list(info));
            for (guint i = 0; i < gst_buffer_list_length(list); ++i)
                stamp(gst_buffer_list_get_writable(list, i));
            info->data = list;
        } else if (auto* buffer = gst_pad_probe_info_get_buffer(info)) {
            buffer = gst_buffer_make_writable(buffer);
            stamp(buffer);
            info->data = buffer;
        }
    }

  private:
    GstPadProbeReturn on_segment(GstPadProbeInfo* info) {
        const GstSegment* segment = nullptr;
        gst_event_parse_segment(GST_PAD_PROBE_INFO_EVENT(info), &segment);
        segment_ = *segment;
        active_ = segment_.format == GST_FORMAT_TIME && segment_.rate > 0;
        if (!active_) return GST_PAD_PROBE_OK;
        if (std::exchange(begun_, true)) return GST_PAD_PROBE_DROP;
        GstSegment one;
        gst_segment_init(&one, GST_FORMAT_TIME);
        replace(info, gst_event_new_segment(&one));
        return GST_PAD_PROBE_OK;
    }

    static void replace(GstPadProbeInfo* info, GstEvent* with) {
        const auto before = adopt_ptr(GST_PAD_PROBE_INFO_EVENT(info));
        gst_event_set_seqnum(with, gst_event_get_seqnum(before.get()));
        info->data = with;
    }

    [[nodiscard]] bool is_identity() const {
        return segment_.start == 0 && segment_.base == 0 && segment_.offset == 0 &&
               segment_.rate == 1.0;
    }

    [[nodiscard]] GstClockTime convert(GstClockTime time) const {
        if (!GST_CLOCK_TIME_IS_VALID(time)) return time;
        guint64 running = 0;
        const int sign =
            gst_segment_to_running_time_full(&segment_, GST_FORMAT_TIME, time, &running);
        return sign > 0 && running >= segment_.base ? running : segment_.base;
    }

    void stamp(GstBuffer* buffer) const {
        GST_BUFFER_PTS(buffer) = convert(GST_BUFFER_PTS(buffer));
        GST_BUFFER_DTS(buffer) = convert(GST_BUFFER_DTS(buffer));
    }

    GstSegment segment_{};
    bool active_ = false;
    bool begun_ = false; ///< the one segment has passed
};

} // namespace

void put_on_running_time(GstPad* sink_pad) {
    constexpr auto types = static_cast<GstPadProbeType>(
        GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH |
        GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
    gst_pad_add_probe(
        sink_pad, types,
        [](GstPad*, GstPadProbeInfo* info, gpointer data) noexcept {
            auto& time = *static_cast<RunningTime*>(data);
            constexpr int events =
                GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | GST_PAD_PROBE_TYPE_EVENT_FLUSH;
            if ((info->type & events) != 0) return time.on_event(info);
            time.on_buffer(info);
            return GST_PAD_PROBE_OK;
        },
        std::make_unique<RunningTime>().release(),
        [](gpointer data) { delete static_cast<RunningTime*>(data); });
}

} // namespace parley::room_elements
