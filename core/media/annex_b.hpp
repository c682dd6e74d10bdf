// NAL units of a byte stream (ITU-T H.264 and H.265, annex B).
#pragma once

#include "core/base/bytes.hpp"

#include <cstddef>
#include <cstring>

namespace parley::media {

/// Walks the NAL units between start codes. What precedes the first one is left out.
class AnnexBReader {
  public:
    explicit AnnexBReader(Bytes stream) : stream_{stream}, at_{find_start(0)} {}

    /// Empty: there is none left.
    Bytes next() {
        while (at_ + start_code_size <= stream_.size()) {
            const auto begin = at_ + start_code_size;
            at_ = find_start(begin);
            auto end = at_;
            while (end > begin && stream_[end - 1] == 0)
                --end; // trailing_zero_8bits, and the first byte of a long start code
            if (end > begin) return stream_.subspan(begin, end - begin);
        }
        return {};
    }

  private:
    static constexpr std::size_t start_code_size = 3;

    // 00 00 01 at or behind `from`; the end of the stream when there is none.
    [[nodiscard]] std::size_t find_start(std::size_t from) const {
        auto at = from + start_code_size - 1;
        while (at < stream_.size()) {
            const auto* one = static_cast<const std::uint8_t*>(
                std::memchr(stream_.data() + at, 1, stream_.size() - at));
            if (one == nullptr) break;
            if (one[-1] == 0 && one[-2] == 0) {
                return static_cast<std::size_t>(one - stream_.data()) - (start_code_size - 1);
            }
            at = static_cast<std::size_t>(one - stream_.data()) + 1;
        }
        return stream_.size();
    }

    Bytes stream_;
    std::size_t at_;
};

} // namespace parley::media
