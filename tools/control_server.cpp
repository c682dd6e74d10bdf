#include "tools/control_server.hpp"

#include "elements/common/value_json.hpp"
#include "tools/bus_text.hpp"
#include "tools/control_protocol.hpp"

#include <fmt/format.h>
#include <gio/gunixsocketaddress.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace parley::tools {

namespace {

constexpr std::string_view inherited_prefix = "fd:";

std::string event_of(GstMessage* message) {
    json::Writer writer;
    writer.begin_object().member("type", "event");
    auto* const source = GST_MESSAGE_SRC(message);
    writer.member("element", source != nullptr ? GST_OBJECT_NAME(source) : "");
    switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ELEMENT: {
        const auto* structure = gst_message_get_structure(message);
        GValue value = G_VALUE_INIT;
        g_value_init(&value, GST_TYPE_STRUCTURE);
        gst_value_set_structure(&value, structure);
        writer.member("event", gst_structure_get_name(structure)).raw("fields", to_json(value));
        g_value_unset(&value);
        break;
    }
    case GST_MESSAGE_ERROR:
    case GST_MESSAGE_WARNING:
        writer.member("event", GST_MESSAGE_TYPE_NAME(message));
        writer.member("text", read_problem(message).text);
        break;
    case GST_MESSAGE_STATE_CHANGED: {
        GstState state = GST_STATE_NULL;
        gst_message_parse_state_changed(message, nullptr, &state, nullptr);
        writer.member("event", "state").member("state", gst_element_state_get_name(state));
        break;
    }
    default:
        writer.member("event", GST_MESSAGE_TYPE_NAME(message));
        break;
    }
    writer.end_object();
    return writer.take();
}

/// Where the whole stands, for who has missed how it came there.
std::string state_event(GstElement* pipeline) {
    GstState state = GST_STATE_NULL;
    gst_element_get_state(pipeline, &state, nullptr, 0);
    const auto message = adopt_ptr(
        gst_message_new_state_changed(GST_OBJECT(pipeline), state, state, GST_STATE_VOID_PENDING));
    return event_of(message.get());
}

/// A socket that nobody listens on any more is in the way of a new one.
bool is_stale(const std::string& path, const sockaddr_un& address) {
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return false;
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool refused =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno == ECONNREFUSED;
    ::close(probe);
    return refused;
}

} // namespace

ControlServer::ControlServer(GstElement* pipeline, Handlers handlers)
    : pipeline_{pipeline}, elements_{pipeline}, handlers_{std::move(handlers)} {}

ControlServer::~ControlServer() {
    if (service_) {
        g_socket_service_stop(service_.get());
        g_socket_listener_close(G_SOCKET_LISTENER(service_.get()));
    }
    for (const auto& client : clients_)
        client->connection->close();
    if (!path_.empty()) ::unlink(path_.c_str());
}

Result<std::unique_ptr<ControlServer>>
ControlServer::open(const std::string& address, GstElement* pipeline, Handlers handlers) {
    std::unique_ptr<ControlServer> server{new ControlServer{pipeline, std::move(handlers)}};
    const bool inherited = address.starts_with(inherited_prefix);
    const auto opened = inherited ? server->inherit(address) : server->listen(address);
    if (!opened) return tl::make_unexpected(opened.error());
    return server;
}

Result<void> ControlServer::listen(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return fail(fmt::format("--control: the path of a socket has 1 to {} characters",
                                sizeof address.sun_path - 1));
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    if (is_stale(path, address)) ::unlink(path.c_str());
    // The mode counts from the first moment on.
    const auto mask = ::umask(0177);
    const auto bound = adopt_ptr(g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                              G_SOCKET_PROTOCOL_DEFAULT, nullptr));
    const auto where = adopt_ptr(g_unix_socket_address_new(path.c_str()));
    GErrorOut error;
    const bool there = g_socket_bind(bound.get(), where.get(), FALSE, error) != FALSE;
    ::umask(mask);
    if (!there || !g_socket_listen(bound.get(), error)) {
        return fail(fmt::format("--control={}: {}", path, error.message()));
    }
    path_ = path;
    service_ = adopt_ptr(g_socket_service_new());
    g_socket_listener_add_socket(G_SOCKET_LISTENER(service_.get()), bound.get(), nullptr, nullptr);
    const auto incoming =
        +[](GSocketService*, GSocketConnection* connection, GObject*, gpointer self) -> gboolean {
        static_cast<ControlServer*>(self)->add(connection, false);
        return TRUE;
    };
    g_signal_connect(service_.get(), "incoming", G_CALLBACK(incoming), this);
    return {};
}

Result<void> ControlServer::inherit(const std::string& address) {
    int fd = -1;
    const auto* const end = address.data() + address.size();
    const auto parsed = std::from_chars(address.data() + inherited_prefix.size(), end, fd);
    if (parsed.ptr != end || fd < 0) {
        return fail(fmt::format("--control={}: use fd:N, the number of an open socket", address));
    }
    GErrorOut error;
    const auto socket = adopt_ptr(g_socket_new_from_fd(fd, error));
    if (!socket) return fail(fmt::format("--control={}: {}", address, error.message()));
    const auto connection = adopt_ptr(g_socket_connection_factory_create_connection(socket.get()));
    add(connection.get(), true);
    return {};
}

void ControlServer::add(GSocketConnection* connection, bool inherited) {
    auto client = std::make_shared<Client>();
    // The connection lives in the client, and its handlers must not keep that alive.
    const std::weak_ptr<Client> weak = client;
    const auto send = [weak](std::string line) {
        if (const auto to = weak.lock()) to->connection->send(std::move(line));
    };
    LineConnection::Handlers handlers;
    handlers.line = [this, weak, send](std::string_view line) {
        if (const auto from = weak.lock()) send(answer(line, *from));
    };
    handlers.too_long = [send] { send(print_error("", "the line is too long")); };
    handlers.closed = [this, weak, inherited] {
        clients_.remove(weak.lock());
        if (inherited) handlers_.abandoned();
    };
    client->connection = std::make_shared<LineConnection>(ref_ptr(connection), max_control_line,
                                                          std::move(handlers));
    clients_.push_back(client);
    client->connection->start();
}

std::string ControlServer::answer(std::string_view line, Client& from) {
    using Type = ControlRequest::Type;
    const auto message = ControlMessage::parse(line);
    if (!message) return print_error("", message.error().text);
    const auto& request = message->request();
    Result<std::string> value{"null"};
    switch (request.type) {
    case Type::get:
        value = elements_.get(request.element, request.name);
        break;
    case Type::set:
        if (const auto set = elements_.set(request.element, request.name, request.value); !set) {
            value = tl::make_unexpected(set.error());
        }
        break;
    case Type::properties:
        value = elements_.properties(request.element);
        break;
    case Type::action:
        value = elements_.act(request.element, request.name, request.arguments);
        break;
    case Type::list:
        value = elements_.list();
        break;
    case Type::stats:
        value = elements_.stats();
        break;
    case Type::watch:
        from.watching = true;
        from.connection->send(print_done(request.id, elements_.list()));
        return state_event(pipeline_);
    case Type::stop:
        handlers_.stop();
        break;
    }
    return value ? print_done(request.id, *value) : print_error(request.id, value.error().text);
}

void ControlServer::tell(GstMessage* message) {
    const auto type = GST_MESSAGE_TYPE(message);
    constexpr auto told =
        static_cast<GstMessageType>(GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING |
                                    GST_MESSAGE_EOS | GST_MESSAGE_STATE_CHANGED);
    if ((type & told) == 0) return;
    // Of the states, that of the whole.
    if (type == GST_MESSAGE_STATE_CHANGED && !GST_IS_PIPELINE(GST_MESSAGE_SRC(message))) return;
    const auto all = clients_; // one may be cut off meanwhile
    std::string event;
    for (const auto& client : all) {
        if (!client->watching) continue;
        if (event.empty()) event = event_of(message);
        client->connection->send(event);
    }
}

} // namespace parley::tools
