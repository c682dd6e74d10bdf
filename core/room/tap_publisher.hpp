// What a tap's client publishes: tracks whose packets come as records, without a transport.
#pragma once

#include "core/room/publisher.hpp"
#include "core/room/services.hpp"
#include "core/room/stats.hpp"
#include "core/tap/messages.hpp"
#include "core/tap/queue.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parley::room {

struct Participant;

class TapPublisher final : public Publisher {
  public:
    /// All outlive the publisher. `wake` is called with the time at which poll() has work.
    TapPublisher(Services& services, Room& room, Participant& participant, tap::Queue& out,
                 std::function<void(Instant)> wake);

    /// The track's id, or why there is none.
    Result<std::string> publish(const tap::Publish& request, Instant now);
    bool unpublish(const std::string& track_id, Instant now) override;
    void unpublish_all(Instant now) override;
    /// The track whose first layer this stream is.
    [[nodiscard]] RoomTrack* find(tap::StreamId stream) const;

    void receive(const tap::Record& record, Instant now);

    void wake_by(Instant at, Instant now) override;
    /// Asks for keyframes that are due, and says who is wanted.
    void poll(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    void append_stats(RoomStats& stats, Instant now) const { append_track_stats(stats, now); }

  private:
    struct Layer {
        RoomTrack* track = nullptr;
        LayerIndex index = 0;
        std::optional<Instant> mapped_at; ///< when the clock was told last
    };
    struct Track {
        RoomTrack* track = nullptr;
        std::vector<tap::StreamId> streams; ///< by layer
        bool wanted = false;
    };

    void receive_rtp(Layer& layer, const tap::Record& record, Instant now);
    void receive_rtcp(Layer& layer, Bytes compound, Instant now);

    Services& services_;
    Participant& participant_;
    tap::Queue& out_;
    std::function<void(Instant)> wake_;
    PublisherClock clock_;
    std::map<tap::StreamId, Layer> layers_;
    std::vector<Track> published_;
};

} // namespace parley::room
