#include "elements/signaling/media_port.hpp"

namespace parley::signaling {

// Filled by any thread, emptied in whole by the signalling thread at each wake.
class MediaPort::Queue {
  public:
    explicit Queue(GMainContext* context) : source_{adopt_ptr(make_source(this))} {
        g_source_attach(source_.get(), context);
    }
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;
    ~Queue() { close(); }

    /// On the signalling thread: nothing is run afterwards.
    void close() {
        {
            const std::lock_guard lock{mutex_};
            closed_ = true;
        }
        g_source_destroy(source_.get());
    }

    void push(room::Event event) {
        push_to([&] { events_.push_back(std::move(event)); });
    }
    void push(std::function<void()> call) {
        push_to([&] { calls_.push_back(std::move(call)); });
    }
    void on_event(std::function<void(room::Event)> handler) { handler_ = std::move(handler); }

  private:
    struct Source {
        GSource base;
        Queue* queue;
    };

    static GSource* make_source(Queue* queue) {
        static GSourceFuncs funcs{nullptr, nullptr, dispatch, nullptr, nullptr, nullptr};
        auto* source = g_source_new(&funcs, sizeof(Source));
        reinterpret_cast<Source*>(source)->queue = queue;
        g_source_set_ready_time(source, -1);
        return source;
    }

    static gboolean dispatch(GSource* source, GSourceFunc, gpointer) noexcept {
        g_source_set_ready_time(source, -1);
        reinterpret_cast<Source*>(source)->queue->run();
        return G_SOURCE_CONTINUE;
    }

    template <class F>
    void push_to(F add) {
        const std::lock_guard lock{mutex_};
        if (closed_) return;
        const bool was_empty = events_.empty() && calls_.empty();
        add();
        if (was_empty) g_source_set_ready_time(source_.get(), 0);
    }

    void run() {
        {
            const std::lock_guard lock{mutex_};
            std::swap(events_, running_events_);
            std::swap(calls_, running_calls_);
        }
        for (auto& event : running_events_)
            handler_(std::move(event));
        running_events_.clear();
        for (auto& call : running_calls_)
            call();
        running_calls_.clear();
    }

    std::mutex mutex_;
    std::vector<room::Event> events_;          // mutex_
    std::vector<std::function<void()>> calls_; // mutex_
    bool closed_ = false;                      // mutex_
    std::vector<room::Event> running_events_;
    std::vector<std::function<void()>> running_calls_;
    std::function<void(room::Event)> handler_;
    GstPtr<GSource> source_;
};

MediaPort::MediaPort(GMainContext* context, Handlers handlers)
    : queue_{std::make_shared<Queue>(context)}, handlers_{std::move(handlers)} {
    queue_->on_event([this](room::Event event) { handlers_.event(std::move(event)); });
}

MediaPort::~MediaPort() {
    attach(nullptr);
    queue_->close();
}

void MediaPort::attach(std::shared_ptr<net::MediaServer> server) {
    const std::lock_guard lock{mutex_};
    if (server_ == server) return;
    if (server_) server_->set_event_handler(nullptr);
    server_ = std::move(server);
    if (server_) {
        server_->set_event_handler(
            [queue = queue_](room::Event event) { queue->push(std::move(event)); });
    }
    queue_->push([this, attached = server_ != nullptr] { handlers_.changed(attached); });
}

bool MediaPort::attached() const {
    const std::lock_guard lock{mutex_};
    return server_ != nullptr;
}

bool MediaPort::post(room::Command command) {
    const std::lock_guard lock{mutex_};
    if (!server_) return false;
    server_->post(std::move(command));
    return true;
}

void MediaPort::collect_stats(std::function<void(std::optional<room::ServerStats>)> done) {
    const std::lock_guard lock{mutex_};
    if (!server_) {
        queue_->push([done = std::move(done)] { done(std::nullopt); });
        return;
    }
    server_->collect_stats([queue = queue_, done = std::move(done)](room::ServerStats stats) {
        queue->push([done, stats = std::move(stats)] { done(stats); });
    });
}

void MediaPort::call(std::function<void()> function) {
    queue_->push(std::move(function));
}

} // namespace parley::signaling
