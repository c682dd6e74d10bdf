// libsoup's server with our routes. Lives on the signalling thread.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "elements/signaling/http_exchange.hpp"

#include <libsoup/soup.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::signaling {

class HttpServer {
  public:
    using Route = std::function<void(HttpExchange& exchange)>;

    /// On the thread whose default context serves it.
    HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;
    ~HttpServer();

    /// A path and all below it: "/whip" takes "/whip/call". The longest that fits serves.
    void route(std::string prefix, Route route);
    void accept(GIOStream* stream, GSocketAddress* local, GSocketAddress* remote);
    /// Ends all connections.
    void disconnect();

  private:
    void serve(SoupServerMessage* message, const char* path);

    struct Entry {
        std::string prefix;
        Route route;
    };

    GstPtr<SoupServer> server_;
    std::vector<Entry> routes_; // longest prefix first
};

} // namespace parley::signaling
