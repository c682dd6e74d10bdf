// RTP's wrapping counters: 16-bit sequence numbers and 32-bit timestamps, compared and unwrapped.
#pragma once

#include <cstdint>
#include <optional>

namespace parley::rtp {

/// A synchronisation source (RFC 3550, section 3). A type of its own, so that it is never mistaken
/// for a sequence number or a timestamp.
enum class Ssrc : std::uint32_t {};

constexpr std::uint32_t value(Ssrc ssrc) {
    return static_cast<std::uint32_t>(ssrc);
}

/// Distance from `from` to `to` the short way round: positive when `to` is the newer.
constexpr std::int16_t distance(std::uint16_t from, std::uint16_t to) {
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(to - from));
}
constexpr std::int32_t distance(std::uint32_t from, std::uint32_t to) {
    return static_cast<std::int32_t>(to - from);
}

/// A 16-bit sequence number with the order of RFC 1982: exactly half the circle apart compares as
/// older both ways, so do not sort by it.
struct Seq {
    std::uint16_t value = 0;

    constexpr Seq() = default;
    constexpr explicit Seq(std::uint16_t v) : value{v} {}
    constexpr Seq next() const { return Seq{static_cast<std::uint16_t>(value + 1)}; }
    /// Is this newer than `other`?
    constexpr bool after(Seq other) const { return distance(other.value, value) > 0; }
    constexpr bool operator==(const Seq&) const = default;
};

/// Unwraps a wrapping counter to 64 bits: each value is taken to be the one nearest to the newest
/// value seen. The first value starts in the second cycle and the reference never moves back, so
/// that older values stay positive.
template <class Wrapped>
class Unwrapper {
  public:
    static constexpr std::uint64_t cycle = std::uint64_t{1} << (8 * sizeof(Wrapped));

    /// The extended value; moves the reference forward when `v` is newer.
    std::uint64_t unwrap(Wrapped v) {
        const std::uint64_t extended = peek(v);
        if (!newest_ || extended > *newest_) newest_ = extended;
        return extended;
    }
    /// The extended value, without moving the reference.
    [[nodiscard]] std::uint64_t peek(Wrapped v) const {
        if (!newest_) return cycle + v;
        const auto step = distance(static_cast<Wrapped>(*newest_), v);
        return *newest_ + static_cast<std::uint64_t>(std::int64_t{step});
    }
    /// The sender started over at `v`: takes the smallest extended value above all earlier ones.
    std::uint64_t restart(Wrapped v) {
        const std::uint64_t floor = newest_ ? *newest_ + 1 : cycle;
        newest_ = floor + static_cast<Wrapped>(v - static_cast<Wrapped>(floor));
        return *newest_;
    }
    [[nodiscard]] std::optional<std::uint64_t> newest() const { return newest_; }
    void reset() { newest_.reset(); }

  private:
    std::optional<std::uint64_t> newest_;
};

using SeqUnwrapper = Unwrapper<std::uint16_t>;
using TimestampUnwrapper = Unwrapper<std::uint32_t>;

} // namespace parley::rtp
