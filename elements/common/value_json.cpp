#include "elements/common/value_json.hpp"

#include <fmt/format.h>
#include <gst/gst.h>

#include <cstdint>
#include <utility>

namespace parley {

namespace {

/// Deeper structures than this are told in GStreamer's words.
constexpr int max_value_depth = 8;

std::string number(double value) {
    json::Writer writer;
    writer.begin_object().member("v", value).end_object();
    auto text = writer.take(); // {"v":...}
    constexpr std::size_t before = 5;
    return text.substr(before, text.size() - before - 1);
}

/// What is beyond JSON's whole numbers as its readers know them is none, like GST_CLOCK_TIME_NONE.
std::string whole(std::uint64_t value) {
    return std::in_range<std::int64_t>(value) ? std::to_string(value) : "null";
}

std::string convert(const GValue& value, int depth);

std::string structure(const GstStructure* fields, int depth) {
    json::Writer writer;
    writer.begin_object();
    for (int i = 0; i < gst_structure_n_fields(fields); ++i) {
        const auto* name = gst_structure_nth_field_name(fields, static_cast<guint>(i));
        writer.raw(name, convert(*gst_structure_get_value(fields, name), depth + 1));
    }
    writer.end_object();
    return writer.take();
}

template <class Size, class Item>
std::string list(const GValue& value, Size size, Item item, int depth) {
    std::string text = "[";
    for (guint i = 0; i < size(&value); ++i) {
        if (i != 0) text += ',';
        text += convert(*item(&value, i), depth + 1);
    }
    return text + "]";
}

std::string enum_nick(const GValue& value) {
    auto* const klass = static_cast<GEnumClass*>(g_type_class_ref(G_VALUE_TYPE(&value)));
    const auto* const item = g_enum_get_value(klass, g_value_get_enum(&value));
    auto text =
        item != nullptr ? json::quoted(item->value_nick) : std::to_string(g_value_get_enum(&value));
    g_type_class_unref(klass);
    return text;
}

std::string in_words(const GValue& value) {
    const GStringPtr text{gst_value_serialize(&value)};
    return text && g_utf8_validate(text.get(), -1, nullptr) ? json::quoted(text.get()) : "null";
}

std::string convert(const GValue& value, int depth) {
    if (depth > max_value_depth) return in_words(value);
    switch (G_TYPE_FUNDAMENTAL(G_VALUE_TYPE(&value))) {
    case G_TYPE_BOOLEAN:
        return g_value_get_boolean(&value) ? "true" : "false";
    case G_TYPE_INT:
        return std::to_string(g_value_get_int(&value));
    case G_TYPE_UINT:
        return std::to_string(g_value_get_uint(&value));
    case G_TYPE_LONG:
        return std::to_string(g_value_get_long(&value));
    case G_TYPE_ULONG:
        return whole(g_value_get_ulong(&value));
    case G_TYPE_INT64:
        return std::to_string(g_value_get_int64(&value));
    case G_TYPE_UINT64:
        return whole(g_value_get_uint64(&value));
    case G_TYPE_FLOAT:
        return number(g_value_get_float(&value));
    case G_TYPE_DOUBLE:
        return number(g_value_get_double(&value));
    case G_TYPE_STRING: {
        const auto* text = g_value_get_string(&value);
        if (text == nullptr || !g_utf8_validate(text, -1, nullptr)) return "null";
        return json::quoted(text);
    }
    case G_TYPE_ENUM:
        return enum_nick(value);
    case G_TYPE_OBJECT: {
        auto* const object = g_value_get_object(&value);
        if (object == nullptr || !GST_IS_OBJECT(object)) return "null";
        return json::quoted(GST_OBJECT_NAME(object));
    }
    default:
        break;
    }
    const auto type = G_VALUE_TYPE(&value);
    if (type == GST_TYPE_STRUCTURE) {
        const auto* fields = gst_value_get_structure(&value);
        return fields != nullptr ? structure(fields, depth) : "null";
    }
    if (type == GST_TYPE_LIST) {
        return list(value, gst_value_list_get_size, gst_value_list_get_value, depth);
    }
    if (type == GST_TYPE_ARRAY) {
        return list(value, gst_value_array_get_size, gst_value_array_get_value, depth);
    }
    return in_words(value);
}

/// A scalar as one would write it in a pipeline.
Result<std::string> as_words(JsonNode* node) {
    if (JSON_NODE_HOLDS_VALUE(node)) {
        switch (json_node_get_value_type(node)) {
        case G_TYPE_STRING:
            return std::string{json_node_get_string(node)};
        case G_TYPE_BOOLEAN:
            return std::string{json_node_get_boolean(node) ? "true" : "false"};
        case G_TYPE_INT64:
            return std::to_string(json_node_get_int(node));
        case G_TYPE_DOUBLE:
            return number(json_node_get_double(node));
        default:
            break;
        }
    }
    return fail("must be a text, a number or a boolean");
}

} // namespace

std::string to_json(const GValue& value) {
    return convert(value, 0);
}

Result<void> from_json(JsonNode* node, GValue& value) {
    const bool is_text = G_VALUE_TYPE(&value) == G_TYPE_STRING;
    if (JSON_NODE_HOLDS_NULL(node) && is_text) {
        g_value_set_string(&value, nullptr);
        return {};
    }
    const auto words = as_words(node);
    if (!words) return tl::make_unexpected(words.error());
    if (is_text) {
        g_value_set_string(&value, words->c_str());
        return {};
    }
    if (gst_value_deserialize(&value, words->c_str())) return {};
    return fail(
        fmt::format("\"{}\" is no {}", json::cut(*words, 100), g_type_name(G_VALUE_TYPE(&value))));
}

} // namespace parley
