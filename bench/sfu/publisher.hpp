// The one publisher: a thread of its own, so that its pace does not hang on the receivers' work.
#pragma once

#include "bench/sfu/peer.hpp"
#include "bench/sfu/traffic.hpp"
#include "core/rtp/sequence.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace parley::bench {

/// What one run of a pattern sent.
struct Published {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0; ///< of RTP, without SRTP's tag
    std::uint64_t keyframes = 0;
    std::uint64_t send_failures = 0; ///< packets that the socket refused
    Duration length{};               ///< from the first to the last packet, and one interval
    Duration late_p99{};             ///< behind the pattern's time
};

class Publisher {
  public:
    /// The peer is connected. `ssrc` is the one that was offered.
    Publisher(std::unique_ptr<Peer> peer, VideoCodec codec, std::uint8_t payload_type,
              std::uint32_t ssrc);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// Sends the pattern for `length`, in whole frames, starting with a keyframe.
    void start(Pattern pattern, Duration length);
    /// What was sent, once it is over.
    std::optional<Published> finished();

    [[nodiscard]] std::uint64_t keyframe_requests() const { return keyframe_requests_; }
    [[nodiscard]] std::uint64_t nacks() const { return nacks_; }
    /// True when the server ended the session.
    [[nodiscard]] bool failed() const { return failed_; }

  private:
    struct Job {
        Pattern pattern;
        Duration length{};
    };
    struct Frame {
        std::uint32_t timestamp = 0;
        std::size_t index = 0;
        bool keyframe = false;
    };
    static constexpr std::size_t batch = 32;
    static constexpr std::size_t packet_room = 1536;

    void loop();
    void run(Job job);
    void wait_until(Instant due);
    void serve(Duration patience);
    void drain_socket(Instant now);
    void handle_rtcp(MutBytes datagram);
    void prepare(const PlannedPacket& planned, Instant due);
    void flush();
    void send_report(Instant now);
    [[nodiscard]] std::uint32_t timestamp_at(Instant at) const;

    std::unique_ptr<Peer> peer_;
    VideoCodec codec_;
    std::uint8_t payload_type_;
    std::uint32_t ssrc_;

    std::uint64_t index_ = 0x1000; ///< SRTP's: ROC << 16 | SEQ
    std::uint16_t picture_id_ = 0;
    std::uint64_t octets_ = 0;
    std::uint64_t count_ = 0;
    Frame frame_;
    bool keyframe_wanted_ = true;
    Instant next_report_{};
    Instant next_timer_{};
    Published sent_;
    std::vector<std::uint32_t> late_us_;

    std::vector<std::array<std::uint8_t, packet_room>> arena_{batch};
    std::array<std::size_t, batch> sizes_{};
    std::size_t prepared_ = 0;
    std::array<std::uint8_t, 2048> incoming_{};

    std::mutex mutex_; ///< of job_ and result_
    std::optional<Job> job_;
    std::optional<Published> result_;
    int wake_;
    std::atomic<bool> stop_ = false;
    std::atomic<bool> failed_ = false;
    std::atomic<std::uint64_t> keyframe_requests_ = 0;
    std::atomic<std::uint64_t> nacks_ = 0;
    std::thread thread_;
};

} // namespace parley::bench
