// Whoever publishes tracks into a room: a client's connection, or a tap.
#pragma once

#include "core/room/fan_out.hpp"
#include "core/room/room_track.hpp"
#include "core/room/stats.hpp"

#include <memory>
#include <string>
#include <vector>

namespace parley::room {

class Room;

class Publisher {
  public:
    explicit Publisher(Room& room) : room_{room} {}
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;
    virtual ~Publisher() = default;

    [[nodiscard]] const std::vector<std::unique_ptr<RoomTrack>>& tracks() const { return tracks_; }
    /// False when there is no such track.
    virtual bool unpublish(const std::string& track_id, Instant now) = 0;
    /// Before it is destroyed: nobody may hold on to its tracks.
    virtual void unpublish_all(Instant now) = 0;
    /// One of its tracks has something to say to the source at `at`: see IncomingTrack.
    virtual void wake_by(Instant at, Instant now) = 0;

  protected:
    /// "participant/camera", or "participant/camera-2" where that is taken.
    [[nodiscard]] std::string free_track_id(const TrackInfo& info) const;
    /// Takes it out of the room, then destroys it.
    void destroy(RoomTrack& track, FanOut& fan_out, Instant now);
    void append_track_stats(RoomStats& stats, Instant now) const;

    Room& room_;
    std::vector<std::unique_ptr<RoomTrack>> tracks_;
};

} // namespace parley::room
