// Decides which rooms have an egress: when its process starts, starts again and ends. Sans-IO: what
// happens in the rooms, to the processes, and the time go in; what is to be done comes out.
#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/room/outbox.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace parley::egress {

enum class EgressId : std::uint32_t {};

enum class State : std::uint8_t {
    starting, ///< its process has been started
    running,  ///< its pipeline plays
    waiting,  ///< it died, and is started again later
    stopping, ///< it has been asked to end
    ended,    ///< by itself or as asked: not started again before its room has been empty
    failed,   ///< it cannot work as it is: likewise
};
std::string_view to_string(State state);

struct Policy {
    std::string rooms = "*"; ///< glob
    bool always = false;     ///< from the first participant on, or at once for a name without globs
    Duration linger = 10s;   ///< a room is empty for so long before its egress ends
    Duration grace = 5s;     ///< what an egress may take to end
    Duration shortest_backoff = 1s;
    Duration longest_backoff = 30s;
    Duration healthy = 60s; ///< who ran for so long starts with the shortest backoff again
};

/// How a process ended.
struct Exit {
    bool clean = false;  ///< it ended by itself or as asked, and all went well
    bool futile = false; ///< wrong usage: another try would end the same way
    std::string text;    ///< in words
};

struct Egress {
    EgressId id{};
    std::string room;
    State state = State::starting;
    std::string text; ///< why
    unsigned restarts = 0;
    Instant since{}; ///< of the state
};

struct StartProcess {
    EgressId id;
    std::string room;
};
/// By EOS, so that it finalises.
struct StopProcess {
    EgressId id;
};
/// It has not ended within its grace.
struct KillProcess {
    EgressId id;
};
struct Changed {
    Egress egress;
};
using Action = std::variant<StartProcess, StopProcess, KillProcess, Changed>;

namespace detail {

struct Entry {
    Egress egress;
    bool process = false; ///< there is one
    bool by_hand = false; ///< a person has stopped it
    Instant started{};
    Duration backoff{};
    std::optional<Instant> due; ///< the next try, or the end of the grace
};
struct Room {
    std::set<std::string> participants; ///< humans only
    std::set<std::string> tracks;       ///< of humans
    std::optional<Instant> empty_since;
    std::optional<Entry> entry;
};

} // namespace detail

class Supervisor {
  public:
    explicit Supervisor(Policy policy);

    void on_notice(const room::Notice& notice, Instant now);
    void on_server_here(Instant now);
    /// The media server is gone, and its rooms with it.
    void on_server_gone(Instant now);
    void on_running(EgressId id, Instant now);
    void on_exit(EgressId id, const Exit& exit, Instant now);

    /// As a person wants it: not started again before its room has been empty.
    Result<void> stop(EgressId id, Instant now);
    /// Everything ends, and nothing starts any more.
    void shut_down(Instant now);
    /// No process is left.
    [[nodiscard]] bool idle() const;

    void handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] std::vector<Action> take_actions();
    [[nodiscard]] std::vector<Egress> list() const;

  private:
    using Entry = detail::Entry;
    using Room = detail::Room;

    [[nodiscard]] bool matches(const std::string& room) const;
    [[nodiscard]] bool wanted(const std::string& name, const Room& room) const;
    /// Its egress may go on until the room has been empty for long enough.
    [[nodiscard]] bool lingers(const std::string& name, const Room& room, Instant now) const;
    void review(const std::string& name, Room& room, Instant now);
    void start(const std::string& name, Room& room, Instant now);
    void ask_to_stop(Entry& entry, Instant now);
    void set_state(Entry& entry, State state, std::string text, Instant now);
    Room* find(EgressId id);
    void forget_idle_rooms();

    Policy policy_;
    bool exact_;
    bool server_ = false;
    bool ending_ = false;
    std::uint32_t next_id_ = 1;
    std::map<std::string, Room> rooms_;
    std::vector<Action> actions_;
};

} // namespace parley::egress
