// A way into a room, whatever leads there: requests and packets go up, news and packets come down,
// in the words of a tap (docs/tap.md).
#pragma once

#include "core/tap/messages.hpp"
#include "core/tap/record.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace parley::tap {

class Link {
  public:
    /// Called on a thread of the link's, one after another.
    struct Handlers {
        std::function<void(const Down&)> control;
        /// An RTP or RTCP record; what it points to is valid during the call.
        std::function<void(const Record&)> media;
        /// The message that these records were in has ended: a good moment to push what it held.
        std::function<void()> end_of_message;
        /// Nothing more comes. The reason is empty where the server said Closed before, or
        /// the link is being destroyed.
        std::function<void(std::string reason)> ended;
    };
    struct Counters {
        std::uint64_t packets_sent = 0;
        std::uint64_t packets_dropped = 0; ///< the server did not keep up
        std::uint64_t frames_dropped = 0;
        std::uint64_t malformed = 0; ///< control messages of the server's that could not be read
    };
    /// An RTP packet of a published stream, captured at `ntp` on the room's timeline (0: unknown).
    struct Packet {
        StreamId stream = no_stream;
        NtpTime ntp;
        Bytes bytes;
        bool frame_start = false;
        bool keyframe = false; ///< with frame_start: a receiver can start here (audio: always)
    };

    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    /// Joins its thread; not to be called on it.
    virtual ~Link() = default;

    // From any thread; none of them blocks.

    virtual void send(const Up& message) = 0;
    /// Packets are gathered until flush(). Where the way is too slow, whole frames are dropped up
    /// to a keyframe: the packet that starts a frame says whether one can begin there.
    virtual void send_rtp(const Packet& packet) = 0;
    /// A compound packet about a published stream: sender reports, where packets carry no time.
    virtual void send_rtcp(StreamId stream, Bytes compound) = 0;
    virtual void flush() = 0;
    [[nodiscard]] virtual Counters counters() const = 0;
};

} // namespace parley::tap
