#include "elements/signaling/websocket_upgrade.hpp"

#include "elements/signaling/listener.hpp"
#include "elements/signaling/metered_stream.hpp"

namespace parley::signaling {
namespace {

constexpr unsigned upgrade_required = 426;

struct Upgrade {
    std::function<void(UpgradedWebSocket)> done;
    IpAddress remote;
};

void on_switched(SoupServerMessage* message, gpointer data) {
    // Once: the connection is taken out of libsoup's hands here.
    const std::unique_ptr<Upgrade> upgrade{static_cast<Upgrade*>(data)};
    g_signal_handlers_disconnect_by_data(message, data);
    const auto kept = ref_ptr(message);
    auto* remote = soup_server_message_get_remote_address(message);
    auto socket = Listener::socket_of(remote);
    Listener::touch(remote, Listener::Activity::upgraded);
    const auto uri = ref_ptr(soup_server_message_get_uri(message));
    const auto stolen = adopt_ptr(soup_server_message_steal_connection(message));
    const auto stream = metered_stream_new(stolen.get());
    auto connection = adopt_ptr(soup_websocket_connection_new(
        stream.get(), uri.get(), SOUP_WEBSOCKET_CONNECTION_SERVER, nullptr, nullptr, nullptr));
    upgrade->done({std::move(connection), std::move(socket), upgrade->remote});
}

} // namespace

void upgrade_to_websocket(HttpExchange& exchange, std::function<void(UpgradedWebSocket)> done) {
    auto* message = exchange.message();
    GErrorOut error;
    if (!soup_websocket_server_check_handshake(message, nullptr, nullptr, nullptr, error)) {
        exchange.add_header("Upgrade", "websocket");
        exchange.problem(upgrade_required, "this address speaks WebSocket only");
        return;
    }
    GList* accepted = nullptr;
    soup_websocket_server_process_handshake(message, nullptr, nullptr, nullptr, &accepted);
    auto* upgrade = new Upgrade{std::move(done), exchange.remote()};
    g_signal_connect(message, "wrote-informational", G_CALLBACK(on_switched), upgrade);
}

} // namespace parley::signaling
