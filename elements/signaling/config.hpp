// What the signalling server is started with, checked.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/room/messages.hpp"
#include "elements/signaling/ice_servers.hpp"

#include <string>
#include <string_view>

namespace parley::signaling {

struct Config {
    Endpoint listen;
    std::string tls_cert; ///< PEM file; empty: no TLS
    std::string tls_key;
    std::string jwt_secret;  ///< empty: everybody may do everything but administer
    bool insecure = false;   ///< being reachable from outside without tokens is meant so
    std::string server_name; ///< whose egresses /api/v1/egress shows
    IceServerConfig ice;
    room::Limits limits;
    unsigned max_connections_per_address = 0; ///< 0: no limit
    std::string web_root;                     ///< folder of the page; empty: no page
    Duration drain_timeout = 5s;

    // Fixed by docs/signaling.md; tests have less time.
    Duration ping_interval = 10s;
    Duration silence_limit = 30s; ///< a client that answers no ping for so long is gone
    Duration idle_limit = 60s;    ///< of a connection that asks for nothing

    /// Only programs of this machine reach us, and no token is asked for: pages of other sites
    /// must not (see Service::origin_allowed).
    [[nodiscard]] bool trusts_loopback() const {
        return listen.address.is_loopback() && jwt_secret.empty() && !insecure;
    }
};

/// "127.0.0.1:8080", "[::]:8443", "localhost:8080"; port 0 takes a free one.
Result<Endpoint> parse_listen(std::string_view text);

/// Refuses what must not be started: reachable from outside with neither tokens nor a word that
/// this is meant so; half a TLS identity; ICE servers that are none.
Result<void> check(const Config& config);

} // namespace parley::signaling
