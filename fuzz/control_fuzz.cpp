// A line of the control socket from anywhere: no crash, an answer that is JSON again, and values
// that become those of properties or are refused.
#include "elements/common/value_json.hpp"
#include "tools/control_protocol.hpp"

#include <gst/gst.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

/// As a property of this type would be set, and told again.
void set_and_tell(JsonNode* node, GType type) {
    GValue value = G_VALUE_INIT;
    g_value_init(&value, type);
    if (parley::from_json(node, value)) {
        const auto told = "{\"value\":" + parley::to_json(value) + "}";
        check(parley::json::Document::parse_object(told).has_value());
    }
    g_value_unset(&value);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool initialised = [] {
        gst_init(nullptr, nullptr);
        return true;
    }();
    check(initialised);
    const std::string_view line{reinterpret_cast<const char*>(data), size};
    const auto message = parley::tools::ControlMessage::parse(line);
    if (!message) {
        const auto answer = parley::tools::print_error("", message.error().text);
        check(parley::json::Document::parse_object(answer).has_value());
        return 0;
    }
    const auto& request = message->request();
    check(parley::json::Document::parse_object(parley::tools::print_done(request.id, "null"))
              .has_value());
    if (request.value == nullptr) return 0;
    // Not caps and structures: GStreamer's own parser of those keeps every name it ever saw.
    for (const auto type : {G_TYPE_STRING, G_TYPE_BOOLEAN, G_TYPE_INT, G_TYPE_UINT64, G_TYPE_DOUBLE,
                            GST_TYPE_FRACTION, GST_TYPE_STATE}) {
        set_and_tell(request.value, type);
    }
    return 0;
}
