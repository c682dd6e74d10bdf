// Open bitstream units (AV1 specification, section 5.3) and their sizes.
#pragma once

#include "core/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace parley::rtp {

/// Section 6.2.2; others are reserved.
enum class ObuType : std::uint8_t {
    sequence_header = 1,
    temporal_delimiter = 2,
    frame_header = 3,
    tile_group = 4,
    metadata = 5,
    frame = 6,
    redundant_frame_header = 7,
    tile_list = 8,
    padding = 15,
};

/// One OBU without its size field; points into what it was read from.
struct Av1Obu {
    ObuType type{};
    bool has_extension = false;
    std::uint8_t temporal_id = 0;
    std::uint8_t spatial_id = 0;
    std::array<std::uint8_t, 2> header{}; ///< obu_has_size_field is 0
    Bytes payload;

    [[nodiscard]] std::size_t header_size() const { return has_extension ? 2 : 1; }
    [[nodiscard]] Bytes header_bytes() const { return Bytes{header}.first(header_size()); }
    [[nodiscard]] std::size_t size() const { return header_size() + payload.size(); }

    /// `bytes` is one OBU, with or without a size field. What follows the size is left out.
    static std::optional<Av1Obu> parse(Bytes bytes);
};

/// Whether it is sent over RTP: temporal delimiters and tile lists are not (section 5 of the
/// payload format), and padding is of no use to anybody.
constexpr bool travels(ObuType type) {
    return type != ObuType::temporal_delimiter && type != ObuType::tile_list &&
           type != ObuType::padding;
}

/// Walks the low-overhead bytestream format (section 5.2): each OBU has a size, the last one may
/// go without. What does not fit ends the walk with broken().
class Av1ObuReader {
  public:
    explicit Av1ObuReader(Bytes stream) : rest_{stream} {}
    std::optional<Av1Obu> next();
    [[nodiscard]] bool broken() const { return broken_; }

  private:
    Bytes rest_;
    bool broken_ = false;
};

inline constexpr std::size_t max_leb128_size = 5; ///< of 32 bits

/// Section 4.10.5, of a size: at most 32 bits.
std::optional<std::size_t> read_leb128(ByteReader& reader);
std::size_t leb128_size(std::size_t value);
/// Writes leb128_size(value) bytes and tells how many.
std::size_t write_leb128(std::uint8_t* to, std::size_t value);

} // namespace parley::rtp
