// What the engine has to tell its owner, gathered until the owner takes it.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/room/deadline_queue.hpp"
#include "core/room/messages.hpp"

#include <string>
#include <utility>
#include <vector>

namespace parley::room {

/// What happens in a room, for whoever runs the server.
struct Notice {
    enum class Kind : std::uint8_t {
        room_opened,
        room_closed,
        participant_joined,
        participant_left,
        track_published,
        track_unpublished,
        recording_started,
        recording_stopped,
    };
    Kind kind{};
    std::string room;
    std::string participant;
    std::string track;
    std::string text;   ///< the whole in words, ready to print
    bool human = false; ///< the participant is one, seen by the others: no agent, no viewer
};

std::string_view to_string(Notice::Kind kind); ///< "participant-joined"

class Outbox {
  public:
    void send(ClientId client, EventBody body, std::string request_id = {}) {
        events_.push_back({client, std::move(request_id), std::move(body)});
    }
    void error(ClientId client, ErrorCode code, std::string text, std::string request_id = {},
               std::string track = {}) {
        send(client, ErrorEvent{code, std::move(text), std::move(track)}, std::move(request_id));
    }
    void notice(Notice notice) { notices_.push_back(std::move(notice)); }
    /// The tap has said its last word: its connection ends once that is out.
    void close_tap(DeadlineQueue::Id tap) { closed_taps_.push_back(tap); }
    void close_flow(const Flow& flow) { closed_flows_.push_back(flow); }

    std::vector<Event> take_events() { return std::exchange(events_, {}); }
    std::vector<Notice> take_notices() { return std::exchange(notices_, {}); }
    /// TCP connections that no peer uses any more.
    std::vector<Flow> take_closed_flows() { return std::exchange(closed_flows_, {}); }

    std::vector<DeadlineQueue::Id> take_closed_taps() { return std::exchange(closed_taps_, {}); }

  private:
    std::vector<Event> events_;
    std::vector<Notice> notices_;
    std::vector<Flow> closed_flows_;
    std::vector<DeadlineQueue::Id> closed_taps_;
};

} // namespace parley::room
