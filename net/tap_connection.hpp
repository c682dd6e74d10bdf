// The server's end of a tap: messages in from the client, and out of its queue as fast as the
// client reads.
#pragma once

#include "core/tap/queue.hpp"
#include "net/file_descriptor.hpp"

#include <cstdint>
#include <memory>

namespace parley::net {

class TapConnection {
  public:
    enum class State : std::uint8_t { open, closed };

    TapConnection(FileDescriptor fd, const tap::QueueLimits& limits, tap::Queue::Printer print);

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] tap::Queue& queue() { return queue_; }
    /// The client does not keep up: wait until its socket takes more.
    [[nodiscard]] bool blocked() const { return blocked_; }

    /// Calls `deliver(Bytes message)` for what is there, as long as that returns true; false ends
    /// the tap once its queue has gone out.
    template <class Deliver>
    State read(Deliver&& deliver) {
        for (unsigned i = 0; i < reads_a_turn && !ending_; ++i) {
            const auto message = receive();
            if (!message) return State::closed;
            if (message->empty()) break;
            if (!deliver(*message)) ending_ = true;
        }
        return State::open;
    }

    /// Ends what is being filled and sends what the socket takes.
    State flush(Instant now);
    /// Closed once the queue has gone out.
    void end() { ending_ = true; }

  private:
    /// Nothing: the client is gone. Empty: there is no message now.
    std::optional<Bytes> receive();

    /// A publisher's burst must not hold back the others.
    static constexpr unsigned reads_a_turn = 16;

    FileDescriptor fd_;
    tap::Queue queue_;
    std::unique_ptr<std::uint8_t[]> input_;
    bool blocked_ = false;
    bool ending_ = false;
};

} // namespace parley::net
