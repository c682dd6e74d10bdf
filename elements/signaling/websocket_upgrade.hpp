// From an HTTP request to a WebSocket, on a stream that keeps account of what it is sent.
#pragma once

#include "elements/common/gst_ptr.hpp"
#include "elements/signaling/http_exchange.hpp"

#include <libsoup/soup.h>

#include <functional>

namespace parley::signaling {

struct UpgradedWebSocket {
    GstPtr<SoupWebsocketConnection> connection; ///< over a metered stream
    GstPtr<GSocket> socket;
    IpAddress remote;
};

/// Answers the handshake, or says what is wrong with it. No extensions are offered: compression
/// would let a few bytes become megabytes.
void upgrade_to_websocket(HttpExchange& exchange, std::function<void(UpgradedWebSocket)> done);

} // namespace parley::signaling
