// What runs here, for programs: /api/v1/rooms, /api/v1/stats, /api/v1/egress, /metrics. Where
// tokens are asked for, one with the admin right is needed.
#pragma once

#include "core/room/stats.hpp"
#include "elements/signaling/client_hub.hpp"
#include "elements/signaling/http_exchange.hpp"

#include <string>

namespace parley::signaling {

void serve_rest(HttpExchange& exchange, ClientHub& hub);
/// Where tokens are asked for: the request has one with the admin right. False: it has been
/// refused.
bool is_admin(HttpExchange& exchange, const ClientHub& hub);
void serve_metrics(HttpExchange& exchange, ClientHub& hub);

std::string rooms_json(const room::ServerStats& stats);
std::string stats_json(const room::ServerStats& stats);
/// Prometheus' text format, version 0.0.4. Counts of what has gone are not kept: a counter belongs
/// to its worker, room or track and ends with it.
std::string metrics_text(const room::ServerStats& stats);

} // namespace parley::signaling
