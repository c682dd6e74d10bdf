#include "core/room/room_track.hpp"

#include "core/room/publisher.hpp"

namespace parley::room {

void RoomTrack::wake_publisher(Instant now) {
    if (const auto due = media.next_deadline()) publisher.wake_by(*due, now);
}

} // namespace parley::room
