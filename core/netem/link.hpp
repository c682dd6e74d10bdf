// One direction of an emulated network path, seeded and in virtual time.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::netem {

/// Small, seeded and the same on every machine (xoshiro256**); not for secrets.
class Random {
  public:
    explicit Random(std::uint64_t seed);
    std::uint64_t next();
    double unit();                   ///< in [0, 1)
    bool chance(double probability); ///< draws only for probabilities in (0, 1)
    double normal();                 ///< mean 0, deviation 1

  private:
    std::array<std::uint64_t, 4> state_;
};

/// Gilbert-Elliott: a good and a bad state, with a probability of change and of loss in each.
struct GilbertElliott {
    double to_bad = 0;  ///< p: good to bad, for each packet
    double to_good = 1; ///< r: bad to good
    double loss_good = 0;
    double loss_bad = 1;
};

struct LinkConfig {
    Duration latency{};
    Duration jitter{};                    ///< standard deviation; keeps the order of packets
    double loss = 0;                      ///< independent, 0 to 1
    std::optional<GilbertElliott> bursts; ///< in addition to `loss`
    double reorder = 0;                   ///< probability that a packet is held back
    Duration reorder_by = 20ms;
    double duplicate = 0;
    std::uint64_t rate = 0; ///< bit/s; 0 for no limit
    std::size_t queue = 0;  ///< bytes waiting for the rate limit; 0 for no bound
    bool blocked = false;   ///< everything is lost
};

class Link {
  public:
    struct Packet {
        std::vector<std::uint8_t> bytes;
        std::size_t size = 0; ///< bytes.size(), or what push() of a size said
        std::uint64_t tag = 0;
        Instant due{};
    };
    struct Counters {
        std::uint64_t pushed = 0;
        std::uint64_t delivered = 0;
        std::uint64_t lost = 0;     ///< by loss, bursts or blocking
        std::uint64_t overflow = 0; ///< by the queue's bound
        std::uint64_t reordered = 0;
        std::uint64_t duplicated = 0;
    };

    explicit Link(const LinkConfig& config, std::uint64_t seed = 1);

    /// `tag` comes back with the packet. `now` must not go back.
    void push(Bytes bytes, Instant now, std::uint64_t tag = 0);
    /// A packet of which only the size matters.
    void push(std::size_t size, Instant now, std::uint64_t tag = 0);

    /// The next packet that has arrived by `now`, in order of arrival.
    std::optional<Packet> pop(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    /// Packets on their way keep the conditions that they met.
    void configure(const LinkConfig& config) { config_ = config; }
    [[nodiscard]] const LinkConfig& config() const { return config_; }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] std::size_t in_flight() const { return flying_.size(); }

  private:
    struct Flying {
        std::uint64_t order = 0; ///< among packets due at once
        Packet packet;
    };

    void admit(const Packet& packet, Instant now);
    [[nodiscard]] bool lose();
    void fly(Packet packet, Instant due);
    static bool later(const Flying& a, const Flying& b);

    LinkConfig config_;
    Random random_;
    Counters counters_;
    std::vector<Flying> flying_; ///< a heap, the earliest on top
    Instant free_at_{};          ///< when the rate limit lets the next packet start
    Instant last_due_{};         ///< of the packets that keep their order
    std::uint64_t order_ = 0;
    bool bad_ = false;
};

} // namespace parley::netem
