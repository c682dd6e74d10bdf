// One client of the rooms protocol: limits, the order of things, and the words between its
// WebSocket and its room.
#pragma once

#include "core/base/endpoint.hpp"
#include "elements/signaling/client_hub.hpp"
#include "elements/signaling/outbox.hpp"
#include "elements/signaling/protocol.hpp"
#include "elements/signaling/token_bucket.hpp"

#include <libsoup/soup.h>

#include <memory>
#include <optional>
#include <string>

namespace parley::signaling {

class WebSocketSession final : public Client,
                               public std::enable_shared_from_this<WebSocketSession> {
  public:
    /// Takes the connection over and is kept by the hub until it is closed.
    static void start(ClientHub& hub, GstPtr<SoupWebsocketConnection> connection,
                      GstPtr<GSocket> socket, IpAddress remote);
    WebSocketSession(const WebSocketSession&) = delete;
    WebSocketSession& operator=(const WebSocketSession&) = delete;
    ~WebSocketSession() override;

    void on_event(room::Event event) override;
    void on_draining() override;

  private:
    enum class State {
        connected, ///< nobody yet: a join is what may come
        joining,   ///< a join is with the room
        joined,
        leaving, ///< a leave is with the room
        closing, ///< our last word has been said
    };

    WebSocketSession(ClientHub& hub, GstPtr<SoupWebsocketConnection> connection,
                     GstPtr<GSocket> socket, IpAddress remote);
    void connect_signals();
    void start_timers();

    void on_message(SoupWebsocketDataType type, std::string_view text);
    void on_closed();
    void on_tick();
    void on_pong();

    void handle(ClientMessage message);
    void handle_join(std::string request_id, JoinRequest request);

    void post(std::string request_id, room::CommandBody body);
    void send(std::string text);
    /// And closes, where docs/signaling.md says that this error does.
    void send_error(room::ErrorCode code, std::string text, std::string request_id = {},
                    std::string track = {});
    void close(unsigned short code, const char* reason);
    /// Without a word: the peer does not listen.
    void cut();

    ClientHub& hub_;
    GstPtr<SoupWebsocketConnection> connection_;
    GstPtr<GSocket> socket_;
    IpAddress remote_;
    Outbox outbox_;
    TokenBucket bucket_;
    GstPtr<GSource> tick_;
    GstPtr<GSource> close_timer_;
    room::ClientId id_{};
    State state_ = State::connected;
    bool in_room_ = false; ///< the room has to be told when the connection is gone
    std::string room_;
    unsigned bad_requests_ = 0;
    Instant heard_at_;
    Instant pong_at_{};
};

} // namespace parley::signaling
