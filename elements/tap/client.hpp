// The client's end of a tap: a thread that reads what comes down, and a sender for what goes up
// that never blocks. One for each rtcroomsrc and rtcroomsink that uses a tap.
#pragma once

#include "core/base/result.hpp"
#include "core/tap/messages.hpp"
#include "core/tap/record.hpp"
#include "net/file_descriptor.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace parley::tap {

/// Connects to the tap socket of a server on this machine; the error names the path and the remedy.
Result<net::FileDescriptor> connect_tap(const std::string& path);

/// An inherited descriptor, "fd:N" as it stands in `uri` or PARLEY_TAP: must be a seqpacket socket.
/// Taken over, and closed on exec from now on.
Result<net::FileDescriptor> inherited_tap(const std::string& uri);

/// The next descriptor of PARLEY_TAP, "fd:N,fd:M,...", that nobody of this process has taken yet.
Result<net::FileDescriptor> next_inherited_tap(const std::string& list);

class Client {
  public:
    /// Called on the client's thread, one after another.
    struct Handlers {
        std::function<void(const Down&)> control;
        /// An RTP or RTCP record; what it points to is valid during the call.
        std::function<void(const Record&)> media;
        /// The message that these records were in has ended: a good moment to push what it held.
        std::function<void()> end_of_message;
        /// Nothing more comes. The reason is empty where the server said Closed before, or
        /// the client is being destroyed.
        std::function<void(std::string reason)> ended;
    };
    struct Counters {
        std::uint64_t packets_sent = 0;
        std::uint64_t packets_dropped = 0; ///< the server did not keep up
        std::uint64_t frames_dropped = 0;
        std::uint64_t malformed = 0; ///< control records of the server's that could not be read
    };

    /// Says `hello` and starts the thread.
    static Result<std::unique_ptr<Client>> start(net::FileDescriptor fd, const Hello& hello,
                                                 Handlers handlers);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    /// Joins the thread; not to be called on it. What was sent before still goes out, for as long
    /// as the server reads.
    ~Client();

    /// From any thread; never blocks.
    void send(const Up& message);

    /// An RTP packet of a published stream, captured at `ntp` on the room's timeline (0: unknown).
    /// Packets are gathered until flush(). Where the server does not read them, whole frames are
    /// dropped up to a keyframe: the packet that starts a frame says whether one can begin there.
    struct Packet {
        StreamId stream = no_stream;
        NtpTime ntp;
        Bytes bytes;
        bool frame_start = false;
        bool keyframe = false; ///< with frame_start: a receiver can start here (audio: always)
    };
    void send_rtp(const Packet& packet);
    /// A compound packet about a published stream: sender reports, where packets carry no time.
    void send_rtcp(StreamId stream, Bytes compound);
    void flush();

    [[nodiscard]] Counters counters() const;

  private:
    struct Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace parley::tap
