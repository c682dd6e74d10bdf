#include "core/room/peer_table.hpp"

namespace parley::room {

namespace {
template <class Map, class Key>
Peer* look_up(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second;
}
} // namespace

PeerId PeerTable::add(Peer& peer) {
    peers_[next_id_] = &peer;
    return next_id_++;
}

void PeerTable::remove(PeerId id) {
    peers_.erase(id);
    deadlines_.remove(id);
}

void PeerTable::unbind(const Flow& flow, const Peer& peer) {
    const auto found = flows_.find(flow);
    if (found != flows_.end() && found->second == &peer) flows_.erase(found);
}

Peer* PeerTable::find(const Flow& flow) const {
    return look_up(flows_, flow);
}

Peer* PeerTable::find_ufrag(std::string_view ufrag) const {
    return look_up(ufrags_, std::string{ufrag});
}

Peer* PeerTable::find(PeerId id) const {
    return look_up(peers_, id);
}

} // namespace parley::room
