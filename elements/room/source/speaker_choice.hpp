// Whose tracks a pipeline sees that shows one at a time: the active speaker.
#pragma once

#include "core/base/time.hpp"

#include <optional>
#include <string>
#include <vector>

namespace parley::room_elements {

class SpeakerChoice {
  public:
    /// So long must another be the loudest to take over.
    static constexpr Duration hysteresis = 2s;

    /// Somebody who may be shown; the first one is.
    void add(const std::string& participant);
    /// Whoever is shown and goes makes room for the loudest of the others, else for anybody.
    void remove(const std::string& participant);
    /// Who speaks, the loudest first; those who may not be shown are passed over.
    void on_speakers(const std::vector<std::string>& loudest_first, Instant now);
    /// Looks at time.
    void poll(Instant now);

    [[nodiscard]] const std::optional<std::string>& current() const { return current_; }

  private:
    std::vector<std::string> candidates_;
    std::vector<std::string> speakers_; ///< of the candidates
    std::optional<std::string> current_;
    std::optional<std::string> challenger_;
    Instant challenger_since_{};
};

} // namespace parley::room_elements
