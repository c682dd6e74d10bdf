// Offers a subscriber the tracks of a room, one m-line a slot, and reads its answer.
#pragma once

#include "core/base/result.hpp"
#include "core/sdp/negotiation/codecs.hpp"
#include "core/sdp/negotiation/transport.hpp"
#include "core/sdp/session_description.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace parley::sdp {

/// One m-line of a subscriber. A slot keeps its mid and kind for ever; when its track ends it is
/// free (offered inactive) and can carry another track later, so that the SDP does not grow.
struct SubscriberSlot {
    std::string mid;
    MediaKind kind = MediaKind::audio;
    /// False while no track is in it: it is offered inactive, `ssrc` and `msid` do not matter.
    bool active = false;
    /// The subscriber answered this m-line with port zero: it is dead (RFC 8829, section 5.2.2) and
    /// offered with port zero until the slot gets a new mid, which makes it a new one.
    bool stopped = false;
    /// The track's; it stays what it was while the slot is free. Null means the kind's default.
    const RoutedFormat* format = nullptr;
    std::uint32_t ssrc = 0;
    std::uint32_t rtx_ssrc = 0; ///< 0 where there is no RTX
    std::string cname;
    Msid msid; ///< participant id, track id
};

/// The first slot should be of audio (free if need be) and never stopped: it carries the transport
/// of the BUNDLE group, every client accepts it (RFC 7874: Opus, PCMU and PCMA are mandatory), and
/// Chromium fails a later description that refuses or replaces the m-line with the transport. For
/// the same reason a slot is stopped only when the subscriber did it, not to end a track.
SessionDescription make_subscriber_offer(std::span<const SubscriberSlot> slots,
                                         const LocalTransport& local);

enum class SlotState : std::uint8_t {
    accepted,    ///< send
    inactive,    ///< agreed, but the subscriber does not want to receive, or the slot is free
    unsupported, ///< the subscriber cannot decode this codec: track-unsupported
};

struct SlotResult {
    std::string mid;
    SlotState state = SlotState::inactive;
    bool stopped = false;         ///< answered with port zero: see SubscriberSlot::stopped
    bool rtx = false;             ///< the subscriber takes RTX
    rtp::ExtensionMap extensions; ///< those of canonical_extensions() that it kept
    Feedback feedback;
};

struct SubscriberAnswer {
    /// Nothing when every slot was refused: then there is nothing to connect.
    std::optional<RemoteTransport> remote;
    std::vector<SlotResult> slots; ///< in the order of the offer's slots
};

/// `slots` are those of the offer that this answers. Errors are for answers that do not fit it:
/// other m-lines, other mids, no transport, actpass.
Result<SubscriberAnswer> apply_subscriber_answer(const SessionDescription& answer,
                                                 std::span<const SubscriberSlot> slots);

} // namespace parley::sdp
