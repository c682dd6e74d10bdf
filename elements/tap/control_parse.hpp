// What both directions of a tap's control records are read with.
#pragma once

#include "core/tap/record.hpp"
#include "elements/common/json.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley::tap {

template <class Message>
struct MessageType {
    std::string_view name;
    Result<Message> (*parse)(const json::Object&);
};

/// Nothing where no type has this name; errors say the type first.
template <class Message>
Result<std::optional<Message>> parse_message_of(std::span<const MessageType<Message>> types,
                                                const std::string& name, const json::Object& o) {
    for (const auto& type : types) {
        if (type.name != name) continue;
        auto message = type.parse(o);
        if (!message) return fail(fmt::format("{}: {}", name, message.error().text));
        return std::optional<Message>{std::move(*message)};
    }
    return std::optional<Message>{};
}

/// The member `stream`.
inline Result<StreamId> read_stream(const json::Object& o) {
    PARLEY_READ(number, o.integer("stream", 1, UINT32_MAX));
    return StreamId{static_cast<std::uint32_t>(number)};
}

} // namespace parley::tap
