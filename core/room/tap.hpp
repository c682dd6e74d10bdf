// One tap into a room, server side: what its client receives, what it publishes, and the news of
// the room. Sans-IO: requests and records come in, and everything goes out through its queue.
#pragma once

#include "core/room/messages.hpp"
#include "core/room/participant.hpp"
#include "core/room/services.hpp"
#include "core/room/stats.hpp"
#include "core/room/tap_publisher.hpp"
#include "core/room/tap_reception.hpp"
#include "core/tap/messages.hpp"
#include "core/tap/queue.hpp"

#include <map>
#include <memory>
#include <string>

namespace parley::room {

class Room;

/// What a tap that has been opened may do.
struct TapAccess {
    std::string room; ///< the one room that it is for; empty: the client names it
    Permissions permissions;
};

class Tap {
  public:
    /// `out` and the room outlive the tap.
    Tap(Services& services, Room& room, TapId id, const TapAccess& access, const tap::Hello& hello,
        tap::Queue& out, Instant now);
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;
    ~Tap();

    [[nodiscard]] TapId id() const { return id_; }
    [[nodiscard]] Room& room() { return room_; }
    [[nodiscard]] tap::Purpose purpose() const { return purpose_; }
    /// Did its client demand that who has not consented be left out?
    [[nodiscard]] bool asks_for_consent() const { return consent_required_; }
    [[nodiscard]] bool finished() const { return finished_; }

    void handle(const tap::Up& request, Instant now);
    /// An RTP or RTCP record of a stream that it publishes.
    void receive(const tap::Record& record, Instant now);
    void handle_timeout(Instant now);
    /// The client is gone, or is told so: everything of it leaves the room.
    void close(const std::string& reason, Instant now);

    // --- news of the room -----------------------------------------------------------------------

    void on_joined(const Participant& participant, Instant now);
    void on_left(const Participant& participant, const std::string& reason, Instant now);
    void on_published(const RoomTrack& track, Instant now);
    /// Called before the track is destroyed.
    void on_unpublished(const RoomTrack& track, Instant now);
    void on_layers(const RoomTrack& track, Instant now);
    void on_consent(const Participant& participant, Instant now);
    /// The room's consent_required() has changed.
    void review_consent(Instant now);
    void on_message(const tap::MessageReceived& message, Instant now);
    /// Anything else that everybody is told.
    void tell(const tap::Down& message, Instant now) { out_.control(message, now); }

    void append_stats(RoomStats& stats, Instant now) const;

  private:
    void on(const tap::Hello& hello, Instant now);
    void on(const tap::Subscribe& request, Instant now);
    void on(const tap::Unsubscribe& request, Instant now);
    void on(const tap::ChooseLayer& request, Instant now);
    void on(const tap::Pause& request, Instant now);
    void on(const tap::RequestKeyframe& request, Instant now);
    void on(const tap::Join& request, Instant now);
    void on(const tap::Leave& request, Instant now);
    void on(const tap::Publish& request, Instant now);
    void on(const tap::Unpublish& request, Instant now);
    void on(const tap::Mute& request, Instant now);
    void on(const tap::SendMessage& request, Instant now);

    TapReception* find(tap::StreamId stream);
    void refuse(ErrorCode code, std::string text, tap::StreamId stream, Instant now);
    void leave(const std::string& reason, Instant now);
    /// Since when it may have what comes of this participant; nothing: it may not.
    [[nodiscard]] std::optional<Instant> allowed_since(const std::string& participant) const;
    void schedule(Instant now);

    Services& services_;
    Room& room_;
    TapId id_;
    Permissions permissions_;
    tap::Purpose purpose_;
    bool consent_required_;
    tap::Queue& out_;
    SendContext context_;
    std::map<tap::StreamId, std::unique_ptr<TapReception>> receptions_;
    Participant* participant_ = nullptr; ///< as which it is in the room
    bool finished_ = false;
};

} // namespace parley::room
