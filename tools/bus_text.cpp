#include "tools/bus_text.hpp"

#include "elements/common/gst_ptr.hpp"

#include <fmt/format.h>

namespace parley::tools {
namespace {

std::string factory_of(GstObject* source) {
    if (source == nullptr || !GST_IS_ELEMENT(source)) return {};
    GstElementFactory* factory = gst_element_get_factory(GST_ELEMENT(source));
    return factory != nullptr ? GST_OBJECT_NAME(factory) : "";
}

std::string title(GstObject* source, const std::string& factory) {
    if (source == nullptr) return {};
    const GStringPtr name{gst_object_get_name(source)};
    const std::string_view text{name.get()};
    if (factory.empty() || text.starts_with(factory)) return std::string{text};
    return fmt::format("{} ({})", text, factory);
}

/// Debug text of gst_element_message_full begins with file, function and element, a line of which
/// nobody who runs a pipeline has use; what follows may be the very reason.
std::string_view reason_in(std::string_view debug) {
    const auto end = debug.find(":\n");
    return end == std::string_view::npos ? std::string_view{} : debug.substr(end + 2);
}

std::string resource_remedy(int code) {
    switch (code) {
    case GST_RESOURCE_ERROR_NOT_FOUND:
        return "check that it exists and how it is spelt";
    case GST_RESOURCE_ERROR_BUSY:
        return "something else uses it: stop that, or choose another";
    case GST_RESOURCE_ERROR_OPEN_WRITE:
    case GST_RESOURCE_ERROR_OPEN_READ_WRITE:
        return "check that the folder exists and that you may write there";
    case GST_RESOURCE_ERROR_OPEN_READ:
        return "check that you may read it";
    case GST_RESOURCE_ERROR_NO_SPACE_LEFT:
        return "free space, or write elsewhere";
    default:
        return {};
    }
}

} // namespace

std::string remedy_for(const GError& error, std::string_view debug) {
    if (error.domain == GST_RESOURCE_ERROR) return resource_remedy(error.code);
    if (error.domain == GST_CORE_ERROR && error.code == GST_CORE_ERROR_MISSING_PLUGIN) {
        return "an element that this format needs is not installed: `apt install "
               "gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly "
               "gstreamer1.0-libav` has nearly all";
    }
    if (debug.find("not-negotiated") != std::string_view::npos) {
        return "two linked elements share no format: put a converter (videoconvert, videoscale, "
               "audioconvert, audioresample) or other caps between them";
    }
    if (debug.find("not-linked") != std::string_view::npos) {
        return "one of its pads leads nowhere: link it, to a fakesink if need be";
    }
    return {};
}

Problem read_problem(GstMessage* message) {
    GError* error = nullptr;
    char* debug = nullptr;
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, &debug);
    } else {
        gst_message_parse_warning(message, &error, &debug);
    }
    const GErrorPtr owned_error{error};
    const GStringPtr owned_debug{debug};
    const std::string_view debug_text = debug != nullptr ? debug : "";
    GstObject* source = GST_MESSAGE_SRC(message);
    const auto factory = factory_of(source);

    Problem problem{title(source, factory), error != nullptr ? error->message : "no reason given"};
    // Parley's own elements name reason and remedy themselves.
    if (error == nullptr || factory.starts_with("rtc")) return problem;
    if (const auto reason = reason_in(debug_text); !reason.empty()) {
        problem.text += fmt::format(" ({})", reason);
    }
    if (const auto remedy = remedy_for(*error, debug_text); !remedy.empty()) {
        problem.text += "; " + remedy;
    }
    return problem;
}

} // namespace parley::tools
