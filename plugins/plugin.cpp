// The GStreamer plugin: registers the elements, nothing else.
#include "elements/av1/gstrtcav1depay.hpp"
#include "elements/av1/gstrtcav1pay.hpp"
#include "elements/egress/gstrtcegress.hpp"
#include "elements/room/sink/gstrtcroomsink.hpp"
#include "elements/room/source/gstrtcroomsrc.hpp"
#include "elements/sfu/gstrtcsfu.hpp"
#include "elements/signaling/gstrtcsignaling.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <array>

namespace {

struct Element {
    const char* name = nullptr;
    GType (*type)() = nullptr;
    /// decodebin and its like plug an element in by its rank.
    guint rank = GST_RANK_NONE;
};

constexpr std::array elements{
    Element{"rtcav1depay", gst_rtc_av1_depay_get_type, GST_RANK_SECONDARY},
    Element{"rtcav1pay", gst_rtc_av1_pay_get_type, GST_RANK_SECONDARY},
    Element{"rtcegress", gst_rtc_egress_get_type},
    Element{"rtcroomsink", gst_rtc_room_sink_get_type},
    Element{"rtcroomsrc", gst_rtc_room_src_get_type},
    Element{"rtcsfu", gst_rtc_sfu_get_type},
    Element{"rtcsignaling", gst_rtc_signaling_get_type},
};

gboolean plugin_init(GstPlugin* plugin) {
    return std::all_of(elements.begin(), elements.end(), [plugin](const Element& e) {
        return gst_element_register(plugin, e.name, e.rank, e.type()) != FALSE;
    });
}

} // namespace

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, parley, "WebRTC rooms for GStreamer",
                  plugin_init, PARLEY_VERSION, "LGPL", "Parley", "Parley")
