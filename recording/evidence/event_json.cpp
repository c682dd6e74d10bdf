#include "recording/evidence/event_json.hpp"

#include "recording/evidence/digest.hpp"
#include "recording/evidence/event_fields.hpp"
#include "recording/evidence/hex.hpp"
#include "recording/evidence/utc.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace parley::recording {
namespace {

constexpr std::array reasons{
    std::pair{GapReason::lost, std::string_view{"lost"}},
    std::pair{GapReason::concealed, std::string_view{"concealed"}},
    std::pair{GapReason::frozen, std::string_view{"frozen"}},
    std::pair{GapReason::muted, std::string_view{"muted"}},
    std::pair{GapReason::stopped, std::string_view{"stopped"}},
    std::pair{GapReason::paused, std::string_view{"paused"}},
    std::pair{GapReason::consent, std::string_view{"consent"}},
    std::pair{GapReason::disk, std::string_view{"disk"}},
    std::pair{GapReason::tap, std::string_view{"tap"}},
};
constexpr auto largest = std::numeric_limits<std::int64_t>::max();

struct Print {
    json::Writer& writer;

    void operator()(const char* name, const std::string& value) { writer.member(name, value); }
    void operator()(const char* name, bool value) { writer.member(name, value); }
    void operator()(const char* name, unsigned value) { writer.member(name, value); }
    void operator()(const char* name, std::uint64_t value) { writer.member(name, value); }
    void operator()(const char* name, double value) { writer.member(name, value); }
    void operator()(const char* name, Duration value) {
        writer.member(name, std::int64_t{value.count()});
    }
    void operator()(const char* name, Utc value) {
        if (value == Utc{}) {
            writer.null(name);
        } else {
            writer.member(name, to_text(value));
        }
    }
    void operator()(const char* name, const Digest& value) { writer.member(name, to_hex(value)); }
    void operator()(const char* name, GapReason value) { writer.member(name, to_string(value)); }
    void operator()(const char* name, const std::vector<std::string>& value) {
        writer.begin_array(name);
        for (const auto& element : value)
            writer.element(element);
        writer.end_array();
    }
};

Result<Digest> read_digest(const json::Object& object, const char* name) {
    PARLEY_READ(text, object.text(name));
    const auto bytes = from_hex(text);
    Digest digest{};
    if (!bytes || bytes->size() != digest.size()) {
        return fail(object.where(name) + ": must be 64 hexadecimal digits");
    }
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

Result<Utc> read_utc(const json::Object& object, const char* name) {
    if (object.node(name) != nullptr && !object.has(name)) return Utc{};
    PARLEY_READ(text, object.text(name));
    const auto time = parse_utc(text);
    if (!time)
        return fail(object.where(name) + ": must be a time, as 2026-11-27T15:00:00.000000000Z");
    return *time;
}

struct Parse {
    json::Object object;
    std::optional<Error> error{};

    template <class T>
    void take(Result<T> read, T& into) {
        if (read) {
            into = std::move(*read);
        } else if (!error) {
            error = read.error();
        }
    }
    template <class T>
    void whole(const char* name, T& into, std::int64_t low, std::int64_t high) {
        auto read = object.integer(name, low, high);
        if (read) {
            into = static_cast<T>(*read);
        } else if (!error) {
            error = read.error();
        }
    }
    void wrong(const char* name, const char* what) {
        if (!error) error = Error{object.where(name) + ": " + what};
    }

    void operator()(const char* name, std::string& value) { take(object.text(name), value); }
    void operator()(const char* name, bool& value) { take(object.flag(name), value); }
    void operator()(const char* name, unsigned& value) {
        whole(name, value, 0, std::numeric_limits<unsigned>::max());
    }
    void operator()(const char* name, std::uint64_t& value) { whole(name, value, 0, largest); }
    void operator()(const char* name, Duration& value) {
        // A file's first sample may be just before its time 0.
        whole(name, value, -largest / 4, largest / 4);
    }
    void operator()(const char* name, double& value) {
        auto* node = object.node(name);
        const bool number = node != nullptr && JSON_NODE_HOLDS_VALUE(node) &&
                            (json_node_get_value_type(node) == G_TYPE_DOUBLE ||
                             json_node_get_value_type(node) == G_TYPE_INT64);
        value = number ? json_node_get_double(node) : 0;
        if (!number || !std::isfinite(value)) wrong(name, "must be a number");
    }
    void operator()(const char* name, Utc& value) { take(read_utc(object, name), value); }
    void operator()(const char* name, Digest& value) { take(read_digest(object, name), value); }
    void operator()(const char* name, GapReason& value) {
        std::string text;
        take(object.text(name), text);
        const auto* found =
            std::find_if(reasons.begin(), reasons.end(), [&](auto& r) { return r.second == text; });
        if (found == reasons.end()) return wrong(name, "is not a reason for a gap");
        value = found->first;
    }
    void operator()(const char* name, std::vector<std::string>& value) {
        auto* node = object.node(name);
        if (node == nullptr || !JSON_NODE_HOLDS_ARRAY(node)) return wrong(name, "must be an array");
        auto* array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); ++i) {
            auto* element = json_array_get_element(array, i);
            if (!JSON_NODE_HOLDS_VALUE(element) ||
                json_node_get_value_type(element) != G_TYPE_STRING) {
                return wrong(name, "must hold strings");
            }
            std::string text{json_node_get_string(element)};
            if (!g_utf8_validate(text.c_str(), -1, nullptr)) return wrong(name, "is not UTF-8");
            value.push_back(std::move(text));
        }
    }
};

template <std::size_t I = 0>
Result<EventBody> parse_body(const std::string& type, const json::Object& object) {
    if constexpr (I == std::variant_size_v<EventBody>) {
        return UnknownEvent{type};
    } else {
        using T = std::variant_alternative_t<I, EventBody>;
        if (event_type<T>.empty() || event_type<T> != type) return parse_body<I + 1>(type, object);
        T event{};
        Parse parse{object};
        fields(parse, event);
        if (parse.error) return tl::make_unexpected(*parse.error);
        return event;
    }
}

} // namespace

std::string_view to_string(GapReason reason) {
    for (const auto& [known, name] : reasons) {
        if (known == reason) return name;
    }
    return "";
}

void print_members(json::Writer& writer, const EventBody& body) {
    Print print{writer};
    std::visit([&](const auto& event) { fields(print, event); }, body);
}

std::string print_line(const Line& line) {
    json::Writer writer;
    writer.begin_object().member("seq", line.seq);
    Print print{writer};
    print("at", line.event.at);
    print("utc", line.event.utc);
    std::visit(
        [&]<class T>(const T& event) {
            if constexpr (std::is_same_v<T, UnknownEvent>) {
                writer.member("type", event.type);
            } else {
                writer.member("type", event_type<T>);
            }
        },
        line.event.body);
    print_members(writer, line.event.body);
    print("prev", line.prev);
    writer.end_object();
    return writer.take();
}

Result<Line> parse_line(std::string_view text) {
    if (text.size() > max_line) return fail("is too long");
    PARLEY_READ(document, json::Document::parse_object(text));
    const auto object = document.root();
    Line line;
    Parse parse{object};
    parse("seq", line.seq);
    parse("at", line.event.at);
    parse("utc", line.event.utc);
    parse("prev", line.prev);
    std::string type;
    parse("type", type);
    if (!parse.error && type.empty()) parse.wrong("type", "is empty");
    if (parse.error) return tl::make_unexpected(*parse.error);
    PARLEY_READ(body, parse_body(type, object));
    line.event.body = std::move(body);
    return line;
}

Digest next_head(const Digest& head, std::string_view line) {
    return Sha256{}.update(head).update(as_bytes(line)).finish();
}

} // namespace parley::recording
