#include "elements/signaling/websocket_session.hpp"

#include "core/base/log.hpp"
#include "elements/common/steady_time.hpp"
#include "elements/signaling/metered_stream.hpp"

#include <fmt/format.h>

namespace parley::signaling {
namespace {

// docs/signaling.md: the limits of a connection.
constexpr double messages_per_second = 50;
constexpr double message_burst = 200;
constexpr unsigned max_bad_requests = 10;
// A peer that does not answer our close frame has so long, in seconds.
constexpr guint close_limit_s = 5;

constexpr unsigned short policy_violation = SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION;

template <class... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

guint seconds(Duration duration) {
    return static_cast<guint>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

std::string_view view_of(GBytes* bytes) {
    gsize size = 0;
    const auto* data = static_cast<const char*>(g_bytes_get_data(bytes, &size));
    return {data, size};
}

} // namespace

void WebSocketSession::start(ClientHub& hub, GstPtr<SoupWebsocketConnection> connection,
                             GstPtr<GSocket> socket, IpAddress remote) {
    const std::shared_ptr<WebSocketSession> session{
        new WebSocketSession{hub, std::move(connection), std::move(socket), remote}};
    session->id_ = hub.add(session);
    session->connect_signals();
    session->start_timers();
    if (hub.draining()) {
        session->send_error(room::ErrorCode::server_draining, "the server is going down");
    }
}

WebSocketSession::WebSocketSession(ClientHub& hub, GstPtr<SoupWebsocketConnection> connection,
                                   GstPtr<GSocket> socket, IpAddress remote)
    : hub_{hub}
    , connection_{std::move(connection)}
    , socket_{std::move(socket)}
    , remote_{remote}
    , outbox_{connection_.get(), g_main_context_get_thread_default(),
              [this] {
                  log::info("signaling", "{} does not read: {} bytes wait", remote_.to_string(),
                            Outbox::limit);
                  cut();
              }}
    , bucket_{messages_per_second, message_burst, steady_now()}
    , heard_at_{steady_now()} {}

WebSocketSession::~WebSocketSession() {
    g_signal_handlers_disconnect_by_data(connection_.get(), this);
    metered_stream_on_exceeded(soup_websocket_connection_get_io_stream(connection_.get()), nullptr);
    for (auto* source : {&tick_, &close_timer_}) {
        if (*source) g_source_destroy(source->get());
    }
}

void WebSocketSession::connect_signals() {
    auto* c = connection_.get();
    soup_websocket_connection_set_max_incoming_payload_size(c, max_message_size);
    soup_websocket_connection_set_keepalive_interval(c, seconds(hub_.config().ping_interval));

    metered_stream_on_exceeded(soup_websocket_connection_get_io_stream(c), [this] {
        send_error(room::ErrorCode::too_large, "a message may have 64 KiB");
    });
    using Self = WebSocketSession*;
    g_signal_connect(
        c, "message",
        G_CALLBACK(+[](SoupWebsocketConnection*, gint type, GBytes* bytes, gpointer self) {
            const auto kept = static_cast<Self>(self)->shared_from_this();
            kept->on_message(static_cast<SoupWebsocketDataType>(type), view_of(bytes));
        }),
        this);
    g_signal_connect(
        c, "error", G_CALLBACK(+[](SoupWebsocketConnection*, GError* error, gpointer self) {
            const auto kept = static_cast<Self>(self)->shared_from_this();
            if (g_error_matches(error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_CLOSE_TOO_BIG)) {
                kept->send_error(room::ErrorCode::too_large, "a message may have 64 KiB");
            }
        }),
        this);
    g_signal_connect(c, "pong", G_CALLBACK(+[](SoupWebsocketConnection*, GBytes*, gpointer self) {
                         static_cast<Self>(self)->on_pong();
                     }),
                     this);
    g_signal_connect(c, "closed", G_CALLBACK(+[](SoupWebsocketConnection*, gpointer self) {
                         const auto kept = static_cast<Self>(self)->shared_from_this();
                         kept->on_closed();
                     }),
                     this);
}

void WebSocketSession::start_timers() {
    tick_ = adopt_ptr(g_timeout_source_new_seconds(seconds(hub_.config().ping_interval)));
    const GSourceFunc on_tick = [](gpointer self) -> gboolean {
        const auto kept = static_cast<WebSocketSession*>(self)->shared_from_this();
        kept->on_tick();
        return G_SOURCE_CONTINUE;
    };
    g_source_set_callback(tick_.get(), on_tick, this, nullptr);
    g_source_attach(tick_.get(), g_main_context_get_thread_default());
}

void WebSocketSession::on_pong() {
    const auto now = steady_now();
    // Pongs that nobody asked for do not widen what may come without a message.
    if (now - pong_at_ >= hub_.config().ping_interval / 2) {
        metered_stream_reset(soup_websocket_connection_get_io_stream(connection_.get()));
    }
    pong_at_ = now;
    heard_at_ = now;
}

void WebSocketSession::on_tick() {
    if (steady_now() - heard_at_ > hub_.config().silence_limit) cut();
}

void WebSocketSession::on_message(SoupWebsocketDataType type, std::string_view text) {
    if (state_ == State::closing) return;
    const auto now = steady_now();
    heard_at_ = now;
    metered_stream_reset(soup_websocket_connection_get_io_stream(connection_.get()));
    if (!bucket_.take(now)) {
        send_error(room::ErrorCode::rate_limited,
                   fmt::format("more than {} messages a second", messages_per_second));
        return;
    }
    if (type != SOUP_WEBSOCKET_DATA_TEXT) {
        send_error(room::ErrorCode::bad_request, "messages are text");
        return;
    }
    if (text.size() > max_message_size) {
        send_error(room::ErrorCode::too_large, "a message may have 64 KiB");
        return;
    }
    auto message = parse_client_message(text);
    if (!message) {
        auto& error = message.error();
        send_error(error.code, std::move(error.text), std::move(error.request_id));
        return;
    }
    handle(std::move(*message));
}

void WebSocketSession::handle(ClientMessage message) {
    const bool is_join = std::holds_alternative<JoinRequest>(message.body);
    if (state_ == State::connected && !is_join) {
        send_error(room::ErrorCode::not_joined, "the first message is join",
                   std::move(message.request_id));
        return;
    }
    std::visit(Overloaded{
                   [&](JoinRequest& request) {
                       handle_join(std::move(message.request_id), std::move(request));
                   },
                   [&](Ping&) { send(pong_json(message.request_id)); },
                   [&](room::Leave& leave) {
                       state_ = State::leaving;
                       post(std::move(message.request_id), std::move(leave));
                   },
                   [&](auto& command) { post(std::move(message.request_id), std::move(command)); },
               },
               message.body);
}

void WebSocketSession::handle_join(std::string request_id, JoinRequest request) {
    if (state_ != State::connected) {
        send_error(room::ErrorCode::already_joined, "this connection has joined already",
                   std::move(request_id));
        return;
    }
    if (hub_.draining()) {
        send_error(room::ErrorCode::server_draining, "the server is going down",
                   std::move(request_id));
        return;
    }
    const auto grant = hub_.admit(request.token, request.room);
    if (!grant) {
        send_error(grant.error().code, grant.error().text, std::move(request_id));
        return;
    }
    if (!grant->participant.empty() && !request.participant.empty() &&
        grant->participant != request.participant) {
        send_error(room::ErrorCode::forbidden, "the token is another participant's",
                   std::move(request_id));
        return;
    }
    auto join = hub_.new_join(*grant, remote_);
    if (join.name.empty()) join.name = std::move(request.name);
    if (join.participant.empty()) join.participant = std::move(request.participant);
    join.role = request.role;
    join.resume = std::move(request.resume);
    join.one_shot = request.one_shot;
    join.auto_subscribe = request.auto_subscribe;
    join.consent = request.consent;

    room_ = std::move(request.room);
    state_ = State::joining;
    post(std::move(request_id), std::move(join));
}

void WebSocketSession::post(std::string request_id, room::CommandBody body) {
    const bool is_join = std::holds_alternative<room::Join>(body);
    if (hub_.media().post({id_, room_, request_id, std::move(body)})) {
        in_room_ = true;
        return;
    }
    if (is_join) state_ = State::connected;
    send_error(room::ErrorCode::internal, "there is no media server yet", std::move(request_id));
}

void WebSocketSession::on_event(room::Event event) {
    if (state_ == State::closing) return;
    JoinedExtras extras;
    if (const auto* joined = std::get_if<room::Joined>(&event.body)) {
        if (state_ == State::joining) state_ = State::joined;
        extras.room = room_;
        extras.ice_servers = ice_servers_for(hub_.config().ice, joined->self.id, wall_seconds());
    }
    if (const auto* error = std::get_if<room::ErrorEvent>(&event.body)) {
        if (state_ == State::joining) {
            state_ = State::connected;
            in_room_ = false;
        }
        send_error(error->code, error->text, event.request_id, error->track);
        return;
    }
    send(to_json(event, extras));
    if (const auto* closed = std::get_if<room::Closed>(&event.body)) {
        in_room_ = false;
        close(closed->reason == "draining" ? SOUP_WEBSOCKET_CLOSE_GOING_AWAY
                                           : SOUP_WEBSOCKET_CLOSE_NORMAL,
              closed->reason.c_str());
    }
}

void WebSocketSession::on_draining() {
    if (state_ == State::closing) return;
    send(left_json("draining"));
    close(SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "draining");
}

void WebSocketSession::on_closed() {
    // The room keeps the participant for the resume time; who has left is gone there already.
    if (in_room_) hub_.media().post({id_, room_, {}, room::Detach{}});
    in_room_ = false;
    state_ = State::closing;
    outbox_.clear();
    hub_.remove(id_);
}

void WebSocketSession::send(std::string text) {
    if (text.empty() || state_ == State::closing) return;
    outbox_.send(std::move(text));
}

void WebSocketSession::send_error(room::ErrorCode code, std::string text, std::string request_id,
                                  std::string track) {
    using room::ErrorCode;
    const room::Event event{id_, std::move(request_id),
                            room::ErrorEvent{code, std::move(text), std::move(track)}};
    send(to_json(event, {}));
    switch (code) {
    case ErrorCode::bad_request:
        if (++bad_requests_ >= max_bad_requests) close(policy_violation, "too many bad requests");
        break;
    case ErrorCode::not_joined:
        close(policy_violation, "not-joined");
        break;
    case ErrorCode::unauthorized:
        close(policy_violation, "unauthorized");
        break;
    case ErrorCode::rate_limited:
        close(policy_violation, "rate-limited");
        break;
    case ErrorCode::too_large:
        close(SOUP_WEBSOCKET_CLOSE_TOO_BIG, "too-large");
        break;
    case ErrorCode::server_draining:
        close(SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "draining");
        break;
    default:
        break;
    }
}

void WebSocketSession::close(unsigned short code, const char* reason) {
    if (state_ == State::closing) return;
    state_ = State::closing;
    outbox_.flush();
    if (soup_websocket_connection_get_state(connection_.get()) == SOUP_WEBSOCKET_STATE_OPEN) {
        soup_websocket_connection_close(connection_.get(), code, reason);
    }
    close_timer_ = adopt_ptr(g_timeout_source_new_seconds(close_limit_s));
    const GSourceFunc on_timeout = [](gpointer self) -> gboolean {
        const auto kept = static_cast<WebSocketSession*>(self)->shared_from_this();
        kept->cut();
        return G_SOURCE_REMOVE;
    };
    g_source_set_callback(close_timer_.get(), on_timeout, this, nullptr);
    g_source_attach(close_timer_.get(), g_main_context_get_thread_default());
}

void WebSocketSession::cut() {
    state_ = State::closing;
    if (socket_) g_socket_shutdown(socket_.get(), TRUE, TRUE, nullptr);
}

} // namespace parley::signaling
