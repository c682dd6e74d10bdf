#include "bench/sfu/payload.hpp"

#include <algorithm>
#include <array>

namespace parley::bench {
namespace {

constexpr std::array<std::uint8_t, 4> magic = {'P', 'l', 'y', '!'};
constexpr std::size_t stamp_size = magic.size() + 16;
constexpr std::size_t deepest_stamp = 60;

// 640x360, constrained baseline, level 3.1
constexpr std::array<std::uint8_t, 12> sps = {0x67, 0x42, 0xC0, 0x1F, 0xDA, 0x02,
                                              0x80, 0xBF, 0xE5, 0x80, 0x02, 0x20};
constexpr std::array<std::uint8_t, 4> pps = {0x68, 0xCE, 0x3C, 0x80};

void write_vp8_head(ByteWriter& out, const PayloadPlace& place) {
    const bool start = place.index == 0;
    out.u8(start ? 0x90 : 0x80); // X, and S at the start of the partition
    out.u8(0x80);                // I
    out.u16(static_cast<std::uint16_t>(0x8000 | place.picture_id));
    if (!start) return;
    // Frame tag (RFC 6386, section 9.1): inverse keyframe bit, show_frame, first partition's size.
    out.u8(place.keyframe ? 0x10 : 0x11);
    out.u16(0x0100);
    if (!place.keyframe) return;
    out.u24(0x9D012A);
    out.u16(0x8002); // 640 and 360, little-endian
    out.u16(0x6801);
}

void write_h264_head(ByteWriter& out, std::size_t size, const PayloadPlace& place) {
    if (place.index == 0 && place.keyframe) {
        out.u8(0x78); // STAP-A
        out.u16(sps.size());
        out.bytes(sps);
        out.u16(pps.size());
        out.bytes(pps);
        if (out.size() + 4 > size) return;
        out.u16(static_cast<std::uint16_t>(size - out.size() - 2));
        out.u8(place.last ? 0x65 : 0x06); // the IDR slice, or an SEI as filling
        return;
    }
    const std::uint8_t type = place.keyframe ? 5 : 1;
    const bool start = place.index == (place.keyframe ? 1U : 0U);
    if (start && place.last) {
        out.u8(0x60 | type);
        return;
    }
    out.u8(0x7C); // FU-A
    out.u8(static_cast<std::uint8_t>((start ? 0x80 : 0) | (place.last ? 0x40 : 0) | type));
}

} // namespace

void write_payload(MutBytes payload, VideoCodec codec, const PayloadPlace& place,
                   const Stamp& stamp) {
    ByteWriter out{payload};
    if (codec == VideoCodec::vp8) {
        write_vp8_head(out, place);
    } else {
        write_h264_head(out, payload.size(), place);
    }
    auto at = out.size();
    if (payload.size() - at >= stamp_size) {
        out.bytes(magic);
        out.u64(static_cast<std::uint64_t>(stamp.sent.time_since_epoch().count()));
        out.u64(stamp.count);
        at = out.size();
    }
    std::fill(payload.begin() + static_cast<std::ptrdiff_t>(at), payload.end(),
              static_cast<std::uint8_t>(0x5A));
}

std::optional<Stamp> read_stamp(Bytes payload) {
    const auto window = payload.first(std::min(payload.size(), deepest_stamp + magic.size()));
    const auto found = std::search(window.begin(), window.end(), magic.begin(), magic.end());
    if (found == window.end()) return std::nullopt;
    ByteReader in{payload.subspan(static_cast<std::size_t>(found - window.begin()) + magic.size())};
    Stamp stamp;
    stamp.sent = Instant{Duration{static_cast<Duration::rep>(in.u64())}};
    stamp.count = in.u64();
    if (!in.ok()) return std::nullopt;
    return stamp;
}

} // namespace parley::bench
