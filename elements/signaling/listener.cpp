#include "elements/signaling/listener.hpp"

#include "core/base/log.hpp"
#include "elements/common/steady_time.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <glib-unix.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <list>

namespace parley::signaling {
namespace {

// GLib's own backlog of 10 lets about twelve connections a second in when a thousand come at once.
constexpr int backlog = 4096;
// Accepted in one go before others get their turn.
constexpr int accepted_at_once = 64;
// Without a file descriptor left, accepting rests for so long.
constexpr guint rest_ms = 200;

GQuark connection_quark() {
    return g_quark_from_static_string("parley-connection");
}

GstPtr<GSocketAddress> to_gio(const sockaddr_storage& address, socklen_t length) {
    return adopt_ptr(
        g_socket_address_new_from_native(const_cast<sockaddr_storage*>(&address), length));
}

} // namespace

/// What is known of a connection; hangs on the GSocketAddress that libsoup hands around with it.
struct Listener::Connection {
    GSocket* socket; // borrowed: gone with the connection, see Registry::ended
    IpAddress address;
    Instant since;
    bool upgraded = false;
};

/// Outlives the listener where connections do.
class Listener::Registry {
  public:
    [[nodiscard]] unsigned count(const IpAddress& address) const {
        const auto found = by_address_.find(address);
        return found == by_address_.end() ? 0 : found->second;
    }

    void add(const std::shared_ptr<Registry>& self, const std::shared_ptr<Connection>& connection,
             GObject* owner) {
        ++by_address_[connection->address];
        connections_.push_back(connection);
        struct Ended {
            std::shared_ptr<Registry> registry;
            std::shared_ptr<Connection> connection;
        };
        g_object_weak_ref(
            owner,
            [](gpointer data, GObject*) {
                const std::unique_ptr<Ended> ended{static_cast<Ended*>(data)};
                ended->registry->ended(ended->connection);
            },
            new Ended{self, connection});
    }

    void sweep(Instant now, Duration limit) {
        for (const auto& connection : connections_) {
            if (connection->upgraded || now - connection->since < limit) continue;
            g_socket_shutdown(connection->socket, TRUE, TRUE, nullptr);
        }
    }

  private:
    void ended(const std::shared_ptr<Connection>& connection) {
        connection->socket = nullptr;
        connections_.remove(connection);
        const auto found = by_address_.find(connection->address);
        if (found != by_address_.end() && --found->second == 0) by_address_.erase(found);
    }

    std::map<IpAddress, unsigned> by_address_;
    std::list<std::shared_ptr<Connection>> connections_;
};

Result<std::unique_ptr<Listener>> Listener::bind(const ListenerConfig& config) {
    GstPtr<GTlsCertificate> certificate;
    if (!config.tls_cert.empty()) {
        GErrorOut error;
        certificate = adopt_ptr(g_tls_certificate_new_from_files(config.tls_cert.c_str(),
                                                                 config.tls_key.c_str(), error));
        if (!certificate) {
            return fail(fmt::format("cannot use tls-cert {} with tls-key {}: {}", config.tls_cert,
                                    config.tls_key, error.message()));
        }
    }

    const bool v4 = config.address.address.is_v4();
    const int fd = ::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto refuse = [&](const char* what) {
        const int number = errno;
        if (fd >= 0) ::close(fd);
        if (number == EADDRINUSE) {
            return fail(fmt::format("port {} is in use: another program listens on {}; stop it or "
                                    "choose another with listen=",
                                    config.address.port, config.address.to_string()));
        }
        return fail(fmt::format("cannot {} {}: {}", what, config.address.to_string(),
                                std::strerror(number)));
    };
    if (fd < 0) return refuse("open a socket for");
    const int on = 1;
    const int off = 0;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!v4) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);

    sockaddr_storage address{};
    socklen_t length = 0;
    if (v4) {
        sockaddr_in native{};
        native.sin_family = AF_INET;
        native.sin_port = htons(config.address.port);
        std::memcpy(&native.sin_addr, config.address.address.bytes.data() + 12, 4);
        std::memcpy(&address, &native, length = sizeof native);
    } else {
        sockaddr_in6 native{};
        native.sin6_family = AF_INET6;
        native.sin6_port = htons(config.address.port);
        std::memcpy(&native.sin6_addr, config.address.address.bytes.data(), 16);
        std::memcpy(&address, &native, length = sizeof native);
    }
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        return refuse("listen on");
    }
    if (::listen(fd, backlog) != 0) return refuse("listen on");

    auto bound = config.address;
    length = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
        in_port_t port = 0;
        std::memcpy(&port, reinterpret_cast<const char*>(&address) + sizeof(sa_family_t),
                    sizeof port);
        bound.port = ntohs(port);
    }
    return std::unique_ptr<Listener>{new Listener{config, fd, bound, std::move(certificate)}};
}

Listener::Listener(ListenerConfig config, int fd, Endpoint address,
                   GstPtr<GTlsCertificate> certificate)
    : config_{std::move(config)}
    , fd_{fd}
    , address_{address}
    , certificate_{std::move(certificate)}
    , registry_{std::make_shared<Registry>()} {}

Listener::~Listener() {
    stop();
    if (fd_ >= 0) ::close(fd_);
}

void Listener::start(GMainContext* context, Handler handler) {
    context_ = context;
    handler_ = std::move(handler);
    listen_again();
    const auto limit =
        std::chrono::duration_cast<std::chrono::milliseconds>(config_.idle_limit).count();
    sweep_source_ = adopt_ptr(g_timeout_source_new(static_cast<guint>(limit / 10 + 1)));
    const GSourceFunc on_sweep = [](gpointer data) -> gboolean {
        auto* self = static_cast<Listener*>(data);
        self->registry_->sweep(steady_now(), self->config_.idle_limit);
        return G_SOURCE_CONTINUE;
    };
    g_source_set_callback(sweep_source_.get(), on_sweep, this, nullptr);
    g_source_attach(sweep_source_.get(), context);
}

void Listener::listen_again() {
    accept_source_ = adopt_ptr(g_unix_fd_source_new(fd_, G_IO_IN));
    const GUnixFDSourceFunc on_ready = [](gint, GIOCondition, gpointer self) -> gboolean {
        static_cast<Listener*>(self)->accept_some();
        return G_SOURCE_CONTINUE;
    };
    g_source_set_callback(accept_source_.get(), G_SOURCE_FUNC(on_ready), this, nullptr);
    g_source_attach(accept_source_.get(), context_);
}

// The socket stays readable while connections wait that cannot be taken: looking again at once
// would only burn the processor.
void Listener::rest() {
    log::warning("signaling", "no file descriptor is left for a new connection");
    g_source_destroy(accept_source_.get());
    rest_source_ = adopt_ptr(g_timeout_source_new(rest_ms));
    const GSourceFunc on_rested = [](gpointer self) -> gboolean {
        static_cast<Listener*>(self)->listen_again();
        return G_SOURCE_REMOVE;
    };
    g_source_set_callback(rest_source_.get(), on_rested, this, nullptr);
    g_source_attach(rest_source_.get(), context_);
}

void Listener::stop() {
    for (auto* source : {&accept_source_, &sweep_source_, &rest_source_}) {
        if (*source) g_source_destroy(source->get());
        source->reset();
    }
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Listener::accept_some() {
    for (int i = 0; i < accepted_at_once && accept_one(); ++i) {
    }
}

bool Listener::accept_one() {
    sockaddr_storage remote{};
    socklen_t length = sizeof remote;
    const int fd =
        ::accept4(fd_, reinterpret_cast<sockaddr*>(&remote), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) rest();
        return errno == ECONNABORTED || errno == EINTR;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

    GErrorOut error;
    auto socket = adopt_ptr(g_socket_new_from_fd(fd, error));
    if (!socket) {
        ::close(fd);
        return true;
    }
    const auto remote_address = to_gio(remote, length);
    const GStringPtr text{g_inet_address_to_string(
        g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(remote_address.get())))};
    const auto address = IpAddress::parse(text.get()).value_or(IpAddress{});
    if (config_.max_connections_per_address != 0 &&
        registry_->count(address) >= config_.max_connections_per_address) {
        log::info("signaling", "refused a connection of {}: it has {} already", address.to_string(),
                  config_.max_connections_per_address);
        return true;
    }
    const auto local_address = adopt_ptr(g_socket_get_local_address(socket.get(), nullptr));
    const auto connection = adopt_ptr(g_socket_connection_factory_create_connection(socket.get()));
    auto record =
        std::make_shared<Connection>(Connection{socket.get(), address, steady_now(), false});
    registry_->add(registry_, record, G_OBJECT(socket.get()));
    g_object_set_qdata_full(
        G_OBJECT(remote_address.get()), connection_quark(), new std::shared_ptr<Connection>{record},
        [](gpointer p) { delete static_cast<std::shared_ptr<Connection>*>(p); });

    GstPtr<GIOStream> stream = ref_ptr(G_IO_STREAM(connection.get()));
    if (certificate_) {
        stream = adopt_ptr(g_tls_server_connection_new(stream.get(), certificate_.get(), error));
        if (!stream) return true;
    }
    handler_(stream.get(), local_address.get(), remote_address.get());
    return true;
}

std::shared_ptr<Listener::Connection> Listener::connection_of(GSocketAddress* remote) {
    if (!remote) return nullptr;
    auto* record = static_cast<std::shared_ptr<Connection>*>(
        g_object_get_qdata(G_OBJECT(remote), connection_quark()));
    return record ? *record : nullptr;
}

void Listener::touch(GSocketAddress* remote, Activity activity) {
    const auto connection = connection_of(remote);
    if (!connection) return;
    connection->since = steady_now();
    if (activity == Activity::upgraded) connection->upgraded = true;
}

GstPtr<GSocket> Listener::socket_of(GSocketAddress* remote) {
    const auto connection = connection_of(remote);
    return connection && connection->socket ? ref_ptr(connection->socket) : nullptr;
}

} // namespace parley::signaling
