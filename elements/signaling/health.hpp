// For whoever watches the server: is it alive, and should it get new work?
#pragma once

#include "elements/signaling/client_hub.hpp"
#include "elements/signaling/http_exchange.hpp"

namespace parley::signaling {

/// GET /healthz: 200 as long as the thread turns.
void serve_health(HttpExchange& exchange);

/// GET /readyz: 200 with a media server and not draining, else 503 with the reason.
void serve_readiness(HttpExchange& exchange, ClientHub& hub);

} // namespace parley::signaling
