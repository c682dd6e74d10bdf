// What all tracks of one rtcroomsink share: the participant that they are published as, which
// comes and goes with the way to the room, and the room's timeline.
#pragma once

#include "elements/room/sink/publication.hpp"
#include "elements/room/timeline.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

namespace parley::room_elements {

class RoomPublisher {
  public:
    /// `element`, whose clock and base time count, outlives it.
    explicit RoomPublisher(GstElement* element) : element_{element} {}
    RoomPublisher(const RoomPublisher&) = delete;
    RoomPublisher& operator=(const RoomPublisher&) = delete;
    ~RoomPublisher() = default;

    /// Null while the room is not to be reached.
    [[nodiscard]] std::shared_ptr<Publication> publication() const;
    /// Waits for it; null where `cancelled` becomes true (see wake_waiting), or after stop().
    std::shared_ptr<Publication> wait(const std::atomic<bool>& cancelled);
    void wake_waiting();

    void start();
    /// Joined as the participant, from now on.
    void set_publication(std::shared_ptr<Publication> publication);
    /// It is lost; what it has counted stays. Gives back what is to be let go on another thread
    /// than its own.
    std::shared_ptr<Publication> take_publication();
    void stop();

    Timeline& timeline() { return timeline_; }
    /// The pipeline runs, from now on or still: its clock is followed.
    void follow_clock(bool at_once);

    void count_unreached() { ++unreached_; }
    /// Of all publications so far.
    [[nodiscard]] Publication::Counters counters() const;

  private:
    GstElement* element_;
    Timeline timeline_;
    std::atomic<Duration::rep> followed_at_{0};
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::shared_ptr<Publication> publication_; // mutex_
    Publication::Counters past_;               // mutex_: of those that are gone
    bool stopped_ = true;                      // mutex_
    std::atomic<std::uint64_t> unreached_{0};
};

} // namespace parley::room_elements
