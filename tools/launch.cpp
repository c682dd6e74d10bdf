#include "tools/launch.hpp"

#include "tools/packages.hpp"
#include "tools/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace parley::tools {
namespace {

using ParseContext = std::unique_ptr<GstParseContext, FreeWith<gst_parse_context_free>>;

std::vector<std::string> element_names() {
    std::vector<std::string> names;
    GList* features = gst_registry_get_feature_list(gst_registry_get(), GST_TYPE_ELEMENT_FACTORY);
    for (GList* at = features; at != nullptr; at = at->next) {
        names.emplace_back(gst_plugin_feature_get_name(GST_PLUGIN_FEATURE(at->data)));
    }
    gst_plugin_feature_list_free(features);
    return names;
}

bool is_own(std::string_view name) {
    constexpr std::array<std::string_view, 7> own{"rtcav1depay", "rtcav1pay",  "rtcegress",
                                                  "rtcroomsink", "rtcroomsrc", "rtcsfu",
                                                  "rtcsignaling"};
    return std::find(own.begin(), own.end(), name) != own.end();
}

std::string missing_element(const std::string& name) {
    if (is_own(name)) {
        return fmt::format("there is no element \"{}\": Parley's own plugin is not found or cannot "
                           "be loaded; `gst-inspect-1.0 parley` says more, and GST_PLUGIN_PATH "
                           "names the folder of libgstparley.so",
                           name);
    }
    if (const auto package = package_of(name)) {
        return fmt::format("there is no element \"{}\" here: install the package {}", name,
                           *package);
    }
    return fmt::format("there is no element \"{}\"{}", name, did_you_mean(name, element_names()));
}

/// The `n`th text within double quotes.
std::optional<std::string> quoted_in(std::string_view text, int n) {
    for (;; --n) {
        const auto begin = text.find('"');
        if (begin == std::string_view::npos) return std::nullopt;
        const auto end = text.find('"', begin + 1);
        if (end == std::string_view::npos) return std::nullopt;
        if (n == 0) return std::string{text.substr(begin + 1, end - begin - 1)};
        text.remove_prefix(end + 1);
    }
}

/// `no property "prot" in element "rtcsfu"` gains the nearest that the element does have.
std::string with_nearest_property(std::string message) {
    const auto property = quoted_in(message, 0);
    const auto element = quoted_in(message, 1);
    if (!property || !element) return message;
    const auto found = adopt_ptr(gst_element_factory_find(element->c_str()));
    if (!found) return message;
    const auto loaded = adopt_ptr(
        GST_ELEMENT_FACTORY_CAST(gst_plugin_feature_load(GST_PLUGIN_FEATURE_CAST(found.get()))));
    if (!loaded) return message;
    const std::unique_ptr<GObjectClass, FreeWith<g_type_class_unref>> type{
        static_cast<GObjectClass*>(
            g_type_class_ref(gst_element_factory_get_element_type(loaded.get())))};
    guint count = 0;
    const std::unique_ptr<GParamSpec*, FreeWith<g_free>> specs{
        g_object_class_list_properties(type.get(), &count)};
    std::vector<std::string> known;
    for (guint i = 0; i < count; ++i)
        known.emplace_back(g_param_spec_get_name(specs.get()[i]));
    return message + did_you_mean(*property, known);
}

/// A description of one element gives that element: put it into a pipeline, as gst-launch does.
GstPtr<GstElement> as_pipeline(GstPtr<GstElement> element) {
    if (GST_IS_PIPELINE(element.get())) return element;
    auto pipeline = sink_ptr(gst_pipeline_new(nullptr));
    gst_bin_add(GST_BIN(pipeline.get()), element.get());
    return pipeline;
}

} // namespace

Launched launch(const std::string& text) {
    Launched result;
    const ParseContext context{gst_parse_context_new()};
    GErrorOut error;
    auto pipeline =
        sink_ptr(gst_parse_launch_full(text.c_str(), context.get(), GST_PARSE_FLAG_NONE, error));

    gchar** missing = gst_parse_context_get_missing_elements(context.get());
    for (gchar** name = missing; name != nullptr && *name != nullptr; ++name) {
        // An element that refused a property counts as missing for GStreamer, not for us.
        if (adopt_ptr(gst_element_factory_find(*name))) continue;
        const auto problem = missing_element(*name);
        if (std::find(result.problems.begin(), result.problems.end(), problem) ==
            result.problems.end()) {
            result.problems.push_back(problem);
        }
    }
    g_strfreev(missing);
    // What could not be linked for want of an element needs no words of its own.
    if (error && result.problems.empty()) {
        result.problems.push_back(error->domain == GST_PARSE_ERROR &&
                                          error->code == GST_PARSE_ERROR_NO_SUCH_PROPERTY
                                      ? with_nearest_property(error.message())
                                      : error.message());
    }
    if (!pipeline && result.problems.empty()) result.problems.emplace_back("nothing to run");
    if (result.problems.empty()) result.pipeline = as_pipeline(std::move(pipeline));
    return result;
}

void find_own_elements() {
    const auto factory = adopt_ptr(gst_element_factory_find("rtcsfu"));
    if (!factory) gst_registry_scan_path(gst_registry_get(), PARLEY_PLUGIN_DIR);
}

} // namespace parley::tools
