// What happens in a room and belongs to none of its tracks, as events for those downstream: the
// serialized custom event `parley-room` of docs/elements/rtcroomsrc.md.
//
// Each goes through all pads, under a number by which a receiver of several tells that it is the
// same. A pad that comes later is told who is there already, and whatever had no pad to go through.
#pragma once

#include "core/tap/messages.hpp"
#include "elements/common/gst_ptr.hpp"

#include <gst/gst.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace parley::room_elements {

class RoomNews {
  public:
    /// `at`: running time, where it is known.
    using Time = std::optional<GstClockTime>;

    GstPtr<GstEvent> joined(const room::ParticipantInfo& participant, Time at);
    GstPtr<GstEvent> left(const tap::ParticipantLeft& gone, Time at);
    GstPtr<GstEvent> consent(const tap::ConsentChanged& changed, Time at);
    /// Nothing where it is as it was: said anew after a lost connection.
    GstPtr<GstEvent> recording(const tap::RecordingChanged& changed, Time at);
    /// Nothing where the payload is none of a message.
    GstPtr<GstEvent> message(const tap::MessageReceived& received, Time at);

    /// What a new pad has to be told, the oldest first.
    [[nodiscard]] std::vector<GstPtr<GstEvent>> backlog() const;
    /// There was a pad, and it has been told: only what still holds is kept.
    void on_told();

  private:
    enum class Kind { joined, left, consent, recording, message };
    struct Item {
        GstPtr<GstEvent> event;
        Kind kind{};
        std::string participant;
        bool holds = false; ///< still true: a participant who is there, the last that was said
        bool told = false;
    };
    /// Of news that no pad has been told of; the oldest is forgotten.
    static constexpr std::size_t most_items = 4096;

    GstPtr<GstEvent> add(Kind kind, const std::string& participant, GstStructure* structure,
                         Time at);
    void supersede(Kind kind, const std::string& participant);

    std::deque<Item> items_;
    std::uint64_t next_serial_ = 1;
    std::optional<tap::RecordingChanged> recording_; ///< the last that was said
};

} // namespace parley::room_elements
