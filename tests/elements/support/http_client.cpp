#include "tests/elements/support/http_client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace parley::test {
namespace {

int connect_to(unsigned port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd);
        throw std::runtime_error{"cannot connect"};
    }
    const timeval limit{15, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), g_ascii_tolower);
    return text;
}

} // namespace

std::string Response::header(const std::string& name) const {
    const auto found = headers.find(lower(name));
    return found == headers.end() ? "" : found->second;
}

Response http(unsigned port, const Request& request) {
    const int fd = connect_to(port);
    auto text = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
                            request.method, request.path);
    for (const auto& header : request.headers)
        text += header + "\r\n";
    const bool chunked = text.find("chunked") != std::string::npos;
    if (!request.body.empty() && !chunked)
        text += fmt::format("Content-Length: {}\r\n", request.body.size());
    text += "\r\n" + request.body;
    static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL));

    std::string answer;
    char buffer[16384];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
        answer.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(fd);

    Response response;
    const auto head_end = answer.find("\r\n\r\n");
    if (head_end == std::string::npos) return response;
    response.body = answer.substr(head_end + 4);
    std::size_t at = answer.find("\r\n");
    response.status = static_cast<unsigned>(std::atoi(answer.c_str() + 9));
    while (at < head_end) {
        at += 2;
        const auto end = answer.find("\r\n", at);
        const auto line = answer.substr(at, end - at);
        const auto colon = line.find(": ");
        if (colon != std::string::npos) {
            auto& value = response.headers[lower(line.substr(0, colon))];
            if (!value.empty()) value += ", ";
            value += line.substr(colon + 2);
        }
        at = end;
    }
    return response;
}

std::unique_ptr<WebSocket> WebSocket::connect(unsigned port, const char* origin) {
    return connect_to(fmt::format("ws://127.0.0.1:{}/ws", port), origin);
}

std::unique_ptr<WebSocket> WebSocket::connect_tls(unsigned port) {
    return connect_to(fmt::format("wss://127.0.0.1:{}/ws", port), nullptr);
}

std::unique_ptr<WebSocket> WebSocket::connect_to(const std::string& uri, const char* origin) {
    auto session = adopt_ptr(soup_session_new());
    const auto message = adopt_ptr(soup_message_new("GET", uri.c_str()));
    const auto trust = +[](SoupMessage*, GTlsCertificate*, GTlsCertificateFlags, gpointer) {
        return gboolean{TRUE};
    };
    g_signal_connect(message.get(), "accept-certificate", G_CALLBACK(trust), nullptr);
    struct Outcome {
        bool done = false;
        GstPtr<SoupWebsocketConnection> connection;
    } outcome;
    soup_session_websocket_connect_async(
        session.get(), message.get(), origin, nullptr, G_PRIORITY_DEFAULT, nullptr,
        [](GObject* source, GAsyncResult* result, gpointer data) {
            auto* o = static_cast<Outcome*>(data);
            o->connection = adopt_ptr(
                soup_session_websocket_connect_finish(SOUP_SESSION(source), result, nullptr));
            o->done = true;
        },
        &outcome);
    while (!outcome.done)
        g_main_context_iteration(nullptr, TRUE);
    if (!outcome.connection) return nullptr;
    std::unique_ptr<WebSocket> socket{new WebSocket{std::move(outcome.connection)}};
    socket->session_ = std::move(session);
    return socket;
}

WebSocket::WebSocket(GstPtr<SoupWebsocketConnection> connection)
    : connection_{std::move(connection)} {
    soup_websocket_connection_set_max_incoming_payload_size(connection_.get(), 0);
    g_signal_connect(connection_.get(), "message",
                     G_CALLBACK(+[](SoupWebsocketConnection*, gint, GBytes* bytes, gpointer self) {
                         gsize size = 0;
                         const auto* data =
                             static_cast<const char*>(g_bytes_get_data(bytes, &size));
                         static_cast<WebSocket*>(self)->received_.emplace_back(data, size);
                     }),
                     this);
    g_signal_connect(connection_.get(), "closed",
                     G_CALLBACK(+[](SoupWebsocketConnection*, gpointer self) {
                         static_cast<WebSocket*>(self)->closed_ = true;
                     }),
                     this);
}

WebSocket::~WebSocket() {
    g_signal_handlers_disconnect_by_data(connection_.get(), this);
    g_io_stream_close(soup_websocket_connection_get_io_stream(connection_.get()), nullptr, nullptr);
}

template <class Done>
bool WebSocket::wait(double seconds, Done done) {
    const gint64 until = g_get_monotonic_time() + static_cast<gint64>(seconds * G_USEC_PER_SEC);
    while (!done()) {
        if (g_get_monotonic_time() > until) return false;
        if (!g_main_context_iteration(nullptr, FALSE)) g_usleep(1000);
    }
    return true;
}

void WebSocket::send(std::string_view text) {
    soup_websocket_connection_send_message(connection_.get(), SOUP_WEBSOCKET_DATA_TEXT,
                                           adopt_ptr(g_bytes_new(text.data(), text.size())).get());
}

void WebSocket::send_binary(std::string_view bytes) {
    soup_websocket_connection_send_binary(connection_.get(), bytes.data(), bytes.size());
}

std::optional<std::string> WebSocket::receive(double seconds) {
    wait(seconds, [this] { return !received_.empty() || closed_; });
    if (received_.empty()) return std::nullopt;
    auto text = std::move(received_.front());
    received_.pop_front();
    return text;
}

std::optional<std::string> WebSocket::receive_type(std::string_view type) {
    const auto wanted = fmt::format("\"type\":\"{}\"", type);
    while (auto text = receive()) {
        if (text->find(wanted) != std::string::npos) return text;
    }
    return std::nullopt;
}

std::optional<unsigned short> WebSocket::wait_closed(double seconds) {
    if (!wait(seconds, [this] { return closed_; })) return std::nullopt;
    return soup_websocket_connection_get_close_code(connection_.get());
}

void WebSocket::close() {
    soup_websocket_connection_close(connection_.get(), SOUP_WEBSOCKET_CLOSE_NORMAL, nullptr);
}

} // namespace parley::test
