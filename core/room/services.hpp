// What peers and rooms use of the engine that they live in.
#pragma once

#include "core/dtls/context.hpp"
#include "core/room/fan_out.hpp"
#include "core/room/outbox.hpp"
#include "core/room/peer_table.hpp"
#include "core/sdp/negotiation/codecs.hpp"
#include "core/sdp/negotiation/transport.hpp"
#include "core/tap/messages.hpp"
#include "core/transport/send_batch.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace parley::room {

struct EngineConfig {
    std::shared_ptr<const dtls::Context> dtls;
    std::vector<Codec> video_codecs = sdp::default_video_order();
    Duration consent_timeout = 30s; ///< a peer silent for so long is gone
    Duration resume_time = 15s;     ///< a participant without a connection is kept for so long
    WallClock wall;
    std::uint16_t port = 0; ///< of our candidates
    std::vector<Endpoint>
        announce; ///< candidates instead of this machine's addresses; port 0: ours
    unsigned worker = 0;
    /// Recordings get nothing of participants who have not consented.
    bool consent_required = false;
    /// What control records of taps say; JSON is the shells' matter.
    std::function<Result<tap::Up>(std::string_view)> parse_tap;
};

using TapId = DeadlineQueue::Id;

struct Services {
    const EngineConfig& config;
    SendBatch& batch;
    Outbox& outbox;
    PeerTable& peers;
    FanOut& fan_out;
    const std::vector<IpAddress>& addresses; ///< this machine's, without loopback
    DeadlineQueue& tap_deadlines;
    Instant now{}; ///< of the present turn, for those who are not told

    /// Our candidates for one peer, the best first.
    [[nodiscard]] std::vector<sdp::LocalCandidate> candidates(bool with_loopback) const;
};

} // namespace parley::room
