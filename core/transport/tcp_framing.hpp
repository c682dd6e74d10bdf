// RFC 4571: datagrams over a byte stream, each behind its length in two bytes.
#pragma once

#include "core/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley {

inline constexpr std::size_t tcp_frame_header_size = 2;

/// Writes the frame's header; `size` is the datagram's, at most 65535.
constexpr void write_tcp_frame_header(std::uint8_t* out, std::size_t size) {
    store_be16(out, static_cast<std::uint16_t>(size));
}

/// Cuts a byte stream into datagrams. Bounded: it holds at most one frame of `max_frame` bytes.
class TcpDeframer {
  public:
    explicit TcpDeframer(std::size_t max_frame = 2048) : max_frame_{max_frame} {}

    /// Takes the bytes that were read. Drain next() before the next push(). `bytes` must stay
    /// valid, and unmoved, until next() has given nothing.
    void push(MutBytes bytes) { input_ = bytes; }
    /// The next whole datagram, to be used (and changed) before the next call; nothing when more
    /// bytes are needed, or when broken().
    std::optional<MutBytes> next();
    /// A frame was longer than allowed: the connection is of no further use.
    [[nodiscard]] bool broken() const { return broken_; }

  private:
    MutBytes input_;
    std::vector<std::uint8_t> partial_; ///< header and start of a frame split over two reads
    std::size_t max_frame_;
    bool broken_ = false;
    bool give_partial_ = false;
};

} // namespace parley
