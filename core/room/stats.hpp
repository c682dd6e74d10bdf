// A snapshot of everything that is counted, as plain data. Members carry the names of W3C
// webrtc-stats in snake_case where one exists; shells print them in their own spelling.
#pragma once

#include "core/base/time.hpp"
#include "core/room/messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::room {

struct LayerStats {
    std::string rid;
    std::uint32_t ssrc = 0;
    bool active = false;
    unsigned frame_width = 0;
    unsigned frame_height = 0;
    std::uint64_t packets_received = 0;
    std::uint64_t bytes_received = 0;
    std::int64_t packets_lost = 0;
    std::uint64_t packets_discarded = 0; ///< duplicates and packets too late to matter
    std::uint64_t retransmitted_packets_received = 0;
    std::uint64_t nack_count = 0;
    std::uint64_t pli_count = 0;
    std::uint64_t key_frames = 0;
    double jitter = 0;  ///< seconds
    double bitrate = 0; ///< bit/s over the last second
};

struct TrackStats {
    TrackInfo info;
    std::vector<LayerStats> layers;
    unsigned subscriptions = 0;
};

struct SubscriptionStats {
    std::string track;
    std::string participant; ///< the subscriber
    std::string layer;       ///< rid forwarded now
    std::uint32_t ssrc = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t retransmitted_packets_sent = 0;
    std::uint64_t nack_count = 0;
    std::uint64_t pli_count = 0;
    double fraction_lost = 0;
    double round_trip_time = 0; ///< seconds
    bool paused = false;
};

struct TransportStats {
    std::string participant;
    std::string connection;
    std::string dtls_state;
    std::string srtp_cipher;
    std::string selected_flow;
    std::uint64_t packets_received = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t authentication_failures = 0;
    std::uint64_t replays = 0;
};

struct RoomStats {
    std::string name;
    std::vector<ParticipantInfo> participants;
    std::vector<TransportStats> transports;
    std::vector<TrackStats> tracks;
    std::vector<SubscriptionStats> subscriptions;
};

struct WorkerStats {
    unsigned worker = 0;
    std::uint16_t port = 0;
    std::uint64_t packets_received = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t packets_dropped = 0; ///< nobody's: unknown flow, malformed
    std::uint64_t send_failures = 0;   ///< the kernel had no room
    std::uint64_t turns = 0;           ///< of the event loop
    std::vector<RoomStats> rooms;
};

struct ServerStats {
    std::vector<WorkerStats> workers;

    /// Is somebody of this id in this room, seen by the others?
    [[nodiscard]] bool has_participant(std::string_view room, std::string_view id) const {
        for (const auto& worker : workers) {
            for (const auto& there : worker.rooms) {
                if (there.name != room) continue;
                for (const auto& participant : there.participants) {
                    if (participant.id == id) return true;
                }
            }
        }
        return false;
    }
};

} // namespace parley::room
