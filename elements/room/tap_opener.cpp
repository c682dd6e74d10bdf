#include "elements/room/tap_opener.hpp"

#include "elements/tap/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace parley::room_elements {

namespace {

constexpr unsigned first_retry_ms = 250;
constexpr unsigned last_retry_ms = 5000;

struct Later {
    TapOpener* opener;
    void (TapOpener::*call)(unsigned);
    unsigned run;
};

} // namespace

std::string TapOpener::inherited_uri() {
    const auto* inherited = g_getenv("PARLEY_TAP");
    return inherited != nullptr ? inherited : "";
}

bool TapOpener::start(Wishes wishes, const RendezvousPtr& rendezvous, Handlers handlers) {
    const bool inherited = wishes.uri.empty();
    const auto uri = inherited ? inherited_uri() : wishes.uri;
    {
        const std::lock_guard lock{mutex_};
        wishes_ = std::move(wishes);
        handlers_ = std::move(handlers);
        ++run_;
        retry_ms_ = 0;
        failed_ = false;
    }
    const auto route = route_of(uri);
    if (!route) {
        fail_with("PARLEY_TAP: " + route.error().text);
        return false;
    }
    switch (*route) {
    case Route::fd:
        give(inherited ? tap::next_inherited_tap(uri) : tap::inherited_tap(uri));
        break;
    case Route::unix:
        give(tap::connect_tap(uri.substr(std::string_view{"unix:"}.size())));
        break;
    case Route::here:
        open_here(rendezvous);
        break;
    case Route::rooms:
    case Route::http:
        fail_with(fmt::format("\"{}\" leads to no tap", uri));
        break;
    }
    const std::lock_guard lock{mutex_};
    return !failed_;
}

void TapOpener::stop() {
    cancel_timer();
    access_.stop();
    const std::lock_guard lock{mutex_};
    if (run_ % 2 == 1) ++run_;
    handlers_ = {};
}

void TapOpener::open_here(const RendezvousPtr& rendezvous) {
    start_timeout();
    std::string server_name;
    {
        const std::lock_guard lock{mutex_};
        server_name = wishes_.server_name;
    }
    access_.watch(
        element_, rendezvous, server_name, [this](bool there) { on_server(there); },
        [this](const std::string& trouble) { fail_with(trouble); });
}

/// On the thread that brought the server, which holds a lock of the directory: the rest elsewhere.
void TapOpener::on_server(bool there) {
    if (!there) return; // the tap's end tells the rest
    cancel_timer();
    unsigned run = 0;
    {
        const std::lock_guard lock{mutex_};
        run = run_;
    }
    gst_element_call_async(
        element_,
        [](GstElement*, gpointer data) noexcept {
            const auto& later = *static_cast<Later*>(data);
            (later.opener->*later.call)(later.run);
        },
        new Later{this, &TapOpener::open_from_server, run},
        [](gpointer data) { delete static_cast<Later*>(data); });
}

void TapOpener::open_from_server(unsigned run) {
    std::string room;
    {
        const std::lock_guard lock{mutex_};
        if (run != run_) return;
        room = wishes_.room;
    }
    give(access_.open(room, {}));
}

void TapOpener::give(Result<net::FileDescriptor> tap) {
    if (!tap) {
        fail_with(tap.error().text);
        return;
    }
    std::function<void(net::FileDescriptor)> opened;
    {
        const std::lock_guard lock{mutex_};
        opened = handlers_.opened;
    }
    if (opened) opened(std::move(*tap));
}

void TapOpener::fail_with(const std::string& text) {
    std::function<void(std::string)> failed;
    {
        const std::lock_guard lock{mutex_};
        failed = handlers_.failed;
        failed_ = true;
    }
    if (failed) failed(text);
}

void TapOpener::start_timeout() {
    unsigned timeout = 0;
    {
        const std::lock_guard lock{mutex_};
        timeout = wishes_.timeout_ms;
    }
    if (timeout != 0) call_later(timeout, &TapOpener::on_timeout);
}

void TapOpener::on_timeout() {
    std::string server_name;
    {
        const std::lock_guard lock{mutex_};
        server_name = wishes_.server_name;
    }
    fail_with(
        fmt::format("there is no rtcsfu called \"{}\" in this process: add one, or say by uri "
                    "where the room is",
                    server_name));
}

bool TapOpener::retry() {
    unsigned wait = 0;
    std::string uri;
    {
        const std::lock_guard lock{mutex_};
        uri = wishes_.uri.empty() ? inherited_uri() : wishes_.uri;
        retry_ms_ = std::clamp(retry_ms_ * 2, first_retry_ms, last_retry_ms);
        wait = retry_ms_;
    }
    const auto route = route_of(uri);
    if (!route || (*route != Route::here && *route != Route::unix)) return false;
    if (*route == Route::unix) call_later(wait, &TapOpener::connect_again);
    return true;
}

void TapOpener::connect_again() {
    std::string uri;
    {
        const std::lock_guard lock{mutex_};
        uri = wishes_.uri;
    }
    auto tap = tap::connect_tap(uri.substr(std::string_view{"unix:"}.size()));
    if (!tap) {
        retry();
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        retry_ms_ = 0;
    }
    give(std::move(tap));
}

/// On the system clock's thread, one call at a time.
void TapOpener::call_later(unsigned ms, void (TapOpener::*call)()) {
    struct Timer {
        GstPtr<GstElement> element;
        TapOpener* opener;
        void (TapOpener::*call)();
    };
    cancel_timer();
    const std::lock_guard lock{mutex_};
    if (run_ % 2 == 0) return; // stopped
    const auto clock = adopt_ptr(gst_system_clock_obtain());
    timer_ = gst_clock_new_single_shot_id(clock.get(),
                                          gst_clock_get_time(clock.get()) + ms * GST_MSECOND);
    gst_clock_id_wait_async(
        timer_,
        [](GstClock*, GstClockTime, GstClockID, gpointer data) noexcept -> gboolean {
            const auto& timer = *static_cast<Timer*>(data);
            (timer.opener->*timer.call)();
            return TRUE;
        },
        new Timer{ref_ptr(element_), this, call},
        [](gpointer data) { delete static_cast<Timer*>(data); });
}

void TapOpener::cancel_timer() {
    const std::lock_guard lock{mutex_};
    if (timer_ == nullptr) return;
    gst_clock_id_unschedule(timer_);
    gst_clock_id_unref(std::exchange(timer_, nullptr));
}

} // namespace parley::room_elements
