// The egresses of this server by HTTP, for admins (docs/signaling.md): listed, asked, steered and
// ended. What goes to the process of an egress is the control protocol (docs/control.md).
//
//   GET             /api/v1/egress
//   GET, DELETE     /api/v1/egress/ID
//   GET             /api/v1/egress/ID/elements, /api/v1/egress/ID/stats
//   GET             /api/v1/egress/ID/elements/ELEMENT
//   GET, PUT        /api/v1/egress/ID/elements/ELEMENT/properties/NAME   the body is the JSON value
//   POST            /api/v1/egress/ID/elements/ELEMENT/actions/NAME      the body a JSON array
#pragma once

#include "elements/signaling/http_exchange.hpp"

#include <string>

namespace parley::signaling {

void serve_egress(HttpExchange& exchange, const std::string& server_name);

} // namespace parley::signaling
