#include "elements/signaling/health.hpp"

namespace parley::signaling {
namespace {

bool is_read(HttpExchange& exchange) {
    if (exchange.method() == "GET" || exchange.method() == "HEAD") return true;
    exchange.method_not_allowed("GET, HEAD");
    return false;
}

} // namespace

void serve_health(HttpExchange& exchange) {
    if (is_read(exchange)) exchange.reply(SOUP_STATUS_OK, "text/plain; charset=utf-8", "ok\n");
}

void serve_readiness(HttpExchange& exchange, ClientHub& hub) {
    if (!is_read(exchange)) return;
    if (hub.draining()) {
        exchange.problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "draining");
    } else if (!hub.media().attached()) {
        exchange.problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "there is no media server yet");
    } else {
        exchange.reply(SOUP_STATUS_OK, "text/plain; charset=utf-8", "ready\n");
    }
}

} // namespace parley::signaling
