// A WebSocket to another server (libsoup). Lives in one thread, with that thread's default main
// context.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <libsoup/soup.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace parley::room_elements {

class WebSocketClient : public std::enable_shared_from_this<WebSocketClient> {
  public:
    struct Handlers {
        std::function<void()> opened;
        std::function<void(std::string_view text)> message;
        /// Once, where it was not closed by us: it could not be opened, or is over.
        std::function<void(const std::string& why)> closed;
    };

    /// `uri`: ws:// or wss://.
    static std::shared_ptr<WebSocketClient> connect(const std::string& uri,
                                                    GstPtr<SoupSession> session, Handlers handlers);
    WebSocketClient(const WebSocketClient&) = delete;
    WebSocketClient& operator=(const WebSocketClient&) = delete;
    ~WebSocketClient();

    void send(const std::string& text);
    /// What was sent goes out first. Nothing is called any more.
    void close();

  private:
    explicit WebSocketClient(Handlers handlers) : handlers_{std::move(handlers)} {}
    void on_connected(GAsyncResult* result);
    void lose(const std::string& why);

    Handlers handlers_;
    GstPtr<SoupSession> session_;
    GstPtr<SoupWebsocketConnection> socket_;
    GstPtr<GCancellable> cancellable_;
    bool over_ = false;
};

} // namespace parley::room_elements
