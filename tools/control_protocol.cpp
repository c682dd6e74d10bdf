#include "tools/control_protocol.hpp"

#include "tools/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace parley::tools {

namespace {

using Type = ControlRequest::Type;
constexpr std::array types{
    std::pair{"get", Type::get},       std::pair{"set", Type::set},
    std::pair{"action", Type::action}, std::pair{"properties", Type::properties},
    std::pair{"list", Type::list},     std::pair{"stats", Type::stats},
    std::pair{"watch", Type::watch},   std::pair{"stop", Type::stop},
};
constexpr std::size_t most_arguments = 16;

} // namespace

Result<ControlMessage> ControlMessage::parse(std::string_view line) {
    if (line.size() > max_control_line) {
        return fail(fmt::format("a line has at most {} bytes", max_control_line));
    }
    auto document = json::Document::parse_object(line);
    if (!document) return tl::make_unexpected(document.error());
    ControlMessage message{std::move(*document)};
    if (const auto read = message.read(); !read) return tl::make_unexpected(read.error());
    return message;
}

Result<void> ControlMessage::read() {
    const auto root = document_.root();
    PARLEY_READ(id, root.text_or("id", ""));
    PARLEY_READ(type, root.text("type"));
    request_.id = std::move(id);
    const auto* const known = std::find_if(types.begin(), types.end(),
                                           [&](const auto& item) { return type == item.first; });
    if (known == types.end()) {
        std::vector<std::string> names;
        names.reserve(types.size());
        for (const auto& [name, value] : types)
            names.emplace_back(name);
        return fail(fmt::format("there is no type \"{}\"{}", json::cut(type, 32),
                                did_you_mean(type, names)));
    }
    request_.type = known->second;
    switch (request_.type) {
    case Type::set:
        if (!root.has("value")) return fail("value: is missing");
        request_.value = root.node("value");
        [[fallthrough]];
    case Type::get: {
        PARLEY_READ(name, root.text("property"));
        request_.name = std::move(name);
        break;
    }
    case Type::action: {
        PARLEY_READ(name, root.text("signal"));
        request_.name = std::move(name);
        if (!root.has("arguments")) break;
        auto* const node = root.node("arguments");
        if (!JSON_NODE_HOLDS_ARRAY(node)) return fail("arguments: must be an array");
        auto* const array = json_node_get_array(node);
        if (json_array_get_length(array) > most_arguments) return fail("arguments: are too many");
        for (guint i = 0; i < json_array_get_length(array); ++i)
            request_.arguments.push_back(json_array_get_element(array, i));
        break;
    }
    default:
        break;
    }
    const bool about_one = request_.type == Type::get || request_.type == Type::set ||
                           request_.type == Type::action || request_.type == Type::properties;
    if (!about_one) return root.only({"id", "type"});
    PARLEY_READ(element, root.text("element"));
    request_.element = std::move(element);
    return root.only({"id", "type", "element", "property", "value", "signal", "arguments"});
}

std::string print_done(const std::string& id, std::string_view value) {
    json::Writer writer;
    writer.begin_object().member("type", "done").member("id", id).raw("value", value).end_object();
    return writer.take();
}

std::string print_error(const std::string& id, std::string_view text) {
    json::Writer writer;
    writer.begin_object()
        .member("type", "error")
        .member("id", id)
        .member("text", text)
        .end_object();
    return writer.take();
}

} // namespace parley::tools
