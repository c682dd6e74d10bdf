#include "elements/common/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace parley::json {
namespace {

/// The length of the number at the front; 0 where it is an integer that overflows in json-glib,
/// without an error.
std::size_t number_length(std::string_view text) {
    const auto end = std::min(text.find_first_not_of("0123456789+-.eE"), text.size());
    const auto number = text.substr(0, end);
    const bool is_integer = number.find_first_of(".eE") == std::string_view::npos;
    std::int64_t value = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), value);
    constexpr std::size_t max_length = 20; // with a sign; more are zeroes in front
    const bool overflows = parsed.ec == std::errc::result_out_of_range || end > max_length;
    return is_integer && overflows ? 0 : end;
}

// json-glib recurses for each bracket, cuts strings at an escaped NUL and lets integers overflow:
// all of them are looked for in the text before it is parsed.
Result<void> check_text(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\0') return fail("the text holds a NUL");
        if (in_string) {
            if (c == '\\') {
                if (text.substr(i, 6) == "\\u0000") return fail("a string holds a NUL");
                ++i;
            } else if (c == '"') {
                in_string = false;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                return fail("a string holds a control character that is not escaped");
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_depth) return fail(fmt::format("nested deeper than {}", max_depth));
        } else if (c == ']' || c == '}') {
            --depth;
        } else if (c == '/' || c == '\'') {
            // Comments and single quotes, which json-glib would take.
            return fail(fmt::format("unexpected '{}'", c));
        } else if (g_ascii_isdigit(c) || c == '-') {
            const auto length = number_length(text.substr(i));
            if (length == 0) return fail("a whole number does not fit into 64 bits");
            i += length - 1;
        }
    }
    return {};
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
                out +=
                    fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
            } else {
                out += c;
            }
        }
    }
    out += '"';
}

bool valid_utf8(std::string_view text) {
    return g_utf8_validate_len(text.data(), text.size(), nullptr) != FALSE;
}

Result<void> append_node(std::string& out, JsonNode* node) {
    switch (json_node_get_node_type(node)) {
    case JSON_NODE_NULL:
        out += "null";
        return {};
    case JSON_NODE_ARRAY: {
        out += '[';
        auto* array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); ++i) {
            if (i) out += ',';
            if (auto r = append_node(out, json_array_get_element(array, i)); !r) return r;
        }
        out += ']';
        return {};
    }
    case JSON_NODE_OBJECT: {
        out += '{';
        JsonObjectIter iter;
        json_object_iter_init_ordered(&iter, json_node_get_object(node));
        const char* name = nullptr;
        JsonNode* value = nullptr;
        bool first = true;
        while (json_object_iter_next_ordered(&iter, &name, &value)) {
            if (!valid_utf8(name)) return fail("a member's name is not UTF-8");
            if (!first) out += ',';
            first = false;
            append_quoted(out, name);
            out += ':';
            if (auto r = append_node(out, value); !r) return r;
        }
        out += '}';
        return {};
    }
    case JSON_NODE_VALUE:
        break;
    }
    const GType type = json_node_get_value_type(node);
    if (type == G_TYPE_STRING) {
        const std::string_view text{json_node_get_string(node)};
        if (!valid_utf8(text)) return fail("a string is not UTF-8");
        append_quoted(out, text);
    } else if (type == G_TYPE_BOOLEAN) {
        out += json_node_get_boolean(node) ? "true" : "false";
    } else if (type == G_TYPE_INT64) {
        out += fmt::format("{}", json_node_get_int(node));
    } else if (type == G_TYPE_DOUBLE) {
        const double value = json_node_get_double(node);
        if (!std::isfinite(value)) return fail("a number is too large");
        out += fmt::format("{}", value);
    } else {
        return fail("a value of an unknown type");
    }
    return {};
}

} // namespace

bool Object::has(const char* member) const {
    auto* found = node(member);
    return found && !JSON_NODE_HOLDS_NULL(found);
}

JsonNode* Object::node(const char* member) const {
    return json_object_get_member(object_, member);
}

std::string Object::where(const char* member) const {
    return path_.empty() ? member : path_ + '.' + member;
}

Result<std::string> Object::text(const char* member) const {
    auto* found = node(member);
    if (!found) return fail(where(member) + ": missing");
    if (!JSON_NODE_HOLDS_VALUE(found) || json_node_get_value_type(found) != G_TYPE_STRING) {
        return fail(where(member) + ": must be a string");
    }
    std::string text{json_node_get_string(found)};
    if (!valid_utf8(text)) return fail(where(member) + ": is not UTF-8");
    return text;
}

Result<std::string> Object::text_or(const char* member, std::string_view fallback) const {
    if (!has(member)) return std::string{fallback};
    return text(member);
}

Result<bool> Object::flag(const char* member) const {
    auto* found = node(member);
    if (!found) return fail(where(member) + ": missing");
    if (!JSON_NODE_HOLDS_VALUE(found) || json_node_get_value_type(found) != G_TYPE_BOOLEAN) {
        return fail(where(member) + ": must be true or false");
    }
    return json_node_get_boolean(found) != FALSE;
}

Result<bool> Object::flag_or(const char* member, bool fallback) const {
    if (!has(member)) return fallback;
    return flag(member);
}

Result<std::int64_t> Object::integer(const char* member, std::int64_t minimum,
                                     std::int64_t maximum) const {
    auto* found = node(member);
    if (!found) return fail(where(member) + ": missing");
    if (!JSON_NODE_HOLDS_VALUE(found) || json_node_get_value_type(found) != G_TYPE_INT64) {
        return fail(where(member) + ": must be a whole number");
    }
    const std::int64_t value = json_node_get_int(found);
    if (value < minimum || value > maximum) {
        return fail(fmt::format("{}: must be from {} to {}", where(member), minimum, maximum));
    }
    return value;
}

Result<Object> Object::object(const char* member) const {
    auto* found = node(member);
    if (!found) return fail(where(member) + ": missing");
    if (!JSON_NODE_HOLDS_OBJECT(found)) return fail(where(member) + ": must be an object");
    return Object{json_node_get_object(found), where(member)};
}

Result<std::vector<Object>> Object::objects_or_none(const char* member) const {
    std::vector<Object> objects;
    auto* found = node(member);
    if (!found || JSON_NODE_HOLDS_NULL(found)) return objects;
    if (!JSON_NODE_HOLDS_ARRAY(found)) return fail(where(member) + ": must be an array");
    auto* array = json_node_get_array(found);
    for (guint i = 0; i < json_array_get_length(array); ++i) {
        auto path = fmt::format("{}[{}]", where(member), i);
        auto* element = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_OBJECT(element)) return fail(path + ": must be an object");
        objects.emplace_back(json_node_get_object(element), std::move(path));
    }
    return objects;
}

Result<void> Object::only(std::initializer_list<std::string_view> members) const {
    JsonObjectIter iter;
    json_object_iter_init_ordered(&iter, object_);
    const char* name = nullptr;
    JsonNode* value = nullptr;
    while (json_object_iter_next_ordered(&iter, &name, &value)) {
        if (std::find(members.begin(), members.end(), name) == members.end()) {
            // json-glib lets an escape stand for any byte.
            const GStringPtr valid{g_utf8_make_valid(name, -1)};
            return fail(where(cut(valid.get(), 64).c_str()) + ": is unknown");
        }
    }
    return {};
}

Result<Document> Document::parse_object(std::string_view text) {
    if (auto ok = check_text(text); !ok) return fail("not JSON: " + ok.error().text);
    auto parser = adopt_ptr(json_parser_new_immutable());
    GErrorOut error;
    if (!json_parser_load_from_data(parser.get(), text.data(), static_cast<gssize>(text.size()),
                                    error)) {
        // The parser's words may quote half a character.
        const GStringPtr why{g_utf8_make_valid(error.message(), -1)};
        return fail(fmt::format("not JSON: {}", why.get()));
    }
    auto* node = json_parser_get_root(parser.get());
    if (!node) return fail("not JSON: there is nothing");
    if (!JSON_NODE_HOLDS_OBJECT(node)) return fail("must be a JSON object");
    return Document{ref_ptr(node)};
}

Object Document::root() const {
    return Object{json_node_get_object(node_.get())};
}

Result<std::string> to_text(JsonNode* node) {
    std::string out;
    if (auto ok = append_node(out, node); !ok) return tl::make_unexpected(ok.error());
    return out;
}

std::string cut(const std::string& text, long characters) {
    if (g_utf8_strlen(text.c_str(), -1) <= characters) return text;
    const char* end = g_utf8_offset_to_pointer(text.c_str(), characters);
    return {text.c_str(), end};
}

std::string quoted(std::string_view text) {
    std::string out;
    append_quoted(out, text);
    return out;
}

void Writer::separate() {
    if (!first_) text_ += ',';
    first_ = false;
}

void Writer::key(std::string_view key) {
    separate();
    append_quoted(text_, key);
    text_ += ':';
}

Writer& Writer::begin_object() {
    separate();
    text_ += '{';
    first_ = true;
    return *this;
}
Writer& Writer::begin_object(std::string_view k) {
    key(k);
    text_ += '{';
    first_ = true;
    return *this;
}
Writer& Writer::end_object() {
    text_ += '}';
    first_ = false;
    return *this;
}
Writer& Writer::begin_array() {
    separate();
    text_ += '[';
    first_ = true;
    return *this;
}
Writer& Writer::begin_array(std::string_view k) {
    key(k);
    text_ += '[';
    first_ = true;
    return *this;
}
Writer& Writer::end_array() {
    text_ += ']';
    first_ = false;
    return *this;
}
Writer& Writer::member(std::string_view k, std::string_view value) {
    key(k);
    append_quoted(text_, value);
    return *this;
}
Writer& Writer::member(std::string_view k, bool value) {
    return raw(k, value ? "true" : "false");
}
Writer& Writer::member(std::string_view k, std::int64_t value) {
    return raw(k, fmt::format("{}", value));
}
Writer& Writer::member(std::string_view k, std::uint64_t value) {
    return raw(k, fmt::format("{}", value));
}
Writer& Writer::member(std::string_view k, double value) {
    return raw(k, std::isfinite(value) ? fmt::format("{}", value) : "null");
}
Writer& Writer::null(std::string_view k) {
    return raw(k, "null");
}
Writer& Writer::raw(std::string_view k, std::string_view json) {
    key(k);
    text_ += json;
    return *this;
}
Writer& Writer::raw_members(std::string_view json) {
    separate();
    text_ += json;
    return *this;
}
Writer& Writer::element(std::string_view value) {
    separate();
    append_quoted(text_, value);
    return *this;
}

} // namespace parley::json
