// The rooms protocol (docs/signaling.md) as a client sees it: what the server says, typed, and what
// is said to it. What leaves the parser has been validated.
#pragma once

#include "core/base/result.hpp"
#include "core/room/messages.hpp"
#include "core/tap/messages.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::rooms {

struct IceServer {
    std::vector<std::string> urls;
    std::string username;
    std::string credential;
};

struct Joined {
    std::string participant;
    std::string resume;
    bool resumed = false;
    bool recording = false;
    bool consent_required = false;
    std::vector<IceServer> ice_servers;
    std::vector<room::ParticipantInfo> participants;
    std::vector<room::TrackInfo> tracks;
};
struct CarriedTrack {
    std::string mid;
    std::string track;
};
struct Offer {
    std::string connection;
    std::uint32_t revision = 0;
    std::string sdp;
    std::vector<CarriedTrack> tracks;
};
struct Answer {
    std::string connection;
    std::string sdp;
    std::vector<CarriedTrack> tracks;
};
struct ConnectionClosed {
    std::string connection;
};
struct TrackPublished {
    room::TrackInfo track;
};
struct Left {
    std::string reason;
};
struct Refused {
    room::ErrorCode code = room::ErrorCode::internal;
    std::string text;
    std::string request_id;
    std::string track;
};
/// What a tap says in the same words.
struct News {
    tap::Down message;
};

using ServerMessage =
    std::variant<Joined, Offer, Answer, ConnectionClosed, TrackPublished, Left, Refused, News>;

/// Nothing for a type that is not of interest here: a newer server may say more.
Result<std::optional<ServerMessage>> parse_server_message(std::string_view text);

struct JoinRequest {
    std::string room;
    std::string name;
    std::string token;
    std::string participant;
    std::string resume;
    room::Role role = room::Role::participant;
    bool consent = false; ///< agrees to being recorded
};

// What a client says. `id` is repeated in the answer, or in the error.

std::string print_join(const JoinRequest& request);
struct PublishedSource {
    std::string mid;
    room::TrackSource source = room::TrackSource::camera;
    bool muted = false;
};
std::string print_offer(std::string_view sdp, const std::vector<PublishedSource>& tracks);
std::string print_answer(std::string_view connection, std::uint32_t revision, std::string_view sdp);
std::string print_candidate(std::string_view connection, std::string_view candidate,
                            unsigned m_line);
std::string print_restart_ice(std::string_view connection);
std::string print_subscribe(std::string_view track, const LayerChoice& layer);
std::string print_unsubscribe(std::string_view track);
std::string print_unpublish(std::string_view track);
std::string print_mute(std::string_view track, bool muted);
std::string print_leave();

} // namespace parley::rooms
