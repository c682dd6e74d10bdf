// Where the packets of published streams go, in webrtcbin's hands: filled by the session's thread,
// used by any.
#pragma once

#include "core/base/time.hpp"
#include "elements/room/remote/webrtc_peer.hpp"
#include "elements/tap/link.hpp"
#include "net/clock.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace parley::room_elements {

class SenderTable {
  public:
    struct Sender {
        std::shared_ptr<WebrtcPeer> peer;
        unsigned m_line = 0;
        std::uint32_t ssrc = 0;
    };
    explicit SenderTable(GstElement* element) : element_{element}, wall_{net::read_wall_clock()} {}
    void set(std::map<tap::StreamId, Sender> senders);
    void send(const tap::Link::Packet& packet);
    [[nodiscard]] tap::Link::Counters counters() const;
    [[nodiscard]] const WallClock& wall() const { return wall_; }

  private:
    GstElement* element_; ///< whose running time counts
    const WallClock wall_;
    mutable std::mutex mutex_;
    std::map<tap::StreamId, Sender> senders_; // mutex_
    std::atomic<std::uint64_t> sent_{0};
    std::atomic<std::uint64_t> dropped_{0};
};

} // namespace parley::room_elements
