// The one place that decides when a layer's publisher is asked for a keyframe (PLI), and counts
// why.
#pragma once

#include "core/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parley {

enum class KeyframeReason : std::uint8_t {
    new_subscription,
    layer_switch,
    recorder,
    segment,
    decoder_refresh, ///< a subscriber's PLI or FIR
    loss,            ///< packets of the publisher's that could not be repaired
};
inline constexpr std::size_t keyframe_reason_count = 6;
std::string_view to_string(KeyframeReason reason); ///< "layer-switch"
std::optional<KeyframeReason> parse_keyframe_reason(std::string_view text);

/// One for each video layer. Requests are merged until a keyframe comes; while one is outstanding
/// the PLI is repeated, first after `min_interval`, then at twice the interval each time up to
/// `max_interval`, because PLIs get lost and a paused camera should not be flooded.
class KeyframeArbiter {
  public:
    struct Config {
        Duration min_interval = 400ms;
        Duration max_interval = 2s;
    };
    struct Counters {
        std::array<std::uint64_t, keyframe_reason_count> requests{};
        std::uint64_t merged = 0; ///< requests that found one pending
        std::uint64_t sent = 0;   ///< PLIs
        std::uint64_t keyframes = 0;
    };

    KeyframeArbiter();
    explicit KeyframeArbiter(const Config& config);

    void request(KeyframeReason reason, Instant now);
    /// The first packet of a keyframe has come: everyone who waits can start with it.
    void on_keyframe(Instant now);
    /// The source has woken up: a request that is outstanding is worth repeating at once.
    void hurry(Instant now);
    /// Nobody waits any more (the last subscription has gone).
    void cancel() { pending_ = false; }

    /// True when a PLI is to be sent now; it counts as sent.
    bool poll(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] bool pending() const { return pending_; }
    /// Of the request that the others were merged into.
    [[nodiscard]] KeyframeReason reason() const { return reason_; }
    [[nodiscard]] const Counters& counters() const { return counters_; }

  private:
    Config config_;
    bool pending_ = false;
    KeyframeReason reason_ = KeyframeReason::new_subscription;
    Instant due_{};                    ///< of the next PLI while pending_
    Duration retry_;                   ///< until the one after it
    std::optional<Instant> last_sent_; ///< for the budget
    Counters counters_;
};

} // namespace parley
