// The turn's fan-out: packets are gathered while a batch is read, then every subscription of a
// track gets all of them at once, so that its keys stay in the cache and its packets leave
// together.
#pragma once

#include "core/room/room_track.hpp"
#include "core/transport/send_batch.hpp"

#include <functional>
#include <vector>

namespace parley::room {

class FanOut {
  public:
    /// `flush` sends the batch and clears it; it is called whenever the batch is well filled.
    FanOut(SendBatch& batch, std::function<void()> flush)
        : batch_{batch}, flush_{std::move(flush)} {}

    /// `packet` stays valid until run().
    void add(RoomTrack& track, LayerIndex layer, const MediaPacket& packet);
    /// The track goes away before the turn ends.
    void forget(const RoomTrack& track) { std::erase(touched_, &track); }
    void run(Instant now);

  private:
    void run(RoomTrack& track, Instant now);

    SendBatch& batch_;
    std::function<void()> flush_;
    std::vector<RoomTrack*> touched_;
};

} // namespace parley::room
