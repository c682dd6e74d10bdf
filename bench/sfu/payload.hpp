// Payloads that an SFU takes for video, with the time of sending in them.
#pragma once

#include "bench/sfu/description.hpp"
#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace parley::bench {

struct Stamp {
    Instant sent{};
    std::uint64_t count = 0; ///< of the packet, from 0 on
};

/// Where a packet stands in its frame.
struct PayloadPlace {
    std::size_t index = 0; ///< within the frame
    bool last = false;
    bool keyframe = false;
    std::uint16_t picture_id = 0; ///< 15 bits; VP8
};

/// Fills the payload whole: a valid start of a VP8 frame (RFC 7741) or H264 access unit (RFC 6184,
/// packetization-mode 1), the stamp where it has room, and filling.
void write_payload(MutBytes payload, VideoCodec codec, const PayloadPlace& place,
                   const Stamp& stamp);

/// Finds the stamp wherever a codec's header left it; nothing when the payload is too short for
/// one, or was damaged.
std::optional<Stamp> read_stamp(Bytes payload);

/// Payloads of this size or more always carry a stamp.
inline constexpr std::size_t stamped_payload_size = 80;

} // namespace parley::bench
