// How the load client agrees on sessions with a server. Calls block: signalling happens before
// media flows.
#pragma once

#include "bench/sfu/description.hpp"
#include "core/base/result.hpp"

#include <memory>
#include <string>

namespace parley::bench {

class Signaling {
  public:
    Signaling() = default;
    Signaling(const Signaling&) = delete;
    Signaling& operator=(const Signaling&) = delete;
    virtual ~Signaling() = default;

    /// As the one publisher of the room.
    virtual Result<RemoteDescription> publish(const LocalDescription& local) = 0;
    /// As one more subscriber of the publisher's video, which may be somebody else's.
    virtual Result<RemoteDescription> subscribe(const LocalDescription& local) = 0;
};

/// WHIP and WHEP at `base`, such as "http://127.0.0.1:8080".
Result<std::unique_ptr<Signaling>> make_whip_signaling(std::string base, std::string room);

/// Janus' VideoRoom plugin through its Unix socket API (SOCK_SEQPACKET) at `path`, the cheapest
/// for the server of those that it has.
Result<std::unique_ptr<Signaling>> make_janus_signaling(const std::string& path, VideoCodec codec);

} // namespace parley::bench
