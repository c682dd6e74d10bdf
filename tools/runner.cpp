#include "tools/runner.hpp"

#include "net/local_addresses.hpp"
#include "tools/addresses.hpp"
#include "tools/bus_text.hpp"
#include "tools/elements.hpp"

#include <fmt/format.h>

#include <glib-unix.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <utility>

namespace parley::tools {
namespace {

/// Nobody is left who would kill a process that does not end.
constexpr std::chrono::seconds abandoned_limit{9};

/// For a pipeline that does not even stop: the promise of an exit is kept without it.
void exit_after(std::chrono::seconds delay, ExitCode code) {
    std::thread{[delay, code] {
        std::this_thread::sleep_for(delay);
        _exit(code);
    }}.detach();
}

/// Each on a thread of its own: a sink that waits for the others keeps its thread.
void send_eos_to(GstElement* element, bool also_linked) {
    std::vector<GstPad*> pads;
    gst_element_foreach_sink_pad(
        element,
        [](GstElement*, GstPad* pad, gpointer all) -> gboolean {
            static_cast<std::vector<GstPad*>*>(all)->push_back(pad);
            return TRUE;
        },
        &pads);
    for (auto* const pad : pads) {
        if (!also_linked && gst_pad_is_linked(pad)) continue;
        gst_element_call_async(
            element,
            [](GstElement*, gpointer to) { gst_pad_send_event(GST_PAD(to), gst_event_new_eos()); },
            gst_object_ref(pad), gst_object_unref);
    }
}

void end_sinks(GstBin* pipeline) {
    for_each_child(pipeline, [](GstElement* element) {
        if (GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SINK)) send_eos_to(element, true);
    });
}

/// What waits for a pad that has never come, like a room's first track, has no upstream that would
/// tell it the end.
void end_unlinked(GstBin* pipeline) {
    for_each_element(pipeline, [](GstElement* element) {
        if (!GST_IS_BIN(element)) send_eos_to(element, false);
    });
}

std::string text_property(GstElement* element, const char* name) {
    GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name);
    if (spec == nullptr || spec->value_type != G_TYPE_STRING ||
        (spec->flags & G_PARAM_READABLE) == 0) {
        return {};
    }
    char* value = nullptr;
    g_object_get(element, name, &value, nullptr);
    const GStringPtr owned{value};
    return value != nullptr ? value : "";
}

} // namespace

Runner::Runner(GstPtr<GstElement> pipeline, Reporter& reporter, RunOptions options)
    : pipeline_{std::move(pipeline)}
    , bus_{adopt_ptr(gst_element_get_bus(pipeline_.get()))}
    , loop_{adopt_ptr(g_main_loop_new(nullptr, FALSE))}
    , reporter_{reporter}
    , grace_{options.grace}
    , graphs_{std::move(options.graphs)}
    , manager_{std::move(options.manager)}
    , control_address_{std::move(options.control)}
    , progress_{pipeline_.get()} {
    if (options.loop) looping_.emplace(pipeline_.get());
    gst_bus_add_watch(
        bus_.get(),
        [](GstBus*, GstMessage* message, gpointer self) -> gboolean {
            static_cast<Runner*>(self)->on_message(message);
            return G_SOURCE_CONTINUE;
        },
        this);
}

Runner::~Runner() {
    for (const unsigned timer : {drain_timer_, grace_timer_, alive_timer_, progress_timer_}) {
        if (timer != 0) g_source_remove(timer);
    }
    gst_bus_remove_watch(bus_.get());
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

Result<void> Runner::open_control() {
    if (control_address_.empty()) return {};
    auto opened = ControlServer::open(control_address_, pipeline_.get(),
                                      {[this] { on_signal(SIGINT); },
                                       [this] {
                                           reporter_.note("The parent is gone.");
                                           exit_after(abandoned_limit, not_in_time);
                                           if (!ending_) on_signal(SIGINT);
                                       }});
    if (!opened) return tl::make_unexpected(opened.error());
    control_ = std::move(*opened);
    return {};
}

ExitCode Runner::run() {
    // Whoever reads what we print may go first; what is being recorded is not lost for that.
    ::signal(SIGPIPE, SIG_IGN);
    if (const auto opened = open_control(); !opened) {
        reporter_.error("", opened.error().text);
        return cannot_start;
    }
    const auto on_unix_signal = [](int number, GSourceFunc handler, Runner* self) {
        return g_unix_signal_add(number, handler, self);
    };
    const guint interrupt = on_unix_signal(
        SIGINT,
        [](gpointer self) -> gboolean {
            static_cast<Runner*>(self)->on_signal(SIGINT);
            return G_SOURCE_CONTINUE;
        },
        this);
    const guint terminate = on_unix_signal(
        SIGTERM,
        [](gpointer self) -> gboolean {
            static_cast<Runner*>(self)->on_signal(SIGTERM);
            return G_SOURCE_CONTINUE;
        },
        this);

    if (reporter_.has_status_line()) {
        progress_timer_ = g_timeout_add_seconds(
            1,
            [](gpointer self) -> gboolean {
                static_cast<Runner*>(self)->show_progress();
                return G_SOURCE_CONTINUE;
            },
            this);
    }
    switch (
        gst_element_set_state(pipeline_.get(), looping_ ? GST_STATE_PAUSED : GST_STATE_PLAYING)) {
    case GST_STATE_CHANGE_FAILURE:
        fail_start();
        break;
    case GST_STATE_CHANGE_NO_PREROLL:
        live_ = true;
        [[fallthrough]];
    default:
        g_main_loop_run(loop_.get());
    }
    manager_.stopping();
    draw("end");
    if (code_ != stopped_hard) exit_after(std::max(grace_, std::chrono::seconds{5}), not_in_time);
    gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
    g_source_remove(interrupt);
    g_source_remove(terminate);
    reporter_.ended(reason_);
    return code_;
}

void Runner::finish(ExitCode code, std::string reason) {
    code_ = code;
    reason_ = std::move(reason);
    g_main_loop_quit(loop_.get());
}

/// The reason of a failed start stands on the bus; the loop that would have read it never ran.
void Runner::fail_start() {
    const auto message = adopt_ptr(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
    if (message) {
        on_error(message.get());
    } else {
        reporter_.error("", "the pipeline cannot start, and no element says why; "
                            "GST_DEBUG=3 in the environment shows more");
        finish(cannot_start, "it could not start");
    }
}

void Runner::on_message(GstMessage* message) {
    if (control_) control_->tell(message);
    if (looping_ && !ending_) {
        const auto step = looping_->on_message(message);
        if (!step) {
            reporter_.error("", step.error().text);
            finish(started_ ? failed : cannot_start, "it could not loop");
        } else if (*step == Loop::Step::ready) {
            start_playing();
        }
    }
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
        on_error(message);
        break;
    case GST_MESSAGE_WARNING: {
        const auto problem = read_problem(message);
        reporter_.warning(problem.element, problem.text);
        break;
    }
    case GST_MESSAGE_EOS:
        finish(ended, ending_ ? "as asked" : "end of stream");
        break;
    case GST_MESSAGE_STATE_CHANGED:
        on_state(message);
        break;
    case GST_MESSAGE_ELEMENT:
        on_element(message);
        break;
    case GST_MESSAGE_BUFFERING:
        on_buffering(message);
        break;
    case GST_MESSAGE_LATENCY:
        gst_bin_recalculate_latency(GST_BIN(pipeline_.get()));
        break;
    case GST_MESSAGE_CLOCK_LOST:
        gst_element_set_state(pipeline_.get(), GST_STATE_PAUSED);
        gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
        break;
    case GST_MESSAGE_REQUEST_STATE: {
        GstState state = GST_STATE_NULL;
        gst_message_parse_request_state(message, &state);
        gst_element_set_state(pipeline_.get(), state);
        break;
    }
    default:
        break;
    }
}

void Runner::on_error(GstMessage* message) {
    // After the first, others are its consequences.
    if (code_ == failed || code_ == cannot_start) return;
    draw("error");
    const auto problem = read_problem(message);
    reporter_.error(problem.element, problem.text);
    finish(started_ ? failed : cannot_start, started_ ? "an element failed" : "it could not start");
}

void Runner::on_state(GstMessage* message) {
    GstState state = GST_STATE_NULL;
    gst_message_parse_state_changed(message, nullptr, &state, nullptr);
    auto* const source = GST_MESSAGE_SRC(message);
    if (source != GST_OBJECT_CAST(pipeline_.get())) {
        if (GST_OBJECT_PARENT(source) != GST_OBJECT_CAST(pipeline_.get())) return;
        const GStringPtr name{g_ascii_strdown(gst_element_state_get_name(state), -1)};
        reporter_.state(GST_OBJECT_NAME(source), name.get());
        return;
    }
    if (started_) return;
    if (state == GST_STATE_PAUSED) draw("paused");
    if (state != GST_STATE_PLAYING) return;
    draw("playing");
    started_ = true;
    reporter_.started(addresses());
    manager_.ready();
    const auto interval = manager_.alive_every();
    if (interval.count() == 0) return;
    alive_timer_ = g_timeout_add(
        static_cast<guint>(interval.count()),
        [](gpointer self) -> gboolean {
            static_cast<Runner*>(self)->tell_alive();
            return G_SOURCE_CONTINUE;
        },
        this);
}

/// From the main loop: one that a state change holds up tells nothing, which is the point.
void Runner::tell_alive() const {
    if (gst_element_get_state(pipeline_.get(), nullptr, nullptr, 0) == GST_STATE_CHANGE_FAILURE) {
        return;
    }
    manager_.alive();
}

/// A loop's first seek is done.
void Runner::start_playing() {
    if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
        fail_start();
    }
}

void Runner::show_progress() {
    auto text = started_ ? std::string{} : progress_.starting();
    reporter_.status(text.empty() ? progress_.line() : text);
}

void Runner::draw(std::string_view moment) {
    if (const auto drawn = graphs_.write(GST_BIN(pipeline_.get()), moment); !drawn) {
        reporter_.warning("", drawn.error().text);
    }
}

/// A source from the network that runs dry is waited for, as gst-launch does; a live one is not.
void Runner::on_buffering(GstMessage* message) {
    if (live_ || ending_) return;
    int percent = 0;
    gst_message_parse_buffering(message, &percent);
    const bool buffering = percent < 100;
    if (buffering == buffering_) return;
    buffering_ = buffering;
    gst_element_set_state(pipeline_.get(), buffering ? GST_STATE_PAUSED : GST_STATE_PLAYING);
}

void Runner::on_element(GstMessage* message) {
    if (const auto event = RoomEvent::read(gst_message_get_structure(message))) {
        reporter_.room(*event);
    } else if (gst_message_has_name(message, "parley-drained")) {
        const bool was_draining = !draining_.empty();
        std::erase(draining_, GST_MESSAGE_SRC(message));
        if (was_draining && draining_.empty()) end_of_drain();
    }
}

void Runner::on_signal(int number) {
    const gint64 now = g_get_monotonic_time();
    if (ending_) {
        // timeout(1) and shells signal a process and then its group: that is one request.
        if (now - asked_at_ < G_USEC_PER_SEC / 2) return;
        exit_after(std::chrono::seconds{2}, stopped_hard);
        finish(stopped_hard, "at once, as asked twice");
        return;
    }
    ending_ = true;
    asked_at_ = now;
    manager_.stopping();
    if (number == SIGTERM && drain_servers()) {
        reporter_.note("Draining: clients are told to come back later.");
        return;
    }
    reporter_.note("Ending; Ctrl-C again ends at once.");
    send_eos();
}

void Runner::end_of_drain() {
    draining_.clear();
    if (drain_timer_ != 0) g_source_remove(std::exchange(drain_timer_, 0));
    send_eos();
}

void Runner::send_eos() {
    // On another thread: an element that blocks on EOS must not stop the clock of the grace.
    gst_element_call_async(
        pipeline_.get(),
        [](GstElement* pipeline, gpointer) {
            gst_element_send_event(pipeline, gst_event_new_eos());
        },
        nullptr, nullptr);
    end_unlinked(GST_BIN(pipeline_.get()));
    // A source that loops does not come to an end by itself.
    if (looping_) end_sinks(GST_BIN(pipeline_.get()));
    grace_timer_ = g_timeout_add_seconds(
        static_cast<guint>(grace_.count()),
        [](gpointer self) -> gboolean {
            static_cast<Runner*>(self)->grace_timer_ = 0;
            static_cast<Runner*>(self)->on_out_of_time();
            return G_SOURCE_REMOVE;
        },
        this);
}

void Runner::on_out_of_time() {
    std::string waiting;
    for_each_element(GST_BIN(pipeline_.get()), [&](GstElement* element) {
        if (GST_IS_BIN(element) || !GST_OBJECT_FLAG_IS_SET(element, GST_ELEMENT_FLAG_SINK)) return;
        const GStringPtr name{gst_element_get_name(element)};
        waiting += fmt::format("{}{}", waiting.empty() ? "" : ", ", name.get());
    });
    draw("out-of-time");
    reporter_.error("", fmt::format("the pipeline did not end within {} s of being asked to "
                                    "(sinks: {}); --grace=SECONDS gives it longer",
                                    grace_.count(), waiting.empty() ? "none" : waiting));
    finish(not_in_time, "out of time");
}

/// Servers let their clients finish, each as long as its `drain-timeout` says.
bool Runner::drain_servers() {
    guint longest = 0;
    for_each_element(GST_BIN(pipeline_.get()), [&](GstElement* element) {
        const guint id = g_signal_lookup("drain", G_OBJECT_TYPE(element));
        if (id == 0) return;
        GSignalQuery query;
        g_signal_query(id, &query);
        if ((query.signal_flags & G_SIGNAL_ACTION) == 0 || query.n_params != 0) return;
        guint timeout = 0;
        GParamSpec* spec =
            g_object_class_find_property(G_OBJECT_GET_CLASS(element), "drain-timeout");
        if (spec != nullptr && spec->value_type == G_TYPE_UINT) {
            g_object_get(element, "drain-timeout", &timeout, nullptr);
        }
        longest = std::max(longest, timeout);
        draining_.push_back(GST_OBJECT(element));
        g_signal_emit(element, id, 0);
    });
    if (draining_.empty()) return false;
    // One that never reports back has had its time.
    constexpr guint margin_ms = 2000;
    drain_timer_ = g_timeout_add(
        longest + margin_ms,
        [](gpointer self) -> gboolean {
            static_cast<Runner*>(self)->drain_timer_ = 0;
            static_cast<Runner*>(self)->end_of_drain();
            return G_SOURCE_REMOVE;
        },
        this);
    return true;
}

std::vector<std::string> Runner::addresses() const {
    std::vector<std::string> all;
    for_each_element(GST_BIN(pipeline_.get()), [&](GstElement* element) {
        GstElementFactory* factory = gst_element_get_factory(element);
        if (factory == nullptr || std::string_view{GST_OBJECT_NAME(factory)} != "rtcsignaling") {
            return;
        }
        const bool tls = !text_property(element, "tls-cert").empty();
        for (auto& address :
             open_addresses(text_property(element, "listen"), tls, net::local_addresses())) {
            all.push_back(std::move(address));
        }
    });
    return all;
}

} // namespace parley::tools
