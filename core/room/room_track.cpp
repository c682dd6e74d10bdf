#include "core/room/room_track.hpp"

#include "core/room/peer.hpp"

namespace parley::room {

void RoomTrack::wake_publisher(Instant now) {
    if (const auto due = media.next_deadline()) publisher.wake(*due, now);
}

} // namespace parley::room
