#include "elements/common/properties.hpp"

#include <algorithm>
#include <string_view>

namespace parley {

GType enum_type(const char* name, std::span<const EnumValue> values) {
    static std::mutex mutex;
    const std::lock_guard lock{mutex};
    if (const GType known = g_type_from_name(name)) return known;
    // GLib keeps the table for as long as the process lives.
    auto* const table = g_new0(GEnumValue, values.size() + 1);
    std::transform(values.begin(), values.end(), table, [](const EnumValue& v) {
        return GEnumValue{v.value, v.text, v.nick};
    });
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see above
    const GType type = g_enum_register_static(name, table);
    gst_type_mark_as_plugin_api(type, GstPluginAPIFlags{});
    return type;
}

} // namespace parley

namespace parley::detail {

std::vector<std::string> split_list(const char* text) {
    std::vector<std::string> list;
    std::string_view rest{text};
    while (!rest.empty()) {
        const auto comma = rest.find(',');
        auto item = rest.substr(0, comma);
        while (!item.empty() && item.front() == ' ')
            item.remove_prefix(1);
        while (!item.empty() && item.back() == ' ')
            item.remove_suffix(1);
        if (!item.empty()) list.emplace_back(item);
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    return list;
}

std::string join_list(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& item : list) {
        if (!text.empty()) text += ',';
        text += item;
    }
    return text;
}

GParamFlags property_flags(bool readable, bool writable, Mutable changes) {
    int flags = G_PARAM_STATIC_STRINGS;
    if (readable) flags |= G_PARAM_READABLE;
    if (writable) {
        flags |= G_PARAM_WRITABLE;
        flags |= changes == Mutable::playing ? GST_PARAM_MUTABLE_PLAYING : GST_PARAM_MUTABLE_READY;
    }
    return static_cast<GParamFlags>(flags);
}

} // namespace parley::detail
