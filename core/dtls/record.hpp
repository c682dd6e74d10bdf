// The record layer's header (RFC 6347, section 4.1), as far as we read it beside OpenSSL.
#pragma once

#include "core/base/bytes.hpp"

#include <cstdint>
#include <optional>

namespace parley::dtls {

namespace content {
inline constexpr std::uint8_t change_cipher_spec = 20;
inline constexpr std::uint8_t alert = 21;
inline constexpr std::uint8_t handshake = 22;
inline constexpr std::uint8_t application_data = 23;
} // namespace content

inline constexpr std::size_t record_header_size = 13;
inline constexpr std::uint16_t dtls_1_2 = 0xFEFD;

struct Record {
    std::uint8_t type = 0;
    std::uint16_t version = 0;
    std::uint64_t sequence = 0; ///< with the epoch in the upper 16 bits
    Bytes payload;

    [[nodiscard]] std::uint16_t epoch() const { return static_cast<std::uint16_t>(sequence >> 48); }
};

/// Takes the first record off `datagram`; nothing when there is no whole one.
inline std::optional<Record> take_record(Bytes& datagram) {
    ByteReader reader{datagram};
    Record record;
    record.type = reader.u8();
    record.version = reader.u16();
    record.sequence = reader.u64();
    record.payload = reader.bytes(reader.u16());
    if (!reader.ok()) return {};
    datagram = reader.rest();
    return record;
}

} // namespace parley::dtls
