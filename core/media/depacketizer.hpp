// From RTP payloads to access units, for whoever stores media without decoding it. What is not
// whole never comes out, and after a loss nothing comes out that could not be decoded.
#pragma once

#include "core/base/result.hpp"
#include "core/media/stream_format.hpp"
#include "core/rtp/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace parley::media {

/// What a unit may hold, so that a sender which never ends one cannot fill the memory.
inline constexpr std::size_t max_unit_size = std::size_t{16} << 20;

struct Unit {
    AccessUnit unit;
    std::uint32_t timestamp = 0; ///< RTP
    /// Of audio: samples at the codec's clock rate (Opus: from the TOC byte, RFC 6716 section 3.1).
    std::uint32_t duration = 0;
    /// Packets are missing between the unit before and this one, or units were left out since.
    bool discontinuity = false;
    /// With the first unit, and where it has changed (always a keyframe): the format from here on.
    std::optional<StreamFormat> format;

    // Moved out of line: where GCC 12 sees through a move, it takes the format for uninitialised.
    Unit() = default;
    Unit(const Unit&) = delete;
    Unit& operator=(const Unit&) = delete;
    Unit(Unit&& other) noexcept;
    Unit& operator=(Unit&& other) noexcept;
    ~Unit() = default;
};

struct DepacketizerCounters {
    std::uint64_t packets = 0;
    std::uint64_t broken = 0;  ///< payloads that do not parse
    std::uint64_t missing = 0; ///< sequence numbers that never came
    std::uint64_t dropped = 0; ///< packets of units that were incomplete or not decodable
};

class Depacketizer {
  public:
    virtual ~Depacketizer() = default;

    /// Packets in the order of their sequence numbers; duplicates and older ones are left out.
    virtual void push(const rtp::PacketView& packet) = 0;
    /// What has become whole since; to be called until there is nothing more.
    virtual std::optional<Unit> pop() = 0;
    /// No more packets: what is whole comes out.
    virtual void finish() = 0;
    /// Once, whenever a keyframe is needed to go on.
    virtual bool take_keyframe_wish() = 0;
    /// Nothing comes out until the next keyframe.
    [[nodiscard]] virtual bool frozen() const = 0;
    [[nodiscard]] virtual const DepacketizerCounters& counters() const = 0;

    /// `fmtp` as in SDP: H264 and H265 parameter sets may be in it; channels of Opus ("stereo",
    /// "sprop-stereo").
    static std::unique_ptr<Depacketizer> create(Codec codec, std::string_view fmtp);
};

/// Encoded media that comes without RTP: an access unit as GStreamer hands it over (H264, H265:
/// byte-stream, whole access unit; AV1: obu-stream, whole temporal unit; VP8, VP9, Opus, G.711 as
/// is). Keeps the parameter sets; the format comes as above.
class UnitReader {
  public:
    virtual ~UnitReader() = default;
    /// Nothing for what cannot be used: broken, or not decodable yet.
    virtual std::optional<Unit> read(Bytes unit) = 0;

    static std::unique_ptr<UnitReader> create(Codec codec);
};

} // namespace parley::media
