#include "core/rtcp/feedback_chunks.hpp"

#include "core/base/bytes.hpp"

#include <algorithm>

namespace parley::rtcp {

bool FeedbackChunks::fits(StatusSymbol symbol) const {
    if (size_ < two_bit_symbols) return true;
    if (same_ && pending_[0] == symbol) return size_ < longest_run;
    return size_ < one_bit_symbols && !large_ && symbol != StatusSymbol::large_delta;
}

void FeedbackChunks::add(StatusSymbol symbol) {
    while (!fits(symbol))
        emit();
    same_ = same_ && (size_ == 0 || pending_[0] == symbol);
    large_ = large_ || symbol == StatusSymbol::large_delta;
    if (size_ < pending_.size()) pending_[size_] = symbol;
    ++size_;
}

void FeedbackChunks::add(StatusSymbol symbol, std::uint64_t times) {
    for (; times != 0; --times)
        add(symbol);
}

void FeedbackChunks::emit() {
    if (same_) return write_run();
    if (size_ == one_bit_symbols) return write_one_bit();
    write_two_bit(two_bit_symbols);
}

void FeedbackChunks::finish() {
    if (size_ == 0) return;
    if (same_) return write_run();
    if (size_ <= two_bit_symbols) return write_two_bit(size_);
    write_one_bit();
}

void FeedbackChunks::write(std::uint16_t chunk) {
    if (out_ != nullptr) store_be16(out_ + count_ * 2, chunk);
    ++count_;
}

void FeedbackChunks::write_run() {
    write(static_cast<std::uint16_t>(static_cast<unsigned>(pending_[0]) << 13 | size_));
    size_ = 0;
    same_ = true;
    large_ = false;
}

void FeedbackChunks::write_one_bit() {
    unsigned chunk = 0x8000;
    for (std::size_t i = 0; i < size_; ++i) {
        chunk |= static_cast<unsigned>(pending_[i]) << (one_bit_symbols - 1 - i);
    }
    write(static_cast<std::uint16_t>(chunk));
    size_ = 0;
    same_ = true;
    large_ = false;
}

void FeedbackChunks::write_two_bit(std::size_t symbols) {
    unsigned chunk = 0xC000;
    for (std::size_t i = 0; i < symbols; ++i) {
        chunk |= static_cast<unsigned>(pending_[i]) << (2 * (two_bit_symbols - 1 - i));
    }
    write(static_cast<std::uint16_t>(chunk));
    std::copy(pending_.begin() + static_cast<std::ptrdiff_t>(symbols),
              pending_.begin() + static_cast<std::ptrdiff_t>(size_), pending_.begin());
    size_ -= symbols;
    const auto rest_end = pending_.begin() + static_cast<std::ptrdiff_t>(size_);
    same_ = std::all_of(pending_.begin(), rest_end,
                        [this](StatusSymbol symbol) { return symbol == pending_[0]; });
    large_ = std::find(pending_.begin(), rest_end, StatusSymbol::large_delta) != rest_end;
}

} // namespace parley::rtcp
