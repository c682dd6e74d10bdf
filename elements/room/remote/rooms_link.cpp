#include "elements/room/remote/rooms_link.hpp"

#include "elements/common/main_context.hpp"
#include "elements/room/remote/rooms_session.hpp"

#include <pthread.h>

#include <future>
#include <thread>
#include <utility>

namespace parley::room_elements {

struct RoomsLink::Thread {
    GstPtr<GMainContext> context = adopt_ptr(g_main_context_new());
    GstPtr<GMainLoop> loop = adopt_ptr(g_main_loop_new(context.get(), FALSE));
    SenderTable senders;
    std::unique_ptr<Session> session; ///< of the thread
    std::thread thread;

    explicit Thread(GstBin* bin) : senders{GST_ELEMENT_CAST(bin)} {}

    void run(GstBin* bin, RemoteConfig config, Handlers handlers) {
        pthread_setname_np(pthread_self(), "parley-rooms");
        g_main_context_push_thread_default(context.get());
        session = std::make_unique<Session>(bin, std::move(config), std::move(handlers), senders,
                                            context.get());
        session->connect();
        g_main_loop_run(loop.get());
        session->leave();
        session.reset();
        // The last words go out, and what was under way is cancelled.
        const auto until = g_get_monotonic_time() + farewell;
        while (g_get_monotonic_time() < until && g_main_context_iteration(context.get(), FALSE)) {
        }
        g_main_context_pop_thread_default(context.get());
    }

    static constexpr gint64 farewell = G_USEC_PER_SEC / 10;
};

RoomsLink::RoomsLink(GstBin* bin) : thread_{std::make_unique<Thread>(bin)} {}

std::unique_ptr<RoomsLink> RoomsLink::start(GstBin* bin, RemoteConfig config, Handlers handlers) {
    std::unique_ptr<RoomsLink> link{new RoomsLink{bin}};
    auto& thread = *link->thread_;
    thread.thread = std::thread{
        [&thread, bin, config = std::move(config), handlers = std::move(handlers)]() mutable {
            thread.run(bin, std::move(config), std::move(handlers));
        }};
    return link;
}

RoomsLink::~RoomsLink() {
    call_in(thread_->context.get(), [loop = thread_->loop] { g_main_loop_quit(loop.get()); });
    thread_->thread.join();
}

void RoomsLink::send(const tap::Up& message) {
    call_in(thread_->context.get(), [thread = thread_.get(), message] {
        if (thread->session) thread->session->on_request(message);
    });
}

void RoomsLink::send_rtp(const Packet& packet) {
    thread_->senders.send(packet);
}

tap::Link::Counters RoomsLink::counters() const {
    return thread_->senders.counters();
}

} // namespace parley::room_elements
