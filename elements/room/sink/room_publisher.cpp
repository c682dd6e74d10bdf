#include "elements/room/sink/room_publisher.hpp"

#include "net/clock.hpp"

#include <utility>

namespace parley::room_elements {

namespace {

/// How often a clock that is not the system's is measured.
constexpr Duration follow_interval = 1s;

void add(Publication::Counters& sum, const Publication::Counters& more) {
    sum.packets_sent += more.packets_sent;
    sum.packets_dropped += more.packets_dropped;
    sum.frames_dropped += more.frames_dropped;
}

} // namespace

std::shared_ptr<Publication> RoomPublisher::publication() const {
    const std::lock_guard lock{mutex_};
    return publication_;
}

std::shared_ptr<Publication> RoomPublisher::wait(const std::atomic<bool>& cancelled) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return publication_ || stopped_ || cancelled; });
    return publication_;
}

void RoomPublisher::wake_waiting() {
    // So that nobody who has just looked misses this.
    const std::lock_guard lock{mutex_};
    changed_.notify_all();
}

void RoomPublisher::start() {
    const std::lock_guard lock{mutex_};
    stopped_ = false;
}

void RoomPublisher::set_publication(std::shared_ptr<Publication> publication) {
    const std::lock_guard lock{mutex_};
    publication_ = std::move(publication);
    changed_.notify_all();
}

std::shared_ptr<Publication> RoomPublisher::take_publication() {
    const std::lock_guard lock{mutex_};
    if (publication_) add(past_, publication_->counters());
    return std::exchange(publication_, nullptr);
}

void RoomPublisher::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        changed_.notify_all();
    }
    take_publication().reset(); // without the lock: it joins a thread
    timeline_.stop();
}

void RoomPublisher::follow_clock(bool at_once) {
    const auto now = net::steady_now().time_since_epoch().count();
    auto last = followed_at_.load();
    if (!at_once && now - last < follow_interval.count()) return;
    if (followed_at_.compare_exchange_strong(last, now)) timeline_.follow(element_);
}

Publication::Counters RoomPublisher::counters() const {
    const std::lock_guard lock{mutex_};
    auto sum = past_;
    if (publication_) add(sum, publication_->counters());
    sum.packets_dropped += unreached_;
    return sum;
}

} // namespace parley::room_elements
