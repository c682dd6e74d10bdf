// Bits of a NAL unit, most significant first, without its emulation prevention bytes
// (ITU-T H.264 and H.265, section 7.4.1 and 7.4.2; codes of section 9.1).
#pragma once

#include "core/base/bytes.hpp"

#include <cstdint>

namespace parley::rtp {

/// Reading past the end gives zeroes and clears ok().
class NalBitReader {
  public:
    explicit NalBitReader(Bytes nal) : nal_{nal} {}

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
    /// Unsigned Exp-Golomb, ue(v).
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
        if (zeros_ == 2 && at_ < nal_.size() && nal_[at_] == 3) {
            ++at_;
            zeros_ = 0;
        }
        if (at_ >= nal_.size()) {
            ok_ = false;
            return;
        }
        byte_ = nal_[at_++];
        zeros_ = byte_ == 0 ? zeros_ + 1 : 0;
        left_ = 8;
    }

    Bytes nal_;
    std::size_t at_ = 0;
    unsigned byte_ = 0;
    unsigned left_ = 0;
    unsigned zeros_ = 0;
    bool ok_ = true;
};

} // namespace parley::rtp
