// Percentiles, and the account of one receiver's sequence numbers.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::bench {

/// The value below which the part `p` (0 to 1) of the values lies; 0 when there are none. Reorders
/// the values.
template <class T>
T percentile(std::vector<T>& values, double p) {
    if (values.empty()) return T{};
    const auto at = std::min(values.size() - 1,
                             static_cast<std::size_t>(p * static_cast<double>(values.size())));
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at),
                     values.end());
    return values[at];
}

/// Counts each sequence number once, and what came twice, late or long after its time.
class SequenceAccount {
  public:
    void add(std::uint16_t sequence) {
        if (!started_) {
            started_ = true;
            newest_ = sequence;
            mark(sequence);
            ++unique_;
            return;
        }
        const auto step = static_cast<std::int16_t>(sequence - newest_);
        if (step > 0) {
            // Places that the window now gives to new numbers.
            for (int i = 1; i <= std::min<int>(step, window); ++i) {
                clear(static_cast<std::uint16_t>(newest_ + i));
            }
            newest_ = sequence;
            mark(sequence);
            ++unique_;
        } else if (step <= -window) {
            ++ancient_;
        } else if (marked(sequence)) {
            ++duplicates_;
        } else {
            mark(sequence);
            ++unique_;
            ++reordered_;
        }
    }
    /// Sets the counts to zero and keeps what the window has seen.
    void reset_counts() { unique_ = duplicates_ = reordered_ = ancient_ = 0; }

    [[nodiscard]] std::uint64_t unique() const { return unique_; }
    [[nodiscard]] std::uint64_t duplicates() const { return duplicates_; }
    [[nodiscard]] std::uint64_t reordered() const { return reordered_; }
    /// Older than the window: unique or not, nobody can tell. Counted as lost.
    [[nodiscard]] std::uint64_t ancient() const { return ancient_; }
    [[nodiscard]] std::uint16_t newest() const { return newest_; }

  private:
    static constexpr int window = 1024;

    void mark(std::uint16_t s) { seen_[s % window / 64] |= bit(s); }
    void clear(std::uint16_t s) { seen_[s % window / 64] &= ~bit(s); }
    [[nodiscard]] bool marked(std::uint16_t s) const {
        return (seen_[s % window / 64] & bit(s)) != 0;
    }
    static std::uint64_t bit(std::uint16_t s) { return std::uint64_t{1} << (s % 64); }

    std::array<std::uint64_t, window / 64> seen_{};
    std::uint64_t unique_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t reordered_ = 0;
    std::uint64_t ancient_ = 0;
    std::uint16_t newest_ = 0;
    bool started_ = false;
};

} // namespace parley::bench
