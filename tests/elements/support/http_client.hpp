// Clients for tests: one HTTP exchange, and a WebSocket whose messages are waited for.
#pragma once

#include "elements/common/gst_ptr.hpp"

#include <libsoup/soup.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::test {

struct Response {
    unsigned status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const;
};

struct Request {
    std::string method = "GET";
    std::string path = "/";           ///< sent as it is: nothing is cleaned up
    std::vector<std::string> headers; ///< "Name: value"
    std::string body;
};

/// Over a plain socket, so that a test sends exactly what it says.
Response http(unsigned port, const Request& request);

/// Runs on the main context of the thread that uses it.
class WebSocket {
  public:
    static std::unique_ptr<WebSocket> connect(unsigned port, const char* origin = nullptr);
    /// Over TLS, whatever the certificate.
    static std::unique_ptr<WebSocket> connect_tls(unsigned port);
    ~WebSocket();

    void send(std::string_view text);
    void send_binary(std::string_view bytes);
    /// The next text message; nothing when it is closed, or nothing comes for `seconds`.
    std::optional<std::string> receive(double seconds = 5);
    /// Receives until a message of this type comes.
    std::optional<std::string> receive_type(std::string_view type);
    /// Waits for the close; its code, or nothing.
    std::optional<unsigned short> wait_closed(double seconds = 5);
    void close();

  private:
    static std::unique_ptr<WebSocket> connect_to(const std::string& uri, const char* origin);
    explicit WebSocket(GstPtr<SoupWebsocketConnection> connection);
    template <class Done>
    bool wait(double seconds, Done done);

    GstPtr<SoupSession> session_;
    GstPtr<SoupWebsocketConnection> connection_;
    std::deque<std::string> received_;
    bool closed_ = false;
};

} // namespace parley::test
