#include "tools/progress.hpp"

#include "tools/elements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace parley::tools {

std::string print_bitrate(double bits_a_second) {
    constexpr std::array<std::string_view, 4> units{"bit/s", "kbit/s", "Mbit/s", "Gbit/s"};
    std::size_t unit = 0;
    for (; bits_a_second >= 1000 && unit + 1 < units.size(); ++unit)
        bits_a_second /= 1000;
    const int digits = unit == 0 || bits_a_second >= 100 ? 0 : bits_a_second >= 10 ? 1 : 2;
    return fmt::format("{:.{}f} {}", bits_a_second, digits, units[unit]);
}

std::string print_time(GstClockTime time) {
    const auto seconds = time / GST_SECOND;
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

Progress::~Progress() {
    for (const auto& meter : meters_)
        gst_pad_remove_probe(meter->pad.get(), meter->probe);
}

void Progress::meter_new_pads(GstElement* sink) {
    const auto add = [](GstElement*, GstPad* pad, gpointer self) -> gboolean {
        auto& meters = static_cast<Progress*>(self)->meters_;
        const bool known = std::any_of(meters.begin(), meters.end(),
                                       [pad](const auto& one) { return one->pad.get() == pad; });
        if (known) return TRUE;
        auto meter = std::make_unique<Meter>();
        meter->pad = ref_ptr(pad);
        meter->probe = gst_pad_add_probe(
            pad,
            static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                         GST_PAD_PROBE_TYPE_BUFFER_LIST),
            [](GstPad*, GstPadProbeInfo* info, gpointer data) {
                auto& counted = *static_cast<Meter*>(data);
                if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
                    auto* const list = gst_pad_probe_info_get_buffer_list(info);
                    counted.bytes += gst_buffer_list_calculate_size(list);
                    counted.buffers += gst_buffer_list_length(list);
                } else if (auto* const buffer = gst_pad_probe_info_get_buffer(info)) {
                    counted.bytes += gst_buffer_get_size(buffer);
                    ++counted.buffers;
                }
                return GST_PAD_PROBE_OK;
            },
            meter.get(), nullptr);
        meters.push_back(std::move(meter));
        return TRUE;
    };
    gst_element_foreach_sink_pad(sink, add, this);
}

Progress::Count Progress::take(GstElement* sink) {
    Count count;
    for (const auto& meter : meters_) {
        if (GST_OBJECT_PARENT(meter->pad.get()) != GST_OBJECT_CAST(sink)) continue;
        count.bytes += meter->bytes.exchange(0);
        count.buffers += meter->buffers.exchange(0);
    }
    return count;
}

std::string Progress::starting() const {
    std::string stages;
    for_each_child(GST_BIN(pipeline_), [&](GstElement* element) {
        GstState state = GST_STATE_NULL;
        GstState pending = GST_STATE_VOID_PENDING;
        const auto result = gst_element_get_state(element, &state, &pending, 0);
        if (result != GST_STATE_CHANGE_ASYNC && state >= GST_STATE_PAUSED) return;
        const GStringPtr name{g_ascii_strdown(gst_element_state_get_name(state), -1)};
        stages += fmt::format("{}{} ({})", stages.empty() ? "starting: " : ", ",
                              GST_OBJECT_NAME(element), name.get());
    });
    return stages;
}

std::string Progress::line() {
    std::string line;
    gint64 position = 0;
    gint64 duration = 0;
    if (gst_element_query_position(pipeline_, GST_FORMAT_TIME, &position) && position >= 0) {
        line = print_time(static_cast<GstClockTime>(position));
        if (gst_element_query_duration(pipeline_, GST_FORMAT_TIME, &duration) && duration > 0) {
            line += " of " + print_time(static_cast<GstClockTime>(duration));
        }
    }
    const auto now = g_get_monotonic_time();
    const double seconds = static_cast<double>(now - told_at_) / G_USEC_PER_SEC;
    const bool first = std::exchange(told_at_, now) == 0;
    for_each_child(GST_BIN(pipeline_), [&](GstElement* element) {
        if (!GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SINK)) return;
        meter_new_pads(element);
        const auto count = take(element);
        if (first || count.buffers == 0) return;
        line += fmt::format("{}{} {}, {:.1f}/s", line.empty() ? "" : "  ", GST_OBJECT_NAME(element),
                            print_bitrate(8.0 * static_cast<double>(count.bytes) / seconds),
                            static_cast<double>(count.buffers) / seconds);
    });
    return line;
}

} // namespace parley::tools
