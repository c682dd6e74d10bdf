// WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): sessions that publish into a room, or view it,
// by HTTP alone.
#pragma once

#include "elements/signaling/client_hub.hpp"
#include "elements/signaling/http_exchange.hpp"
#include "elements/signaling/token_bucket.hpp"

#include <map>
#include <memory>
#include <string>

namespace parley::signaling {

class HttpSession;

/// Routes: POST and OPTIONS /whip/ROOM, /whep/ROOM, /whep/ROOM/PARTICIPANT;
/// PATCH, DELETE and OPTIONS /sessions/ID.
class SessionEndpoints {
  public:
    explicit SessionEndpoints(ClientHub& hub) : hub_{hub} {}

    void serve_endpoint(HttpExchange& exchange);
    void serve_session(HttpExchange& exchange);

  private:
    struct Target;

    void create(HttpExchange& exchange, const Target& target);
    [[nodiscard]] bool within_rate(const IpAddress& address);

    ClientHub& hub_;
    std::map<std::string, std::shared_ptr<HttpSession>> sessions_;
    std::map<IpAddress, TokenBucket> rates_;
};

} // namespace parley::signaling
