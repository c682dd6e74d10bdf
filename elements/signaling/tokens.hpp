// Access tokens: JWT with HS256 (RFC 7519, RFC 7518 section 3.2), by libjwt.
//
// Claims: `room` (a glob: `*` any characters, `?` one), `sub` (the participant id), `name` (what
// others see), `publish`, `subscribe`, `message` (true where absent), `admin` (false where absent),
// `exp` and `nbf` (seconds since 1970).
#pragma once

#include "core/base/result.hpp"
#include "core/room/messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace parley::signaling {

struct Grant {
    std::string room;        ///< glob; empty: no room at all
    std::string participant; ///< empty: any id
    std::string name;        ///< empty: any name
    room::Permissions permissions;

    [[nodiscard]] bool covers(const std::string& room_name) const;
};

/// What everybody may without tokens.
Grant open_grant();

/// `now` in seconds since 1970. The error says what is wrong with the token, never what the secret
/// or the signature should be. Clocks may differ by half a minute.
Result<Grant> verify_token(const std::string& token, std::string_view secret, std::int64_t now);

} // namespace parley::signaling
