// Descriptions, fragments and candidates from strangers: what parses must survive being written,
// and whatever an offer holds, our answer to it must be a description that parses.
#include "core/sdp/negotiation/publisher_answer.hpp"
#include "core/sdp/negotiation/subscriber_offer.hpp"
#include "core/sdp/negotiation/viewer_answer.hpp"
#include "core/sdp/session_description.hpp"
#include "core/sdp/trickle_fragment.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace parley;
using namespace parley::sdp;

void require(bool condition) {
    if (!condition) std::abort();
}

// Inheritance is written out, so that the text may grow past the default.
const Limits ample{.bytes = std::size_t{64} << 20};

void require_round_trip(const SessionDescription& description) {
    const auto again = parse(to_string(description), ample);
    require(again.has_value());
    require(*again == description);
}

LocalTransport local_transport() {
    LocalTransport local;
    local.ufrag = "serv";
    local.pwd = "0123456789abcdefghijkl";
    local.fingerprint = {"sha-256", std::vector<std::uint8_t>(32, 0xAB)};
    local.candidates = {{{IpAddress::v4(192, 0, 2, 1), 10000}, Protocol::udp},
                        {{IpAddress::v4(192, 0, 2, 1), 10000}, Protocol::tcp}};
    return local;
}

void negotiate(const SessionDescription& description) {
    static const auto local = local_transport();
    static const ViewerSettings viewer = [] {
        ViewerSettings settings;
        settings.audio = ViewerSource{{}, 1, 0, "c", {"s", "a"}};
        settings.video = ViewerSource{{&default_format(Codec::h264)}, 2, 3, "c", {"s", "v"}};
        return settings;
    }();

    if (const auto first = answer_publisher(description, local)) {
        require_round_trip(first->answer);
        require(first->media.size() == description.media.size());
        const auto second = answer_publisher(description, local, {}, first->media);
        require(second && second->answer == first->answer);
    }
    if (const auto answer = answer_viewer(description, local, viewer)) {
        require_round_trip(answer->answer);
    }

    std::vector<SubscriberSlot> slots;
    for (const auto& media : description.media) {
        SubscriberSlot slot;
        slot.mid = media.mid;
        slot.kind = media.kind == SectionKind::video ? MediaKind::video : MediaKind::audio;
        slot.active = true;
        slots.push_back(slot);
    }
    if (const auto answer = apply_subscriber_answer(description, slots)) {
        require(answer->slots.size() == slots.size());
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = as_text({data, size});
    if (const auto description = parse(text)) {
        require_round_trip(*description);
        negotiate(*description);
    }
    if (const auto fragment = parse_trickle_fragment(text)) {
        require(parse_trickle_fragment(to_string(*fragment)).has_value());
    }
    if (const auto candidate = parse_candidate(text)) {
        const auto again = parse_candidate(to_string(*candidate));
        require(again && *again == *candidate);
    }
    return 0;
}
