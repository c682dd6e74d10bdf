// The ICE servers that clients are told of: STUN, and TURN with credentials that expire, by the
// convention of coturn's use-auth-secret (draft-uberti-behave-turn-rest).
#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::signaling {

struct IceServer {
    std::vector<std::string> urls;
    std::string username; ///< empty for STUN
    std::string credential;
};

struct IceServerConfig {
    std::vector<std::string> stun_uris; ///< "stun:host:port"
    std::vector<std::string> turn_uris; ///< "turn:host:port?transport=udp", "turns:host"
    std::string turn_secret;
    unsigned turn_ttl = 86400; ///< seconds
};

/// An error names the URI that cannot be one, or the secret that is missing.
Result<void> check(const IceServerConfig& config);

/// `now` in seconds since 1970. The username is "expiry:participant", the credential the base64 of
/// its HMAC-SHA1 under the secret.
std::vector<IceServer> ice_servers_for(const IceServerConfig& config, std::string_view participant,
                                       std::int64_t now);

/// A `Link` header's value for each URL, as WHIP writes them (RFC 9725, section 4.6).
std::vector<std::string> to_links(const std::vector<IceServer>& servers);

} // namespace parley::signaling
