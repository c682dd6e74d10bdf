// What waits for a tap's socket: messages of many records, bounded in bytes and in time.
#pragma once

#include "core/base/time.hpp"
#include "core/tap/messages.hpp"
#include "core/tap/record.hpp"

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::tap {

struct QueueLimits {
    std::size_t bytes = std::size_t{16} << 20;
    Duration age = 2s; ///< of the oldest message
};

/// Media fills it up to its limits, and by a quarter more so that a frame that has begun ends
/// whole. News of the room always goes in: it is little, and a client that never reads is cut off
/// by age.
class Queue {
  public:
    using Printer = std::function<std::string(const Down&)>;

    explicit Queue(const QueueLimits& limits, Printer print = {})
        : limits_{limits}, print_{std::move(print)} {}

    /// Below the limits: a new frame may begin. Filled once, it is only when half of it has gone.
    [[nodiscard]] bool roomy(Instant now);
    /// Not even a begun frame may go on.
    [[nodiscard]] bool full() const { return waiting_bytes_ >= limits_.bytes + limits_.bytes / 4; }

    [[nodiscard]] MutBytes begin_rtp(std::size_t size, Instant now);
    void end_rtp(StreamId stream, std::uint8_t flags, NtpTime ntp, std::size_t size) {
        open_.end_rtp(stream, flags, ntp, size);
    }
    void rtcp(StreamId stream, Bytes compound, Instant now);
    void control(const Down& message, Instant now) { control(print_(message), now); }
    void control(std::string_view json, Instant now);

    /// Takes back what waits of a stream's media. News stays.
    void drop(StreamId stream, Instant now);

    /// Ends the message that is being filled; at the end of each turn.
    void seal(Instant now);
    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    [[nodiscard]] Bytes front() const { return waiting_.front().bytes; }
    void pop();
    [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }
    /// How long the oldest message has waited.
    [[nodiscard]] Duration age(Instant now) const {
        return waiting_.empty() ? Duration{} : now - waiting_.front().since;
    }

  private:
    struct Message {
        std::vector<std::uint8_t> bytes;
        Instant since{};
    };
    static constexpr std::size_t most_spares = 8;

    QueueLimits limits_;
    Printer print_;
    RecordWriter open_;
    std::deque<Message> waiting_;
    std::vector<std::vector<std::uint8_t>> spares_;
    std::size_t waiting_bytes_ = 0;
    bool overflowed_ = false;
};

} // namespace parley::tap
