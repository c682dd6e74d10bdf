// Writes headers bit by bit.
#pragma once

#include <cstdint>
#include <vector>

namespace parley::media::test {

class BitWriter {
  public:
    BitWriter& bits(std::uint32_t value, unsigned count) {
        while (count-- != 0) {
            if (used_ % 8 == 0) bytes_.push_back(0);
            bytes_.back() |= static_cast<std::uint8_t>((value >> count & 1) << (7 - used_ % 8));
            ++used_;
        }
        return *this;
    }
    BitWriter& ue(std::uint32_t value) {
        unsigned width = 0;
        while ((value + 1) >> width > 1)
            ++width;
        return bits(0, width).bits(value + 1, width + 1);
    }
    [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
    unsigned used_ = 0;
};

} // namespace parley::media::test
