// Packs packet statuses into the chunks of transport-cc feedback
// (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1.2 to 3.1.4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace parley::rtcp {

enum class StatusSymbol : std::uint8_t { not_received = 0, small_delta = 1, large_delta = 2 };

/// Greedy: statuses gather until no chunk could hold one more, then the fullest chunk goes out.
class FeedbackChunks {
  public:
    /// Writes 16-bit chunks to `out` one after another; only counts them when it is nullptr.
    explicit FeedbackChunks(std::uint8_t* out) : out_{out} {}

    void add(StatusSymbol symbol);
    void add(StatusSymbol symbol, std::uint64_t times);
    /// Writes what is pending, which is never more than one chunk.
    void finish();

    /// Chunks written so far, without the pending one.
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    static constexpr std::size_t one_bit_symbols = 14;
    static constexpr std::size_t two_bit_symbols = 7;
    static constexpr std::size_t longest_run = 0x1FFF;

    [[nodiscard]] bool fits(StatusSymbol symbol) const;
    void emit();
    void write(std::uint16_t chunk);
    void write_run();
    void write_one_bit();
    void write_two_bit(std::size_t symbols);

    std::uint8_t* out_;
    std::size_t count_ = 0;
    std::array<StatusSymbol, one_bit_symbols> pending_{}; ///< the first of a run stands for all
    std::size_t size_ = 0;
    bool same_ = true; ///< a run so far
    bool large_ = false;
};

} // namespace parley::rtcp
