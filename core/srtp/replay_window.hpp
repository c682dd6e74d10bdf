// Replay protection of one stream (RFC 3711, section 3.3.2), and the table of a session's streams.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::srtp {

/// Remembers which of the last `size` packet indices have been accepted.
template <std::size_t size>
class ReplayWindow {
    static_assert(size % 64 == 0 && size > 0);

  public:
    explicit ReplayWindow(std::uint64_t first) : highest_{first} { set(first); }

    [[nodiscard]] std::uint64_t highest() const { return highest_; }

    /// True when `index` was not seen and is not too old to tell.
    [[nodiscard]] bool is_new(std::uint64_t index) const {
        if (index > highest_) return true;
        if (highest_ - index >= size) return false;
        return (bits_[word(index)] & bit(index)) == 0;
    }

    void accept(std::uint64_t index) {
        if (index > highest_) {
            const auto steps = std::min<std::uint64_t>(index - highest_, size);
            for (std::uint64_t i = 1; i <= steps; ++i)
                bits_[word(highest_ + i)] &= ~bit(highest_ + i);
            highest_ = index;
        }
        set(index);
    }

  private:
    static constexpr std::size_t word(std::uint64_t index) { return (index / 64) % (size / 64); }
    static constexpr std::uint64_t bit(std::uint64_t index) {
        return std::uint64_t{1} << (index % 64);
    }
    void set(std::uint64_t index) { bits_[word(index)] |= bit(index); }

    std::array<std::uint64_t, size / 64> bits_{};
    std::uint64_t highest_;
};

/// Windows by SSRC, found by a scan of the few SSRCs that a session has. When it is full, the
/// stream that was silent for the longest makes room.
template <class Window>
class StreamTable {
  public:
    explicit StreamTable(std::size_t limit) : limit_{limit} {}

    [[nodiscard]] std::size_t size() const { return ssrcs_.size(); }

    Window* find(std::uint32_t ssrc) {
        if (last_ < ssrcs_.size() && ssrcs_[last_] == ssrc) return &entries_[last_].window;
        const auto at = std::find(ssrcs_.begin(), ssrcs_.end(), ssrc);
        if (at == ssrcs_.end()) return nullptr;
        last_ = static_cast<std::size_t>(at - ssrcs_.begin());
        entries_[last_].used = ++uses_;
        return &entries_[last_].window;
    }

    void add(std::uint32_t ssrc, std::uint64_t index) {
        if (ssrcs_.size() >= limit_) evict();
        last_ = ssrcs_.size();
        ssrcs_.push_back(ssrc);
        entries_.push_back({Window{index}, ++uses_});
    }

  private:
    struct Entry {
        Window window;
        std::uint64_t used; ///< counts changes of stream, which is enough to tell the oldest
    };

    void evict() {
        const auto oldest =
            std::min_element(entries_.begin(), entries_.end(),
                             [](const Entry& a, const Entry& b) { return a.used < b.used; });
        ssrcs_[static_cast<std::size_t>(oldest - entries_.begin())] = ssrcs_.back();
        *oldest = entries_.back();
        ssrcs_.pop_back();
        entries_.pop_back();
    }

    std::vector<std::uint32_t> ssrcs_;
    std::vector<Entry> entries_;
    std::size_t limit_;
    std::size_t last_ = 0;
    std::uint64_t uses_ = 0;
};

} // namespace parley::srtp
