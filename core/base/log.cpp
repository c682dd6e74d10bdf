#include "core/base/log.hpp"

namespace parley::log {

namespace detail {
std::atomic<Sink> sink{nullptr};
std::atomic<Level> threshold{Level::error};

void vwrite(Level level, std::string_view subsystem, fmt::string_view format,
            fmt::format_args arguments) {
    const auto write_to = sink.load(std::memory_order_acquire);
    if (write_to == nullptr) return;
    fmt::memory_buffer text;
    fmt::vformat_to(std::back_inserter(text), format, arguments);
    write_to(level, subsystem, {text.data(), text.size()});
}
} // namespace detail

void set_sink(Sink sink, Level threshold) {
    detail::sink.store(sink, std::memory_order_release);
    detail::threshold.store(threshold, std::memory_order_relaxed);
}

} // namespace parley::log
