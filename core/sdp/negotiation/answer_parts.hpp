// What the answers to publishers and to viewers have in common.
#pragma once

#include "core/sdp/negotiation/codecs.hpp"
#include "core/sdp/negotiation/transport.hpp"
#include "core/sdp/session_description.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace parley::sdp {

/// Which m-lines of an offer can share the one transport that we have.
class BundleGate {
  public:
    explicit BundleGate(const SessionDescription& offer);
    /// Why this m-line (of audio or video, or not) cannot be used, in words; empty when it can.
    [[nodiscard]] std::string refusal(const Media& media);
    /// Without a group one m-line may be accepted: call this when it was.
    void accepted() { taken_ = true; }

  private:
    const Group* bundle_;
    bool taken_ = false;
};

/// The payload type of `wanted` in an offered section with its RTX and feedback; nothing when it
/// is not there.
std::optional<NegotiatedCodec> find_codec(const Media& offered, const RoutedFormat& wanted);

/// The best codec of an offered section: `preferred` rows in order, then video by the room's order
/// (which leaves out what is not in it), audio by the table's, then the offer's order.
std::optional<NegotiatedCodec> choose_codec(const Media& offered,
                                            std::span<const RoutedFormat* const> preferred,
                                            std::span<const Codec> video_codecs);

/// The extensions of an offered section that we take. `we_send` says which way media goes.
rtp::ExtensionMap choose_extensions(const Media& offered, bool we_send);

/// An m-line of an answer, without transport.
Media answer_media(const Media& offered, const NegotiatedCodec& codec,
                   const rtp::ExtensionMap& extensions, Direction direction);
Media rejected_media(const Media& offered);

/// Adds BUNDLE group and transport to an answer whose media are there, and gives the peer's
/// transport: nothing when all m-lines are rejected.
Result<std::optional<RemoteTransport>> finish_answer(SessionDescription& answer,
                                                     const SessionDescription& offer,
                                                     const LocalTransport& local);

} // namespace parley::sdp
