#include "tools/reporter.hpp"

#include "elements/common/gst_ptr.hpp"
#include "elements/common/json.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <memory>

namespace parley::tools {
namespace {

std::string now(const char* format) {
    using DateTime = std::unique_ptr<GDateTime, FreeWith<g_date_time_unref>>;
    const bool local = format[0] != 'u';
    const DateTime time{local ? g_date_time_new_now_local() : g_date_time_new_now_utc()};
    if (!time) return "--:--:--";
    const GStringPtr text{g_date_time_format(time.get(), local ? format : format + 1)};
    return text.get();
}

std::string clock() {
    return now("%H:%M:%S");
}

/// An object with the members that every line has.
json::Writer line(std::string_view type) {
    json::Writer writer;
    const auto seconds = now("u%Y-%m-%dT%H:%M:%S");
    const auto fraction = g_get_real_time() / 1000 % 1000;
    writer.begin_object().member("time", fmt::format("{}.{:03}Z", seconds, fraction));
    writer.member("type", type);
    return writer;
}

void print(json::Writer& writer) {
    writer.end_object();
    fmt::print("{}\n", writer.take());
}

} // namespace

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto size = static_cast<gssize>(text.size());
        const gunichar c = g_utf8_get_char_validated(text.data(), size);
        if (c == static_cast<gunichar>(-1) || c == static_cast<gunichar>(-2)) {
            out += '?';
            text.remove_prefix(1);
            continue;
        }
        const auto length = static_cast<std::size_t>(g_utf8_next_char(text.data()) - text.data());
        // Format characters (Cf) turn the direction of the line or hide in it.
        const bool shows = g_unichar_isprint(c) && g_unichar_type(c) != G_UNICODE_FORMAT;
        out += shows ? text.substr(0, length) : std::string_view{"?"};
        text.remove_prefix(length);
    }
    return out;
}

std::optional<RoomEvent> RoomEvent::read(const GstStructure* structure) {
    const bool is_room = structure != nullptr && gst_structure_has_name(structure, "parley-room");
    const bool is_egress =
        structure != nullptr && gst_structure_has_name(structure, "parley-egress");
    if (!is_room && !is_egress) return std::nullopt;
    const auto field = [structure](const char* name) {
        const char* text = gst_structure_get_string(structure, name);
        return std::string{text != nullptr ? text : ""};
    };
    return RoomEvent{is_room ? "room" : "egress",
                     field("event"),
                     field("room"),
                     field("participant"),
                     field("track"),
                     field("id"),
                     field("text")};
}

Reporter::Reporter(bool json) : json_{json}, terminal_{!json && ::isatty(STDOUT_FILENO) == 1} {}

void Reporter::status(std::string_view text) {
    if (!terminal_) return;
    fmt::print("\r\033[K{}", printable(text));
    std::fflush(stdout);
    status_shown_ = !text.empty();
}

void Reporter::clear_status() {
    if (status_shown_) status({});
}

void Reporter::state(std::string_view element, std::string_view state) {
    if (!json_) return;
    auto writer = line("state");
    writer.member("element", element).member("state", state);
    print(writer);
}

void Reporter::started(const std::vector<std::string>& addresses) {
    clear_status();
    if (json_) {
        auto writer = line("started");
        writer.begin_array("addresses");
        for (const auto& address : addresses)
            writer.element(address);
        writer.end_array();
        print(writer);
        return;
    }
    if (addresses.empty()) {
        fmt::print("Running; Ctrl-C ends it.\n");
        return;
    }
    fmt::print("\n  Open {}\n", addresses.front());
    for (std::size_t i = 1; i < addresses.size(); ++i) {
        fmt::print("  {}    {}\n", i == 1 ? "or" : "  ", addresses[i]);
    }
    fmt::print("  Ctrl-C ends it.\n\n");
}

void Reporter::room(const RoomEvent& event) {
    clear_status();
    if (json_) {
        auto writer = line(event.type);
        writer.member("kind", event.kind).member("room", event.room);
        if (!event.participant.empty()) writer.member("participant", event.participant);
        if (!event.track.empty()) writer.member("track", event.track);
        if (!event.egress.empty()) writer.member("id", event.egress);
        writer.member("text", event.text);
        print(writer);
        return;
    }
    fmt::print("{}  {}\n", clock(),
               printable(event.text.empty() ? event.room + ": " + event.kind : event.text));
}

void Reporter::note(std::string_view text) {
    clear_status();
    if (!json_) fmt::print("{}  {}\n", clock(), text);
}

void Reporter::problem(std::string_view type, std::string_view element, std::string_view text) {
    clear_status();
    if (json_) {
        auto writer = line(type);
        if (!element.empty()) writer.member("element", element);
        writer.member("text", text);
        print(writer);
        return;
    }
    const auto where = element.empty() ? std::string{} : printable(element) + ": ";
    fmt::print(stderr, "parley: {}: {}{}\n", type, where, printable(text));
}

void Reporter::warning(std::string_view element, std::string_view text) {
    auto whole = fmt::format("{}: {}", element, text);
    if (whole == last_warning_) return; // some elements warn once a buffer
    last_warning_ = std::move(whole);
    problem("warning", element, text);
}

void Reporter::error(std::string_view element, std::string_view text) {
    problem("error", element, text);
}

void Reporter::ended(std::string_view reason) {
    clear_status();
    if (json_) {
        auto writer = line("ended");
        writer.member("reason", reason);
        print(writer);
        return;
    }
    fmt::print("{}  Ended: {}.\n", clock(), reason);
}

} // namespace parley::tools
