// Finds the peer that a datagram is for, and the peer whose time has come.
#pragma once

#include "core/base/endpoint.hpp"
#include "core/room/deadline_queue.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace parley::room {

class Peer;
using PeerId = DeadlineQueue::Id;

class PeerTable {
  public:
    PeerId add(Peer& peer);
    /// The peer has taken its flows and ufrags out.
    void remove(PeerId id);

    void add_ufrag(const std::string& ufrag, Peer& peer) { ufrags_[ufrag] = &peer; }
    void remove_ufrag(const std::string& ufrag) { ufrags_.erase(ufrag); }
    void bind(const Flow& flow, Peer& peer) { flows_[flow] = &peer; }
    /// Does nothing where the flow is another peer's by now.
    void unbind(const Flow& flow, const Peer& peer);

    [[nodiscard]] Peer* find(const Flow& flow) const;
    [[nodiscard]] Peer* find_ufrag(std::string_view ufrag) const;
    [[nodiscard]] Peer* find(PeerId id) const;

    void schedule(PeerId id, Instant at) { deadlines_.schedule(id, at); }
    [[nodiscard]] DeadlineQueue& deadlines() { return deadlines_; }

    /// The peer is over; its owner destroys it once nothing of it is on the stack.
    void finish(PeerId id) { finished_.push_back(id); }
    std::vector<PeerId> take_finished() { return std::exchange(finished_, {}); }

  private:
    std::unordered_map<PeerId, Peer*> peers_;
    std::unordered_map<Flow, Peer*, FlowHash> flows_;
    std::unordered_map<std::string, Peer*> ufrags_;
    DeadlineQueue deadlines_;
    std::vector<PeerId> finished_;
    PeerId next_id_ = 1;
};

} // namespace parley::room
