// The rooms protocol of docs/signaling.md: JSON to typed commands, typed events to JSON. Pure
// functions; what leaves parse_client_message has been validated in full.
#pragma once

#include "core/room/messages.hpp"
#include "elements/signaling/ice_servers.hpp"

#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::signaling {

/// Of one message, in bytes.
inline constexpr std::size_t max_message_size = std::size_t{64} * 1024;

/// A `join` as the client wrote it; the token decides what of it holds.
struct JoinRequest {
    std::string room;
    std::string name;
    std::string token; ///< empty: none
    room::Role role = room::Role::participant;
    std::string participant;
    std::string resume;
    bool one_shot = false;
    bool auto_subscribe = true;
    bool consent = false;
};

struct Ping {};

using ClientBody =
    std::variant<JoinRequest, Ping, room::Leave, room::Offer, room::Answer, room::AddCandidate,
                 room::RestartIce, room::Subscribe, room::Unsubscribe, room::Unpublish, room::Mute,
                 room::Message, room::Consent>;

struct ClientMessage {
    std::string request_id; ///< JSON text of `id`; empty: none
    ClientBody body;
};

/// Goes to the client as an `error`.
struct ProtocolError {
    room::ErrorCode code = room::ErrorCode::bad_request;
    std::string text;
    std::string request_id;
};

tl::expected<ClientMessage, ProtocolError> parse_client_message(std::string_view text);

/// What `joined` says beside what the room knows.
struct JoinedExtras {
    std::string room;
    std::vector<IceServer> ice_servers;
};

/// The message for an event. IceRestarted has none: it is the HTTP sessions' only, and gives "".
std::string to_json(const room::Event& event, const JoinedExtras& extras);

std::string error_json(const ProtocolError& error);
std::string pong_json(std::string_view request_id);
std::string left_json(std::string_view reason);

} // namespace parley::signaling
