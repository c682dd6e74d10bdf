#include "elements/signaling/service.hpp"

#include "core/base/log.hpp"
#include "elements/signaling/client_hub.hpp"
#include "elements/signaling/health.hpp"
#include "elements/signaling/http_server.hpp"
#include "elements/signaling/listener.hpp"
#include "elements/signaling/media_port.hpp"
#include "elements/signaling/origin.hpp"
#include "elements/signaling/rest.hpp"
#include "elements/signaling/session_endpoints.hpp"
#include "elements/signaling/static_files.hpp"
#include "elements/signaling/websocket_session.hpp"
#include "elements/signaling/websocket_upgrade.hpp"

#include <future>
#include <mutex>
#include <thread>

namespace parley::signaling {
namespace {

// What a closing server waits for its last words to be written, in milliseconds.
constexpr guint farewell_ms = 300;
constexpr guint drained_poll_ms = 50;

} // namespace

/// All that lives on the signalling thread.
class Service::Server {
  public:
    Server(Config config, std::unique_ptr<Listener> listener, GMainContext* context,
           std::function<void()> drained)
        : context_{context}
        , hub_{std::move(config)}
        , media_{context,
                 {[this](room::Event event) { hub_.dispatch(std::move(event)); },
                  [this](bool attached) { on_media(attached); }}}
        , files_{hub_.config().web_root}
        , sessions_{hub_}
        , listener_{std::move(listener)}
        , drained_{std::move(drained)} {
        hub_.set_media(&media_);
        add_routes();
        listener_->start(context,
                         [this](GIOStream* stream, GSocketAddress* local, GSocketAddress* remote) {
                             http_.accept(stream, local, remote);
                         });
    }

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() {
        for (auto* source : {&drain_timer_, &drained_poll_}) {
            if (*source) g_source_destroy(source->get());
        }
    }

    [[nodiscard]] MediaPort& media() { return media_; }
    [[nodiscard]] Endpoint address() const { return listener_->address(); }

    void drain() {
        if (hub_.draining()) return;
        log::info("signaling", "draining");
        hub_.set_draining();
        const auto limit =
            std::chrono::duration_cast<std::chrono::milliseconds>(hub_.config().drain_timeout);
        drain_timer_ = timer(static_cast<guint>(limit.count()), [](gpointer self) -> gboolean {
            static_cast<Server*>(self)->hub_.drain_clients();
            return G_SOURCE_REMOVE;
        });
        drained_poll_ = timer(drained_poll_ms, [](gpointer self) -> gboolean {
            auto* server = static_cast<Server*>(self);
            if (!server->hub_.empty()) return G_SOURCE_CONTINUE;
            if (server->drained_) server->drained_();
            return G_SOURCE_REMOVE;
        });
    }

    /// The end: everybody is told, then the connections are closed.
    void farewell(GMainLoop* loop) {
        hub_.set_draining();
        listener_->stop();
        hub_.drain_clients();
        const gint64 until = g_get_monotonic_time() + farewell_ms * gint64{1000};
        struct Wait {
            Server* server;
            GMainLoop* loop;
            gint64 until;
        };
        auto source = adopt_ptr(g_timeout_source_new(5));
        g_source_set_callback(
            source.get(),
            [](gpointer data) -> gboolean {
                auto* wait = static_cast<Wait*>(data);
                const bool done = wait->server->hub_.empty();
                if (!done && g_get_monotonic_time() < wait->until) return G_SOURCE_CONTINUE;
                g_main_loop_quit(wait->loop);
                return G_SOURCE_REMOVE;
            },
            new Wait{this, loop, until}, [](gpointer data) { delete static_cast<Wait*>(data); });
        g_source_attach(source.get(), context_);
    }

  private:
    void add_routes() {
        const auto guarded = [this](HttpServer::Route route) {
            return [this, route = std::move(route)](HttpExchange& exchange) {
                if (origin_allowed(hub_.config(), exchange.header("Origin"))) {
                    route(exchange);
                } else {
                    exchange.problem(SOUP_STATUS_FORBIDDEN,
                                     "pages of other sites may not use a server that asks for no "
                                     "token: set jwt-secret, or insecure=true");
                }
            };
        };
        http_.route("/", [this](HttpExchange& exchange) { files_.serve(exchange); });
        http_.route("/healthz", serve_health);
        http_.route("/readyz", [this](HttpExchange& e) { serve_readiness(e, hub_); });
        http_.route("/ws", guarded([this](HttpExchange& exchange) {
                        if (exchange.path() != "/ws") {
                            exchange.problem(SOUP_STATUS_NOT_FOUND, "there is nothing here");
                            return;
                        }
                        upgrade_to_websocket(exchange, [this](UpgradedWebSocket upgraded) {
                            WebSocketSession::start(hub_, std::move(upgraded.connection),
                                                    std::move(upgraded.socket), upgraded.remote);
                        });
                    }));
        http_.route("/whip", guarded([this](HttpExchange& e) { sessions_.serve_endpoint(e); }));
        http_.route("/whep", guarded([this](HttpExchange& e) { sessions_.serve_endpoint(e); }));
        http_.route("/sessions", guarded([this](HttpExchange& e) { sessions_.serve_session(e); }));
        http_.route("/api", guarded([this](HttpExchange& e) { serve_rest(e, hub_); }));
        http_.route("/metrics", guarded([this](HttpExchange& e) { serve_metrics(e, hub_); }));
    }

    void on_media(bool attached) {
        log::info("signaling", "the media server {}", attached ? "is there" : "has gone");
        if (!attached) hub_.drain_clients();
    }

    GstPtr<GSource> timer(guint milliseconds, GSourceFunc function) {
        auto source = adopt_ptr(g_timeout_source_new(milliseconds));
        g_source_set_callback(source.get(), function, this, nullptr);
        g_source_attach(source.get(), context_);
        return source;
    }

    GMainContext* context_;
    ClientHub hub_;
    MediaPort media_;
    StaticFiles files_;
    SessionEndpoints sessions_;
    HttpServer http_;
    std::unique_ptr<Listener> listener_;
    std::function<void()> drained_;
    GstPtr<GSource> drain_timer_;
    GstPtr<GSource> drained_poll_;
};

struct Service::Thread {
    GstPtr<GMainContext> context = adopt_ptr(g_main_context_new());
    GstPtr<GMainLoop> loop = adopt_ptr(g_main_loop_new(context.get(), FALSE));
    Endpoint address;
    std::thread thread;
    std::mutex mutex;               ///< taken before the media port's
    std::unique_ptr<Server> server; // mutex, for threads other than its own

    void run(Config config, std::unique_ptr<Listener> listener, std::function<void()> drained,
             std::promise<void> ready) {
        g_main_context_push_thread_default(context.get());
        server = std::make_unique<Server>(std::move(config), std::move(listener), context.get(),
                                          std::move(drained));
        ready.set_value();
        g_main_loop_run(loop.get());
        g_main_context_pop_thread_default(context.get());
    }

    /// Runs `use` with the server where there is one still.
    template <class F>
    void with_server(F use) {
        const std::lock_guard lock{mutex};
        if (server) use(*server);
    }
};

Service::Service() : thread_{std::make_unique<Thread>()} {}

Result<std::unique_ptr<Service>> Service::start(Config config, std::function<void()> drained) {
    if (auto ok = check(config); !ok) return tl::make_unexpected(ok.error());
    auto listener = Listener::bind({config.listen, config.tls_cert, config.tls_key,
                                    config.max_connections_per_address, config.idle_limit});
    if (!listener) return tl::make_unexpected(listener.error());

    std::unique_ptr<Service> service{new Service};
    auto& thread = *service->thread_;
    thread.address = (*listener)->address();
    std::promise<void> ready;
    auto is_ready = ready.get_future();
    thread.thread = std::thread{[&thread, config = std::move(config),
                                 listener = std::move(*listener), drained = std::move(drained),
                                 ready = std::move(ready)]() mutable {
        thread.run(std::move(config), std::move(listener), std::move(drained), std::move(ready));
    }};
    is_ready.wait();
    return service;
}

void Service::stop() {
    if (!thread_->thread.joinable()) return;
    thread_->with_server([this](Server& server) {
        server.media().call([&server, this] { server.farewell(thread_->loop.get()); });
    });
    thread_->thread.join();
    // The thread has gone; what it owned ends here, with its context.
    g_main_context_push_thread_default(thread_->context.get());
    {
        const std::lock_guard lock{thread_->mutex};
        thread_->server.reset();
    }
    while (g_main_context_iteration(thread_->context.get(), FALSE)) {
    }
    g_main_context_pop_thread_default(thread_->context.get());
}

Service::~Service() {
    stop();
}

void Service::set_media_server(std::shared_ptr<net::MediaServer> media) {
    thread_->with_server([&](Server& server) { server.media().attach(std::move(media)); });
}

void Service::drain() {
    thread_->with_server(
        [](Server& server) { server.media().call([&server] { server.drain(); }); });
}

Endpoint Service::address() const {
    return thread_->address;
}

} // namespace parley::signaling
