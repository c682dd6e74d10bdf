// The listening socket and the connections that came in by it: a deep backlog, a limit for each
// address, and an end for those that hold a connection without asking for anything.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "elements/common/gst_ptr.hpp"

#include <gio/gio.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace parley::signaling {

struct ListenerConfig {
    Endpoint address;
    std::string tls_cert; ///< PEM; empty: no TLS
    std::string tls_key;
    unsigned max_connections_per_address = 0; ///< 0: no limit
    /// A connection may stay without a request, or with an unfinished one, for so long.
    Duration idle_limit = 60s;
};

/// Lives on the thread of its context from start() on.
class Listener {
  public:
    /// `stream` is TLS where configured. Every request calls touch() on the remote address' object.
    using Handler =
        std::function<void(GIOStream* stream, GSocketAddress* local, GSocketAddress* remote)>;

    /// Binds. An address in use is an error that names it.
    static Result<std::unique_ptr<Listener>> bind(const ListenerConfig& config);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    void start(GMainContext* context, Handler handler);
    /// No new connections; the ones that are there stay.
    void stop();

    [[nodiscard]] Endpoint address() const { return address_; } ///< with the port that it got

    /// A request on this connection has begun or ended, or it has become a WebSocket, which is
    /// watched elsewhere.
    enum class Activity { request_begun, request_progress, request_ended, upgraded };
    static void touch(GSocketAddress* remote, Activity activity);
    /// The connection's socket, as long as it is open.
    static GstPtr<GSocket> socket_of(GSocketAddress* remote);

  private:
    struct Connection;
    class Registry;

    Listener(ListenerConfig config, int fd, Endpoint address, GstPtr<GTlsCertificate> certificate);
    static std::shared_ptr<Connection> connection_of(GSocketAddress* remote);
    void listen_again();
    void accept_some();
    bool accept_one();
    void rest();

    ListenerConfig config_;
    int fd_;
    Endpoint address_;
    GstPtr<GTlsCertificate> certificate_;
    Handler handler_;
    GstPtr<GSource> accept_source_;
    GstPtr<GSource> sweep_source_;
    GstPtr<GSource> rest_source_;
    GMainContext* context_ = nullptr;
    std::shared_ptr<Registry> registry_;
};

} // namespace parley::signaling
