// One person or machine in a room: who it is, its connections and what it wants to receive.
#pragma once

#include "core/room/messages.hpp"
#include "core/room/publisher_peer.hpp"
#include "core/room/subscriber_peer.hpp"
#include "core/room/tap_publisher.hpp"
#include "core/room/viewer_peer.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace parley::room {

class Room;
class Tap;

struct Participant {
    Room* room = nullptr;
    ParticipantInfo info;
    std::uint64_t arrival = 0; ///< counts up through the room's life
    ClientId client{};
    std::string resume_key;
    Permissions permissions;
    bool one_shot = false;
    bool auto_subscribe = true;
    bool hidden = false;
    bool ends_with_connection = false;
    bool loopback_candidates = false;
    /// Since when its consent to being recorded (info.consent) is as it is; nothing: it has not
    /// answered.
    std::optional<Instant> consent_at;
    std::uint32_t last_revision = 0; ///< of the offers to it, of whatever connection
    /// Without a signalling connection, and gone at this time.
    std::optional<Instant> gone_at;
    Tap* tap = nullptr; ///< it is here by a tap, without a signalling connection

    std::map<std::string, LayerChoice> wanted; ///< explicit subscriptions, by track id
    std::set<std::string> unwanted;            ///< explicitly not, in spite of auto_subscribe
    bool resubscribe = false; ///< a one-shot connection has gone: offer what is left of it

    // Last, because they refer to the rest.
    std::unique_ptr<PublisherPeer> publisher;
    std::unique_ptr<TapPublisher> tap_publisher;
    std::map<ConnectionName, std::unique_ptr<SubscriberPeer>> subscribers;
    std::unique_ptr<ViewerPeer> viewer;

    /// What it publishes by; null where it has not yet.
    [[nodiscard]] Publisher* published() const {
        if (tap_publisher) return tap_publisher.get();
        return publisher.get();
    }

    /// Does it want this track of another's?
    [[nodiscard]] bool wants(const TrackInfo& track, Role publisher_role) const {
        if (track.participant == info.id || hidden) return false;
        if (wanted.contains(track.id)) return true;
        return auto_subscribe && permissions.subscribe && publisher_role != Role::agent &&
               !unwanted.contains(track.id);
    }
};

} // namespace parley::room
