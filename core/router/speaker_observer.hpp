// Who speaks in a room, and who is the loudest, from RFC 6464 audio levels.
#pragma once

#include "core/base/time.hpp"
#include "core/rtp/extension.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley {

class SpeakerObserver {
  public:
    /// Whatever the caller tells its participants (or their audio tracks) apart by.
    using Id = std::uint64_t;

    struct Config {
        std::uint8_t threshold = 50; ///< -dBov: quieter is not speech
        Duration onset = 100ms;      ///< so much sound makes a speaker
        Duration release = 700ms;    ///< so much silence ends it
        Duration hysteresis = 2s;    ///< so long must another be louder to take over
        Duration interval = 200ms;   ///< between changes of speakers()
    };
    struct Speaker {
        Id id = 0;
        std::uint8_t level = 127; ///< -dBov, smoothed
        bool operator==(const Speaker&) const = default;
    };

    SpeakerObserver();
    explicit SpeakerObserver(const Config& config);

    /// The level of one packet. Unknown ids are added.
    void on_level(Id id, rtp::AudioLevel level, Instant now);
    /// Muted or gone: stops speaking at once.
    void remove(Id id, Instant now);

    /// Looks at time; true when speakers() has changed.
    bool poll(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const { return due_; }

    /// Who speaks, loudest first.
    [[nodiscard]] const std::vector<Speaker>& speakers() const { return speakers_; }
    /// Who is to be seen: stays until another has been louder for the hysteresis, through silence
    /// too. Nothing until somebody has spoken.
    [[nodiscard]] std::optional<Id> loudest() const { return loudest_; }

  private:
    struct State {
        Id id = 0;
        double energy = 0; ///< smoothed, linear, 1 = 0 dBov
        Instant last{};
        Instant last_loud{};
        std::optional<Instant> loud_since;
        bool speaking = false;
    };

    void decide_loudest(const std::vector<Speaker>& speakers, Instant now);

    Config config_;
    std::vector<State> states_;
    std::vector<Speaker> speakers_;
    std::optional<Id> loudest_;
    std::optional<Id> challenger_;
    Instant challenger_since_{};
    std::optional<Instant> due_;
};

} // namespace parley
