// RTP packets (RFC 3550, section 5.1): a strict view of a received one, and the fixed header for
// sending.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/extension.hpp"
#include "core/rtp/sequence.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace parley::rtp {

inline constexpr std::size_t fixed_header_size = 12;

/// A parsed packet; points into the datagram that it was made from. Padding is stripped:
/// `payload()` is what the sender meant, and empty for a packet that is nothing but padding.
class PacketView {
  public:
    /// Nothing for anything that is not one well-formed RTP packet.
    static std::optional<PacketView> parse(Bytes datagram);

    [[nodiscard]] bool marker() const { return (data_[1] & 0x80) != 0; }
    [[nodiscard]] std::uint8_t payload_type() const { return data_[1] & 0x7F; }
    [[nodiscard]] std::uint16_t sequence() const { return load_be16(data_ + 2); }
    [[nodiscard]] std::uint32_t timestamp() const { return load_be32(data_ + 4); }
    [[nodiscard]] Ssrc ssrc() const { return Ssrc{load_be32(data_ + 8)}; }
    [[nodiscard]] std::size_t csrc_count() const { return data_[0] & 0x0F; }
    [[nodiscard]] Ssrc csrc(std::size_t i) const { return Ssrc{load_be32(data_ + 12 + 4 * i)}; }

    [[nodiscard]] Bytes payload() const { return {data_ + payload_offset_, payload_size_}; }
    [[nodiscard]] std::size_t header_size() const { return payload_offset_; }
    [[nodiscard]] std::size_t padding_size() const { return padding_size_; }
    [[nodiscard]] std::size_t size() const {
        return std::size_t{payload_offset_} + payload_size_ + padding_size_;
    }

    [[nodiscard]] ExtensionReader extensions() const {
        return {extension_profile_, {data_ + extension_offset_, extension_size_}};
    }
    /// The data of one extension; empty when the packet does not carry it.
    [[nodiscard]] Bytes find(std::uint8_t id) const;

  private:
    PacketView() = default;

    const std::uint8_t* data_ = nullptr;
    std::uint16_t payload_offset_ = 0;
    std::uint16_t payload_size_ = 0;
    std::uint16_t extension_profile_ = 0;
    std::uint16_t extension_offset_ = 0;
    std::uint16_t extension_size_ = 0;
    std::uint8_t padding_size_ = 0;
};

struct FixedHeader {
    std::uint8_t payload_type = 0; ///< 7 bits
    bool marker = false;
    bool extension = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    Ssrc ssrc{};
};

/// Writes the 12 bytes at `out`; the caller has room for them.
inline void write_fixed_header(std::uint8_t* out, const FixedHeader& header) {
    out[0] = header.extension ? 0x90 : 0x80;
    out[1] = static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | (header.payload_type & 0x7F));
    store_be16(out + 2, header.sequence);
    store_be32(out + 4, header.timestamp);
    store_be32(out + 8, value(header.ssrc));
}

} // namespace parley::rtp
