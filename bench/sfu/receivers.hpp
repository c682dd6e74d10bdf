// Many light subscribers on one thread: each has its own socket, and its own account.
#pragma once

#include "bench/sfu/peer.hpp"
#include "bench/sfu/recording.hpp"
#include "bench/sfu/statistics.hpp"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace parley::bench {

/// Of all subscribers since reset_counts().
struct Received {
    std::uint64_t packets = 0; ///< every sequence number once
    std::uint64_t least = 0;   ///< of the subscriber that got the fewest
    std::uint64_t bytes = 0;   ///< UDP payload of all RTP
    std::uint64_t duplicates = 0;
    std::uint64_t reordered = 0;
    std::uint64_t foreign = 0;        ///< RTP of another payload type (padding by RTX and such)
    std::uint64_t checked = 0;        ///< decrypted, and content as sent
    std::uint64_t check_failures = 0; ///< not authentic, or content not as sent
    std::uint64_t dropped_here = 0;   ///< our own socket buffers were full (SO_RXQ_OVFL)
    std::uint64_t sessions_lost = 0;  ///< subscribers whose session ended
    std::vector<std::uint32_t> delays_ns;
};

class Receivers {
  public:
    /// One packet in this many is decrypted, checked and taken as a sample of delay.
    static constexpr std::size_t check_interval = 16;

    explicit Receivers(bool kernel_timestamps);
    ~Receivers();
    Receivers(const Receivers&) = delete;
    Receivers& operator=(const Receivers&) = delete;

    /// From now on poll() serves the peer, which need not be connected yet.
    Peer& add(std::unique_ptr<Peer> peer, std::uint8_t payload_type);
    [[nodiscard]] std::size_t size() const { return subscribers_.size(); }

    /// Handles what has come, and timers; waits for at most `patience`.
    void poll(Duration patience);
    void reset_counts();
    /// When the last RTP packet was taken from a socket.
    [[nodiscard]] Instant last_arrival() const { return last_arrival_; }
    /// Never sleeps while it waits, so that the server does not pay for waking this thread.
    void spin(bool on) { spin_ = on; }
    /// Until it is called with nullptr, every packet is decrypted and given to `recording`.
    void record(Recording* recording) { recording_ = recording; }
    /// Asks for a keyframe for the first subscriber.
    void request_keyframe();
    [[nodiscard]] Received collect();

  private:
    struct Subscriber {
        std::unique_ptr<Peer> peer;
        SequenceAccount account;
        std::uint64_t bytes = 0;
        std::uint32_t overflow = 0;      ///< the socket's counter, which never goes back
        std::uint32_t overflow_base = 0; ///< its value at the last reset
        std::uint32_t ssrc = 0;          ///< of the media
        std::uint8_t payload_type = 0;
        std::uint8_t check_at = 0; ///< the residue of the sequence numbers that are checked
        Instant next_report{};
    };
    static constexpr std::size_t batch = 64;
    static constexpr std::size_t packet_room = 2048;

    void drain(Subscriber& subscriber);
    void take_rtp(Subscriber& subscriber, MutBytes packet, const msghdr& header);
    void serve_timers(Instant now);
    static void send_report(Subscriber& subscriber);

    int epoll_;
    bool kernel_timestamps_;
    bool spin_ = false;
    Duration realtime_offset_{}; ///< CLOCK_REALTIME less CLOCK_MONOTONIC
    Instant next_timers_{};
    Instant last_arrival_{};
    std::vector<std::unique_ptr<Subscriber>> subscribers_;
    Received totals_;
    Recording* recording_ = nullptr;

    std::vector<std::array<std::uint8_t, packet_room>> buffers_{batch};
    std::vector<std::array<std::uint8_t, 64>> controls_{batch};
    std::array<mmsghdr, batch> messages_{};
    std::array<iovec, batch> parts_{};
};

} // namespace parley::bench
