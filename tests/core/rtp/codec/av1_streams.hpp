// AV1 made by hand: what the tests cut and put together.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/av1_obu.hpp"

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace parley::rtp::test {

using Octets = std::vector<std::uint8_t>;

inline Octets joined(std::initializer_list<Octets> parts) {
    Octets all;
    for (const auto& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// An OBU with a size field.
inline Octets obu(ObuType type, const Octets& payload) {
    Octets bytes{static_cast<std::uint8_t>(static_cast<unsigned>(type) << 3 | 0x02)};
    std::uint8_t size[max_leb128_size];
    bytes.insert(bytes.end(), size, size + write_leb128(size, payload.size()));
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}
/// The same with an extension header.
inline Octets layer_obu(ObuType type, unsigned temporal, unsigned spatial, const Octets& payload) {
    auto bytes = obu(type, payload);
    bytes[0] |= 0x04;
    bytes.insert(bytes.begin() + 1, static_cast<std::uint8_t>(temporal << 5 | spatial << 3));
    return bytes;
}

inline const Octets delimiter{0x12, 0x00};
/// 640x360, main profile, as libaom writes it.
inline Octets sequence_header() {
    return obu(ObuType::sequence_header,
               {0x00, 0x00, 0x00, 0x0C, 0xC4, 0xFF, 0x67, 0x36, 0xBE, 0x40, 0x10});
}
/// Bytes that follow one another, so that one in a wrong place is seen.
inline Octets frame_payload(std::uint8_t first, std::size_t size) {
    Octets payload(size);
    for (std::size_t i = 0; i < size; ++i)
        payload[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    payload[0] = first;
    return payload;
}
inline Octets key_frame(std::size_t size) { // frame_type 0, show_frame
    return obu(ObuType::frame, frame_payload(0x10, size));
}
inline Octets delta_frame(std::size_t size) { // frame_type 1, show_frame
    return obu(ObuType::frame, frame_payload(0x30, size));
}
inline Octets hidden_frame(std::size_t size) { // frame_type 1, not shown
    return obu(ObuType::frame, frame_payload(0x20, size));
}

} // namespace parley::rtp::test
