// Bits of a video codec's headers, most significant first, with the codes that those are made of.
#pragma once

#include "core/base/bytes.hpp"

#include <cstdint>

namespace parley::rtp {

/// Reading past the end gives zeroes and clears ok(). `nal` leaves out emulation prevention bytes
/// (ITU-T H.264, section 7.4.1).
template <bool nal>
class BasicBitReader {
  public:
    explicit BasicBitReader(Bytes bytes) : bytes_{bytes} {}

    [[nodiscard]] bool ok() const { return ok_; }

    unsigned bit() {
        if (left_ == 0) load();
        if (!ok_) return 0;
        --left_;
        return byte_ >> left_ & 1U;
    }
    /// At most 32 bits.
    std::uint32_t bits(unsigned count) {
        std::uint32_t value = 0;
        while (count-- != 0)
            value = value << 1 | bit();
        return value;
    }
    void skip(unsigned count) {
        while (count-- != 0)
            bit();
    }
    /// Unsigned Exp-Golomb, ue(v) of H.264 and H.265 and uvlc() of AV1.
    std::uint32_t ue() {
        unsigned zeros = 0;
        while (ok_ && bit() == 0) {
            if (++zeros > 31) ok_ = false;
        }
        return ok_ ? ((std::uint32_t{1} << zeros) - 1) + bits(zeros) : 0;
    }
    /// Signed Exp-Golomb, se(v).
    std::int32_t se() {
        const auto code = ue();
        const auto magnitude = static_cast<std::int32_t>(code / 2 + code % 2);
        return code % 2 == 1 ? magnitude : -magnitude;
    }

  private:
    void load() {
        if (nal && zeros_ == 2 && at_ < bytes_.size() && bytes_[at_] == 3) {
            ++at_;
            zeros_ = 0;
        }
        if (at_ >= bytes_.size()) {
            ok_ = false;
            return;
        }
        byte_ = bytes_[at_++];
        zeros_ = byte_ == 0 ? zeros_ + 1 : 0;
        left_ = 8;
    }

    Bytes bytes_;
    std::size_t at_ = 0;
    unsigned byte_ = 0;
    unsigned left_ = 0;
    unsigned zeros_ = 0;
    bool ok_ = true;
};

using BitReader = BasicBitReader<false>;
using NalBitReader = BasicBitReader<true>;

} // namespace parley::rtp
