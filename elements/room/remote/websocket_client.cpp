#include "elements/room/remote/websocket_client.hpp"

#include "elements/common/weak_data.hpp"

#include <fmt/format.h>

#include <utility>

namespace parley::room_elements {

namespace {

/// Of one message: a room of hundreds, with all their tracks.
constexpr guint64 longest_message = guint64{4} << 20;
constexpr guint keepalive_seconds = 10;

} // namespace

std::shared_ptr<WebSocketClient>
WebSocketClient::connect(const std::string& uri, GstPtr<SoupSession> session, Handlers handlers) {
    std::shared_ptr<WebSocketClient> client{new WebSocketClient{std::move(handlers)}};
    client->session_ = std::move(session);
    client->cancellable_ = adopt_ptr(g_cancellable_new());
    const auto message = adopt_ptr(soup_message_new("GET", uri.c_str()));
    if (!message) {
        // Not from within: whoever connects has nothing yet that could be told.
        client->lose(fmt::format("\"{}\" is no address", uri));
        return client;
    }
    soup_session_websocket_connect_async(
        client->session_.get(), message.get(), nullptr, nullptr, G_PRIORITY_DEFAULT,
        client->cancellable_.get(),
        [](GObject*, GAsyncResult* result, gpointer data) {
            const auto alive = lock_weak<WebSocketClient>(data);
            free_weak<WebSocketClient>(data);
            if (alive) alive->on_connected(result);
        },
        new_weak(client->weak_from_this()));
    return client;
}

WebSocketClient::~WebSocketClient() {
    close();
}

void WebSocketClient::on_connected(GAsyncResult* result) {
    GErrorOut error;
    socket_ = adopt_ptr(soup_session_websocket_connect_finish(session_.get(), result, error));
    if (over_) return;
    if (!socket_) {
        lose(error.message());
        return;
    }
    soup_websocket_connection_set_max_incoming_payload_size(socket_.get(), longest_message);
    soup_websocket_connection_set_keepalive_interval(socket_.get(), keepalive_seconds);
    const auto connect = [this](const char* signal, GCallback call) {
        g_signal_connect_data(
            socket_.get(), signal, call, new_weak(weak_from_this()),
            [](gpointer data, GClosure*) { free_weak<WebSocketClient>(data); }, GConnectFlags{});
    };
    connect("message",
            G_CALLBACK(+[](SoupWebsocketConnection*, gint type, GBytes* bytes, gpointer data) {
                const auto client = lock_weak<WebSocketClient>(data);
                if (!client || client->over_ || type != SOUP_WEBSOCKET_DATA_TEXT) return;
                gsize size = 0;
                const auto* const text = static_cast<const char*>(g_bytes_get_data(bytes, &size));
                client->handlers_.message({text, size});
            }));
    connect("closed", G_CALLBACK(+[](SoupWebsocketConnection* socket, gpointer data) {
                const auto client = lock_weak<WebSocketClient>(data);
                if (!client) return;
                const auto* const words = soup_websocket_connection_get_close_data(socket);
                const auto code = soup_websocket_connection_get_close_code(socket);
                client->lose(code == 0 ? std::string{"the connection was lost"}
                                       : fmt::format("the server closed the connection ({}{}{})",
                                                     code, words != nullptr && *words ? " " : "",
                                                     words != nullptr ? words : ""));
            }));
    handlers_.opened();
}

void WebSocketClient::send(const std::string& text) {
    if (over_ || !socket_ ||
        soup_websocket_connection_get_state(socket_.get()) != SOUP_WEBSOCKET_STATE_OPEN) {
        return;
    }
    soup_websocket_connection_send_text(socket_.get(), text.c_str());
}

void WebSocketClient::lose(const std::string& why) {
    if (std::exchange(over_, true)) return;
    if (handlers_.closed) handlers_.closed(why);
}

void WebSocketClient::close() {
    const bool was_over = std::exchange(over_, true);
    if (was_over) return;
    g_cancellable_cancel(cancellable_.get());
    if (socket_ &&
        soup_websocket_connection_get_state(socket_.get()) == SOUP_WEBSOCKET_STATE_OPEN) {
        soup_websocket_connection_close(socket_.get(), SOUP_WEBSOCKET_CLOSE_NORMAL, nullptr);
    }
}

} // namespace parley::room_elements
