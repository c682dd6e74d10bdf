#include "core/rtp/codec/av1_obu.hpp"

namespace parley::rtp {

namespace {

constexpr unsigned forbidden_bit = 0x80;
constexpr unsigned extension_bit = 0x04;
constexpr unsigned has_size_bit = 0x02;

/// An OBU from the front; the reader stands behind it afterwards.
std::optional<Av1Obu> read_obu(ByteReader& reader) {
    const auto first = reader.u8();
    if (!reader.ok() || first & forbidden_bit) return {};
    Av1Obu obu;
    obu.type = static_cast<ObuType>(first >> 3 & 0x0F);
    obu.header[0] = static_cast<std::uint8_t>(first & ~has_size_bit);
    obu.has_extension = first & extension_bit;
    if (obu.has_extension) {
        obu.header[1] = reader.u8();
        obu.temporal_id = obu.header[1] >> 5;
        obu.spatial_id = obu.header[1] >> 3 & 0x03;
    }
    auto size = std::optional{reader.remaining()};
    if (first & has_size_bit) size = read_leb128(reader);
    if (!size || !reader.ok()) return {};
    obu.payload = reader.bytes(*size);
    return reader.ok() ? std::optional{obu} : std::nullopt;
}

} // namespace

std::optional<Av1Obu> Av1Obu::parse(Bytes bytes) {
    ByteReader reader{bytes};
    return read_obu(reader);
}

std::optional<Av1Obu> Av1ObuReader::next() {
    if (broken_ || rest_.empty()) return {};
    ByteReader reader{rest_};
    auto obu = read_obu(reader);
    broken_ = !obu;
    rest_ = reader.rest();
    return obu;
}

std::optional<std::size_t> read_leb128(ByteReader& reader) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) {
        const auto byte = reader.u8();
        value |= std::uint64_t{byte & 0x7FU} << (7 * i);
        if (!(byte & 0x80)) {
            return reader.ok() && value <= 0xFFFFFFFF ? std::optional<std::size_t>{value}
                                                      : std::nullopt;
        }
    }
    return {};
}

std::size_t leb128_size(std::size_t value) {
    std::size_t size = 1;
    while (value >>= 7)
        ++size;
    return size;
}

std::size_t write_leb128(std::uint8_t* to, std::size_t value) {
    std::size_t size = 0;
    do {
        const auto more = value > 0x7F ? 0x80U : 0U;
        to[size++] = static_cast<std::uint8_t>(more | (value & 0x7F));
        value >>= 7;
    } while (value != 0);
    return size;
}

} // namespace parley::rtp
