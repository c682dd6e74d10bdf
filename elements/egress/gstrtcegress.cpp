#include "elements/egress/gstrtcegress.hpp"

#include "elements/common/define_element.hpp"
#include "elements/common/log_bridge.hpp"
#include "elements/common/server_element.hpp"
#include "elements/egress/service.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

GST_DEBUG_CATEGORY_STATIC(rtcegress_debug);
#define GST_CAT_DEFAULT rtcegress_debug

namespace parley::egress {
namespace {

enum class On { first_track, always };

struct EgressSettings {
    std::string pipeline;
    std::string rooms;
    int on = 0;
    std::string values;
    unsigned linger = 0;
    unsigned grace = 0;
    std::string command;
    std::string server_name;
};

GType on_type() {
    static constexpr EnumValue values[] = {
        {static_cast<int>(On::first_track), "first-track", "When somebody publishes"},
        {static_cast<int>(On::always), "always",
         "When somebody is there; at once for the name of a room"},
    };
    static const GType type = enum_type("GstRtcEgressOn", values);
    return type;
}

/// This program where it is `parley`, else the one that is installed with it, else that of PATH.
std::string default_command() {
    std::array<char, 4096> own{};
    const auto size = ::readlink("/proc/self/exe", own.data(), own.size() - 1);
    if (size > 0 && std::filesystem::path{own.data()}.filename() == "parley") return own.data();
    std::error_code ignored;
    if (std::filesystem::exists(PARLEY_COMMAND, ignored)) return PARLEY_COMMAND;
    return "parley";
}

/// The value of `variables`, as a shell would split it.
Result<std::vector<std::string>> split_values(const std::string& text) {
    if (text.find_first_not_of(" \t\n") == std::string::npos) return std::vector<std::string>{};
    GErrorOut error;
    char** words = nullptr;
    if (!g_shell_parse_argv(text.c_str(), nullptr, &words, error)) {
        return fail(fmt::format("variables: {}", error.message()));
    }
    const std::unique_ptr<char*, FreeWith<g_strfreev>> owned{words};
    std::vector<std::string> values;
    for (char** word = words; *word != nullptr; ++word) {
        values.emplace_back(*word);
        if (values.back().find('=') == std::string::npos || values.back().starts_with('-')) {
            return fail(fmt::format("variables: \"{}\" is not name=value", *word));
        }
    }
    return values;
}

class EgressElement : public ServerElement, public SettingsHolder<EgressSettings> {
  public:
    using Settings = EgressSettings;
    static constexpr const char* type_name = "GstRtcEgress";

    EgressElement(GstElement* element, Settings settings)
        : ServerElement{element}, SettingsHolder{std::move(settings)} {}

    static void class_init(GstElementClass* klass);
    static const std::vector<Property<EgressElement>>& properties();

    bool before_state_change(GstStateChange transition);
    void after_state_change(GstStateChange transition);
    bool send_event(GstPtr<GstEvent>& event);
    void read_stats(GValue* value) const;
    void stop_egress(const char* id);

  private:
    bool start();
    void stop();
    bool refuse(const std::string& text);
    [[nodiscard]] Result<Config> config() const;
    [[nodiscard]] std::shared_ptr<Service> service() const {
        const std::lock_guard lock{mutex_};
        return service_;
    }

    mutable std::mutex mutex_;
    std::shared_ptr<Service> service_; // mutex_
    Registration watch_;
    Registration listed_;
};

using Type = ElementType<EgressElement>;

const std::vector<Property<EgressElement>>& EgressElement::properties() {
    using S = EgressSettings;
    using P = Property<EgressElement>;
    static const std::vector<P> table{
        P{"template", "Template",
          "The pipeline of an egress: a .pipeline file with the variable room, or the name of one "
          "that comes with Parley",
          TextProperty<S>{&S::pipeline}},
        P{"rooms", "Rooms", "Rooms that have an egress: a name, or a glob with * and ?",
          TextProperty<S>{&S::rooms, "*"}},
        P{"on", "On", "When an egress starts",
          EnumProperty<S>{&S::on, on_type, static_cast<int>(On::first_track)}},
        P{"variables", "Variables",
          "Further variables of the template, name=value, separated by spaces and quoted as in a "
          "shell",
          TextProperty<S>{&S::values}},
        P{"linger", "Linger",
          "How long a room is without participants before its egress ends, in milliseconds; agents "
          "do not count",
          NumberProperty<S>{&S::linger, 0, 86400000, 10000}},
        P{"grace", "Grace",
          "How long an egress may take to finalise once it is to end, in milliseconds; then it is "
          "killed",
          NumberProperty<S>{&S::grace, 1000, 3600000, 5000}},
        P{"command", "Command",
          "The parley command that runs the pipelines; empty: the one that belongs to this plugin",
          TextProperty<S>{&S::command}},
        P{"server-name", "Server name",
          "Whose rooms these are: the server-name of an rtcsfu in this process",
          TextProperty<S>{&S::server_name, default_server_name}},
        P{"stats", "Statistics",
          "Each egress by its id: room, state, pid, restarts, seconds in the state",
          ComputedProperty<EgressElement>{gst_structure_get_type, &EgressElement::read_stats}},
    };
    return table;
}

void EgressElement::class_init(GstElementClass* klass) {
    GST_DEBUG_CATEGORY_INIT(rtcegress_debug, "rtcegress", 0, "A pipeline for each room");
    gst_element_class_set_static_metadata(
        klass, "Room egress", "Generic/Network",
        "Runs a pipeline for each matching room in a process of its own, and keeps it alive",
        "Parley");
    g_signal_new_class_handler("stop", G_TYPE_FROM_CLASS(klass),
                               static_cast<GSignalFlags>(G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION),
                               G_CALLBACK(+[](GstElement* element, const char* id) {
                                   Type::impl(element).stop_egress(id);
                               }),
                               nullptr, nullptr, nullptr, G_TYPE_NONE, 1, G_TYPE_STRING);
}

bool EgressElement::before_state_change(GstStateChange transition) {
    switch (transition) {
    case GST_STATE_CHANGE_NULL_TO_READY: {
        install_log_bridge();
        const auto checked = config();
        if (!checked) return refuse(checked.error().text);
        rendezvous();
        return true;
    }
    case GST_STATE_CHANGE_READY_TO_PAUSED:
        return start();
    default:
        return true;
    }
}

void EgressElement::after_state_change(GstStateChange transition) {
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) stop();
    if (transition == GST_STATE_CHANGE_READY_TO_NULL) forget_rendezvous();
}

/// EOS when the last process has finalised.
bool EgressElement::send_event(GstPtr<GstEvent>& event) {
    const auto running = service();
    if (GST_EVENT_TYPE(event.get()) != GST_EVENT_EOS || !running) {
        return ServerElement::send_event(event);
    }
    running->shut_down([e = ref_ptr(element()), seqnum = gst_event_get_seqnum(event.get())] {
        auto* message = gst_message_new_eos(GST_OBJECT(e.get()));
        gst_message_set_seqnum(message, seqnum);
        gst_element_post_message(e.get(), message);
    });
    event.reset();
    return true;
}

Result<Config> EgressElement::config() const {
    const auto s = settings();
    if (s.pipeline.empty()) {
        return fail("template is not set: a .pipeline file, or a name that `parley list` shows");
    }
    if (s.rooms.empty()) return fail("rooms is empty: a room's name, or * for all");
    auto values = split_values(s.values);
    if (!values) return tl::make_unexpected(values.error());
    Config config;
    const GStringPtr name{gst_element_get_name(element())};
    config.name = name.get();
    config.program = s.command.empty() ? default_command() : s.command;
    config.pipeline = s.pipeline;
    config.values = std::move(*values);
    config.policy.rooms = s.rooms;
    config.policy.always = s.on == static_cast<int>(On::always);
    config.policy.linger = std::chrono::milliseconds{s.linger};
    config.policy.grace = std::chrono::milliseconds{s.grace};
    return config;
}

/// The element message `parley-egress`: event, id, room, template, state, restarts, text.
void post_change(GstElement* element, const EgressInfo& info) {
    auto* structure =
        gst_structure_new("parley-egress", "event", G_TYPE_STRING, info.state.c_str(), "id",
                          G_TYPE_STRING, info.id.c_str(), "room", G_TYPE_STRING, info.room.c_str(),
                          "template", G_TYPE_STRING, info.pipeline.c_str(), "restarts", G_TYPE_UINT,
                          info.restarts, "text", G_TYPE_STRING, info.text.c_str(), nullptr);
    gst_element_post_message(element, gst_message_new_element(GST_OBJECT(element), structure));
    if (info.state != "waiting" && info.state != "failed") return;
    GST_ELEMENT_WARNING(element, RESOURCE, FAILED, ("%s", info.text.c_str()), (nullptr));
}

/// The element message `parley-egress-event`: id, room, json (docs/control.md).
void post_event(GstElement* element, const EgressInfo& info, std::string_view json) {
    const std::string text{json};
    auto* structure = gst_structure_new("parley-egress-event", "id", G_TYPE_STRING, info.id.c_str(),
                                        "room", G_TYPE_STRING, info.room.c_str(), "json",
                                        G_TYPE_STRING, text.c_str(), nullptr);
    gst_element_post_message(element, gst_message_new_element(GST_OBJECT(element), structure));
}

void log_words(GstElement* element, const EgressInfo& info, std::string_view line) {
    GST_INFO_OBJECT(element, "%s: %.*s", info.id.c_str(), static_cast<int>(line.size()),
                    line.data());
}

void warn_not_stopped(GstElement* element, const std::string& id, const std::string& why) {
    GST_ELEMENT_WARNING(element, RESOURCE, NOT_FOUND, ("stop \"%s\": %s", id.c_str(), why.c_str()),
                        (nullptr));
}

bool EgressElement::start() {
    auto wanted = config();
    if (!wanted) return refuse(wanted.error().text);
    const auto taps = count_taps(*wanted);
    if (!taps) return refuse(taps.error().text);
    wanted->taps = *taps;
    Service::Handlers handlers;
    handlers.changed = [e = element()](const EgressInfo& info) { post_change(e, info); };
    handlers.event = [e = element()](const EgressInfo& info, std::string_view json) {
        post_event(e, info, json);
    };
    handlers.words = [e = element()](const EgressInfo& info, std::string_view line) {
        log_words(e, info, line);
    };
    const auto server_name = settings().server_name;
    auto started = Service::start(std::move(*wanted), std::move(handlers));
    listed_ = add_egress(server_name, started);
    watch_ = watch_media_server(element(), rendezvous(), server_name, false,
                                {[started](std::shared_ptr<net::MediaServer> media) {
                                     started->set_media_server(std::move(media));
                                 },
                                 [this](const std::string& text) { refuse(text); }});
    const std::lock_guard lock{mutex_};
    service_ = std::move(started);
    return true;
}

void EgressElement::stop() {
    std::shared_ptr<Service> ending;
    {
        const std::lock_guard lock{mutex_};
        ending = std::exchange(service_, nullptr);
    }
    listed_.end();
    if (ending) ending->stop(); // with the media server there: files get their last packets
    watch_.end();
}

void EgressElement::stop_egress(const char* id) {
    const auto running = service();
    if (!running || id == nullptr) return;
    running->stop(
        id, [e = ref_ptr(element()), name = std::string{id}](const Result<std::string>& done) {
            if (!done) warn_not_stopped(e.get(), name, done.error().text);
        });
}

void EgressElement::read_stats(GValue* value) const {
    GstStructurePtr all{gst_structure_new_empty("parley-egress-stats")};
    if (const auto running = service()) {
        for (const auto& info : running->list()) {
            const GstStructurePtr one{gst_structure_new(
                "egress", "room", G_TYPE_STRING, info.room.c_str(), "template", G_TYPE_STRING,
                info.pipeline.c_str(), "state", G_TYPE_STRING, info.state.c_str(), "text",
                G_TYPE_STRING, info.text.c_str(), "pid", G_TYPE_INT, info.pid, "restarts",
                G_TYPE_UINT, info.restarts, "seconds", G_TYPE_DOUBLE, info.seconds, nullptr)};
            gst_structure_set(all.get(), info.id.c_str(), GST_TYPE_STRUCTURE, one.get(), nullptr);
        }
    }
    g_value_take_boxed(value, all.release());
}

bool EgressElement::refuse(const std::string& text) {
    GST_ELEMENT_ERROR(element(), RESOURCE, SETTINGS, ("%s", text.c_str()), (nullptr));
    return false;
}

} // namespace
} // namespace parley::egress

GType gst_rtc_egress_get_type() {
    return parley::egress::Type::get_type();
}
