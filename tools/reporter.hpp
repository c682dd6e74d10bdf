// What `parley run` prints: lines for people, or with --json one JSON object a line for machines.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::tools {

/// Makes text from the network fit for a terminal: control characters, with which a participant's
/// name could forge lines or steer the terminal, become `?`, as does what is not UTF-8.
std::string printable(std::string_view text);

/// A `parley-room` or `parley-egress` element message: what happened in a room, or to an egress.
struct RoomEvent {
    std::string type; ///< "room", "egress"
    std::string kind; ///< "participant-joined"
    std::string room;
    std::string participant;
    std::string track;
    std::string egress; ///< its id
    std::string text;   ///< the whole in words

    /// Nothing where the structure is another one.
    static std::optional<RoomEvent> read(const GstStructure* structure);
};

class Reporter {
  public:
    explicit Reporter(bool json);

    void started(const std::vector<std::string>& addresses);
    void room(const RoomEvent& event);
    void note(std::string_view text); ///< for people only
    /// A line at the foot of a terminal, in the place of the one before; elsewhere nothing.
    void status(std::string_view text);
    [[nodiscard]] bool has_status_line() const { return terminal_; }
    /// The state of a part of the pipeline: for machines only.
    void state(std::string_view element, std::string_view state);
    void warning(std::string_view element, std::string_view text);
    void error(std::string_view element, std::string_view text);
    void ended(std::string_view reason);

  private:
    void problem(std::string_view type, std::string_view element, std::string_view text);

    void clear_status();

    bool json_;
    bool terminal_; ///< people watch a terminal
    bool status_shown_ = false;
    std::string last_warning_;
};

} // namespace parley::tools
