#include "elements/common/log_bridge.hpp"

#include "core/base/log.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>

namespace parley {
namespace {

struct Subsystem {
    const char* name;
    const char* description;
};

// Made at once, so that GST_DEBUG=parley-*:6 finds them before they have said anything.
constexpr Subsystem known_subsystems[] = {
    {"stun", "STUN messages"},
    {"ice", "ICE-lite agent"},
    {"dtls", "DTLS handshakes"},
    {"srtp", "SRTP protection"},
    {"transport", "transports: ICE, DTLS and SRTP of one peer"},
    {"rtp", "RTP packets and payload formats"},
    {"rtcp", "RTCP reports and feedback"},
    {"sdp", "SDP and negotiation"},
    {"congestion", "congestion control"},
    {"router", "tracks, layers and subscriptions"},
    {"room", "rooms and participants"},
    {"net", "sockets and workers"},
    {"signaling", "HTTP and WebSocket server"},
};

GstDebugLevel to_gst(log::Level level) {
    switch (level) {
    case log::Level::error:
        return GST_LEVEL_ERROR;
    case log::Level::warning:
        return GST_LEVEL_WARNING;
    case log::Level::info:
        return GST_LEVEL_INFO;
    case log::Level::debug:
        return GST_LEVEL_DEBUG;
    case log::Level::trace:
        return GST_LEVEL_TRACE;
    }
    return GST_LEVEL_ERROR;
}

log::Level to_core(GstDebugLevel level) {
    if (level >= GST_LEVEL_LOG) return log::Level::trace;
    if (level >= GST_LEVEL_DEBUG) return log::Level::debug;
    if (level >= GST_LEVEL_FIXME) return log::Level::info;
    if (level >= GST_LEVEL_WARNING) return log::Level::warning;
    return log::Level::error;
}

class Categories {
  public:
    Categories() {
        for (const auto& s : known_subsystems)
            add(s.name, s.description);
    }

    GstDebugCategory* find(std::string_view subsystem) {
        const std::lock_guard lock{mutex_};
        const auto found = by_name_.find(subsystem);
        if (found != by_name_.end()) return found->second;
        return add(std::string{subsystem}, "Parley engine");
    }

    GstDebugLevel most_wanted() {
        const std::lock_guard lock{mutex_};
        GstDebugLevel level = GST_LEVEL_NONE;
        for (const auto& [name, category] : by_name_) {
            level = std::max(level, gst_debug_category_get_threshold(category));
        }
        return level;
    }

  private:
    GstDebugCategory* add(std::string name, const char* description) {
        const auto full = "parley-" + name;
        auto* category = _gst_debug_category_new(full.c_str(), 0, description);
        by_name_.emplace(std::move(name), category);
        return category;
    }

    std::mutex mutex_;
    std::map<std::string, GstDebugCategory*, std::less<>> by_name_;
};

Categories& categories() {
    static Categories instance;
    return instance;
}

void write(log::Level level, std::string_view subsystem, std::string_view text) {
    auto* category = log_category(subsystem);
    const auto gst_level = to_gst(level);
    if (gst_level > gst_debug_category_get_threshold(category)) return;
    gst_debug_log(category, gst_level, "parley", "", 0, nullptr, "%.*s",
                  static_cast<int>(text.size()), text.data());
}

} // namespace

GstDebugCategory* log_category(std::string_view subsystem) {
    return categories().find(subsystem);
}

void install_log_bridge() {
    log::set_sink(write, to_core(categories().most_wanted()));
}

} // namespace parley
