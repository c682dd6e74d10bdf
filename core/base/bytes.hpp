// Bytes as spans, big-endian loads and stores, and a bounds-checked reader and writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace parley {

using Bytes = std::span<const std::uint8_t>;
using MutBytes = std::span<std::uint8_t>;

constexpr std::uint16_t load_be16(const std::uint8_t* p) {
    return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}
constexpr std::uint32_t load_be24(const std::uint8_t* p) {
    return std::uint32_t{p[0]} << 16 | std::uint32_t{p[1]} << 8 | p[2];
}
constexpr std::uint32_t load_be32(const std::uint8_t* p) {
    return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}
constexpr std::uint64_t load_be64(const std::uint8_t* p) {
    return std::uint64_t{load_be32(p)} << 32 | load_be32(p + 4);
}
constexpr void store_be16(std::uint8_t* p, std::uint16_t v) {
    p[0] = static_cast<std::uint8_t>(v >> 8);
    p[1] = static_cast<std::uint8_t>(v);
}
constexpr void store_be24(std::uint8_t* p, std::uint32_t v) {
    p[0] = static_cast<std::uint8_t>(v >> 16);
    p[1] = static_cast<std::uint8_t>(v >> 8);
    p[2] = static_cast<std::uint8_t>(v);
}
constexpr void store_be32(std::uint8_t* p, std::uint32_t v) {
    store_be16(p, static_cast<std::uint16_t>(v >> 16));
    store_be16(p + 2, static_cast<std::uint16_t>(v));
}
constexpr void store_be64(std::uint8_t* p, std::uint64_t v) {
    store_be32(p, static_cast<std::uint32_t>(v >> 32));
    store_be32(p + 4, static_cast<std::uint32_t>(v));
}

inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads big-endian fields in order. Reading past the end gives zeroes and clears ok(), so that a
/// parser checks once at its end instead of before each field.
class ByteReader {
  public:
    explicit ByteReader(Bytes bytes) : rest_{bytes} {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
    [[nodiscard]] Bytes rest() const { return rest_; }

    std::uint8_t u8() { return take(1) ? at_[0] : std::uint8_t{0}; }
    std::uint16_t u16() { return take(2) ? load_be16(at_) : std::uint16_t{0}; }
    std::uint32_t u24() { return take(3) ? load_be24(at_) : 0; }
    std::uint32_t u32() { return take(4) ? load_be32(at_) : 0; }
    std::uint64_t u64() { return take(8) ? load_be64(at_) : 0; }
    Bytes bytes(std::size_t n) { return take(n) ? Bytes{at_, n} : Bytes{}; }
    void skip(std::size_t n) { take(n); }

  private:
    bool take(std::size_t n) {
        if (!ok_ || rest_.size() < n) {
            ok_ = false;
            rest_ = {};
            return false;
        }
        at_ = rest_.data();
        rest_ = rest_.subspan(n);
        return true;
    }

    Bytes rest_;
    const std::uint8_t* at_ = nullptr;
    bool ok_ = true;
};

/// Writes big-endian fields in order into a buffer of the caller's. Writing past the end writes
/// nothing more and clears ok().
class ByteWriter {
  public:
    explicit ByteWriter(MutBytes buffer) : buffer_{buffer} {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Bytes written() const { return buffer_.first(size_); }

    void u8(std::uint8_t v) {
        if (auto* p = take(1)) *p = v;
    }
    void u16(std::uint16_t v) {
        if (auto* p = take(2)) store_be16(p, v);
    }
    void u24(std::uint32_t v) {
        if (auto* p = take(3)) store_be24(p, v);
    }
    void u32(std::uint32_t v) {
        if (auto* p = take(4)) store_be32(p, v);
    }
    void u64(std::uint64_t v) {
        if (auto* p = take(8)) store_be64(p, v);
    }
    void bytes(Bytes b) {
        if (b.empty()) return;
        if (auto* p = take(b.size())) std::memcpy(p, b.data(), b.size());
    }
    /// Room for n bytes that the caller fills; nullptr when there is none.
    std::uint8_t* take(std::size_t n) {
        if (!ok_ || buffer_.size() - size_ < n) {
            ok_ = false;
            return nullptr;
        }
        auto* p = buffer_.data() + size_;
        size_ += n;
        return p;
    }

  private:
    MutBytes buffer_;
    std::size_t size_ = 0;
    bool ok_ = true;
};

} // namespace parley
