// The one logger of core and net: levels, a subsystem name, a sink that the shell installs.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <string_view>

namespace parley::log {

enum class Level { error, warning, info, debug, trace };

/// Called from any thread; must not block. `subsystem` is a literal such as "dtls".
using Sink = void (*)(Level level, std::string_view subsystem, std::string_view text);

void set_sink(Sink sink, Level threshold);

namespace detail {
extern std::atomic<Sink> sink;
extern std::atomic<Level> threshold;
void vwrite(Level level, std::string_view subsystem, fmt::string_view format,
            fmt::format_args arguments);
} // namespace detail

inline bool enabled(Level level) {
    return level <= detail::threshold.load(std::memory_order_relaxed);
}

template <class... Args>
void write(Level level, std::string_view subsystem, fmt::format_string<Args...> format,
           Args&&... arguments) {
    if (enabled(level)) {
        detail::vwrite(level, subsystem, format, fmt::make_format_args(arguments...));
    }
}

template <class... Args>
void warning(std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
    write(Level::warning, subsystem, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
    write(Level::info, subsystem, format, std::forward<Args>(args)...);
}
template <class... Args>
void debug(std::string_view subsystem, fmt::format_string<Args...> format, Args&&... args) {
    write(Level::debug, subsystem, format, std::forward<Args>(args)...);
}

} // namespace parley::log
