// The thread of a link to another server, with a main context of its own, in which its session
// lives.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "elements/common/main_context.hpp"
#include "elements/room/remote/sender_table.hpp"

#include <pthread.h>

#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace parley::room_elements {

/// Session has leave(), and is made on the thread.
template <class Session>
class LinkThread {
  public:
    using Make = std::function<std::unique_ptr<Session>(SenderTable&, GMainContext*)>;

    /// `begin` is called with the session, on the thread.
    LinkThread(GstBin* bin, const char* name, Make make, std::function<void(Session&)> begin)
        : senders_{GST_ELEMENT_CAST(bin)}
        , thread_{[this, name, make = std::move(make), begin = std::move(begin)] {
            pthread_setname_np(pthread_self(), name);
            run(make, begin);
        }} {}
    LinkThread(const LinkThread&) = delete;
    LinkThread& operator=(const LinkThread&) = delete;
    /// Not on the thread.
    ~LinkThread() {
        call_in(context_.get(), [loop = loop_] { g_main_loop_quit(loop.get()); });
        thread_.join();
    }

    SenderTable& senders() { return senders_; }
    [[nodiscard]] const SenderTable& senders() const { return senders_; }

    /// From any thread, in order; forgotten once the link ends.
    void call(std::function<void(Session&)> function) {
        call_in(context_.get(), [this, function = std::move(function)] {
            if (session_) function(*session_);
        });
    }

  private:
    void run(const Make& make, const std::function<void(Session&)>& begin) {
        g_main_context_push_thread_default(context_.get());
        session_ = make(senders_, context_.get());
        begin(*session_);
        g_main_loop_run(loop_.get());
        session_->leave();
        // The last words go out.
        turn_until(g_get_monotonic_time() + farewell);
        session_.reset();
        // What was cancelled ends.
        turn_until(g_get_monotonic_time());
        g_main_context_pop_thread_default(context_.get());
    }

    void turn_until(gint64 end) {
        while (g_main_context_iteration(context_.get(), FALSE) != FALSE ||
               g_get_monotonic_time() < end) {
            if (g_main_context_pending(context_.get()) == FALSE) {
                if (g_get_monotonic_time() >= end) break;
                g_usleep(pause);
            }
        }
    }

    static constexpr gint64 farewell = G_USEC_PER_SEC / 10;
    static constexpr gulong pause = 1000;

    GstPtr<GMainContext> context_ = adopt_ptr(g_main_context_new());
    GstPtr<GMainLoop> loop_ = adopt_ptr(g_main_loop_new(context_.get(), FALSE));
    SenderTable senders_;
    std::unique_ptr<Session> session_; ///< of the thread
    std::thread thread_;               ///< last: it uses the rest
};

} // namespace parley::room_elements
