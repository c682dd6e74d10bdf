// The one JSON helper: typed reading over json-glib, with errors that name the member, and a
// writer. What it accepts is safe to repeat to others: valid UTF-8, finite numbers, bounded depth.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/gst_ptr.hpp"

#include <json-glib/json-glib.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

template <>
struct RefTraits<JsonNode> : detail::FunctionTraits<JsonNode, json_node_ref, json_node_unref> {};

namespace json {

/// Deeper nesting than this is refused: json-glib parses by recursion.
inline constexpr int max_depth = 32;

/// A borrowed object member by member. Every reader says which member is wrong:
/// "tracks[1].mid: must be a string".
class Object {
  public:
    explicit Object(JsonObject* object, std::string path = {})
        : object_{object}, path_{std::move(path)} {}

    [[nodiscard]] bool has(const char* member) const;       ///< present and not null
    [[nodiscard]] JsonNode* node(const char* member) const; ///< borrowed; null if absent

    [[nodiscard]] Result<std::string> text(const char* member) const;
    [[nodiscard]] Result<std::string> text_or(const char* member, std::string_view fallback) const;
    [[nodiscard]] Result<bool> flag(const char* member) const;
    [[nodiscard]] Result<bool> flag_or(const char* member, bool fallback) const;
    [[nodiscard]] Result<std::int64_t> integer(const char* member, std::int64_t minimum,
                                               std::int64_t maximum) const;
    [[nodiscard]] Result<Object> object(const char* member) const;
    /// The objects of an array; absent: none.
    [[nodiscard]] Result<std::vector<Object>> objects_or_none(const char* member) const;

    /// An error that names the first member which is none of these.
    [[nodiscard]] Result<void> only(std::initializer_list<std::string_view> members) const;

    [[nodiscard]] std::string where(const char* member) const; ///< "tracks[1].mid"

  private:
    JsonObject* object_;
    std::string path_;
};

/// A parsed text, which keeps what Object borrows.
class Document {
  public:
    /// An object at the top; anything else is an error.
    static Result<Document> parse_object(std::string_view text);

    [[nodiscard]] Object root() const;

  private:
    explicit Document(GstPtr<JsonNode> node) : node_{std::move(node)} {}
    GstPtr<JsonNode> node_;
};

/// A node as JSON text; an error where it holds what JSON text cannot (infinities, bad UTF-8).
Result<std::string> to_text(JsonNode* node);

/// The first characters of a UTF-8 text, for an error's words.
std::string cut(const std::string& text, long characters);

/// Text with quotes and escapes.
std::string quoted(std::string_view text);

/// Writes JSON from front to back: `w.begin_object(); w.member("a", 1); w.end_object();`
class Writer {
  public:
    Writer& begin_object();
    Writer& begin_object(std::string_view key);
    Writer& end_object();
    Writer& begin_array();
    Writer& begin_array(std::string_view key);
    Writer& end_array();

    Writer& member(std::string_view key, std::string_view value);
    Writer& member(std::string_view key, const char* value) {
        return member(key, std::string_view{value});
    }
    Writer& member(std::string_view key, bool value);
    Writer& member(std::string_view key, std::int64_t value);
    Writer& member(std::string_view key, std::uint64_t value);
    Writer& member(std::string_view key, unsigned value) {
        return member(key, std::uint64_t{value});
    }
    Writer& member(std::string_view key, int value) { return member(key, std::int64_t{value}); }
    Writer& member(std::string_view key, double value); ///< null where not finite
    Writer& null(std::string_view key);
    Writer& raw(std::string_view key, std::string_view json);
    /// One or more ready members, "\"text\":\"hello\"".
    Writer& raw_members(std::string_view json);
    Writer& element(std::string_view value);

    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    void separate();
    void key(std::string_view key);

    std::string text_;
    bool first_ = true;
};

} // namespace json
} // namespace parley

// Reads the next member into a variable, or leaves the function with its error.
// NOLINTBEGIN(bugprone-macro-parentheses): a name cannot have any
#define PARLEY_READ(variable, expression)                                                          \
    auto variable##_result = (expression);                                                         \
    if (!variable##_result) return tl::make_unexpected(variable##_result.error());                 \
    auto variable = std::move(*variable##_result)

// NOLINTEND(bugprone-macro-parentheses)
