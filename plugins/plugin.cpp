// The GStreamer plugin: registers the elements, nothing else.
#include "elements/sfu/gstrtcsfu.hpp"
#include "elements/signaling/gstrtcsignaling.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <array>

namespace {

struct Element {
    const char* name;
    GType (*type)();
};

constexpr std::array elements{
    Element{"rtcsfu", gst_rtc_sfu_get_type},
    Element{"rtcsignaling", gst_rtc_signaling_get_type},
};

gboolean plugin_init(GstPlugin* plugin) {
    return std::all_of(elements.begin(), elements.end(), [plugin](const Element& e) {
        return gst_element_register(plugin, e.name, GST_RANK_NONE, e.type()) != FALSE;
    });
}

} // namespace

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, parley, "WebRTC rooms for GStreamer",
                  plugin_init, PARLEY_VERSION, "LGPL", "Parley", "Parley")
