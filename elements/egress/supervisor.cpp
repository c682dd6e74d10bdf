#include "elements/egress/supervisor.hpp"

#include <fmt/format.h>

#include <glib.h>

#include <algorithm>
#include <utility>

namespace parley::egress {

namespace {

/// What a process that has been told to end has beyond its own grace.
constexpr Duration kill_margin = 2s;

bool has_globs(const std::string& text) {
    return text.find_first_of("*?") != std::string::npos;
}

} // namespace

std::string_view to_string(State state) {
    switch (state) {
    case State::starting:
        return "starting";
    case State::running:
        return "running";
    case State::waiting:
        return "waiting";
    case State::stopping:
        return "stopping";
    case State::ended:
        return "ended";
    case State::failed:
        return "failed";
    }
    return "unknown";
}

Supervisor::Supervisor(Policy policy)
    : policy_{std::move(policy)}, exact_{!has_globs(policy_.rooms)} {}

void Supervisor::on_server_here(Instant now) {
    server_ = true;
    if (policy_.always && exact_) review(policy_.rooms, rooms_[policy_.rooms], now);
}

bool Supervisor::matches(const std::string& room) const {
    return g_pattern_match_simple(policy_.rooms.c_str(), room.c_str()) != FALSE;
}

void Supervisor::on_notice(const room::Notice& notice, Instant now) {
    using Kind = room::Notice::Kind;
    if (!matches(notice.room)) return;
    const bool came =
        notice.kind == Kind::participant_joined || notice.kind == Kind::track_published;
    if (came && !notice.human) return;
    auto found = rooms_.find(notice.room);
    if (found == rooms_.end()) {
        if (!came) return;
        found = rooms_.emplace(notice.room, Room{}).first;
    }
    auto& room = found->second;
    switch (notice.kind) {
    case Kind::participant_joined:
        room.participants.insert(notice.participant);
        break;
    case Kind::participant_left:
        room.participants.erase(notice.participant);
        break;
    case Kind::track_published:
        room.tracks.insert(notice.track);
        break;
    case Kind::track_unpublished:
        room.tracks.erase(notice.track);
        break;
    case Kind::room_closed:
        room.participants.clear();
        room.tracks.clear();
        break;
    case Kind::room_opened:
    case Kind::recording_started:
    case Kind::recording_stopped:
        return;
    }
    review(found->first, room, now);
    forget_idle_rooms();
}

void Supervisor::on_server_gone(Instant now) {
    server_ = false;
    for (auto& [name, room] : rooms_) {
        room.participants.clear();
        room.tracks.clear();
        review(name, room, now);
    }
    forget_idle_rooms();
}

bool Supervisor::wanted(const std::string& name, const Room& room) const {
    if (ending_ || !server_) return false;
    if (policy_.always) return (exact_ && name == policy_.rooms) || !room.participants.empty();
    return !room.tracks.empty();
}

bool Supervisor::lingers(const std::string& name, const Room& room, Instant now) const {
    if (ending_) return false;
    if (policy_.always && exact_ && name == policy_.rooms && server_) return true;
    return !room.empty_since || now < *room.empty_since + policy_.linger;
}

void Supervisor::review(const std::string& name, Room& room, Instant now) {
    if (!room.participants.empty()) {
        room.empty_since.reset();
    } else if (!room.empty_since) {
        room.empty_since = now;
    }
    if (!room.entry) {
        if (wanted(name, room)) start(name, room, now);
        return;
    }
    auto& entry = *room.entry;
    if (lingers(name, room, now)) return;
    if (entry.process) {
        if (entry.egress.state != State::stopping) ask_to_stop(entry, now);
        return;
    }
    // What ended, failed or waited for its next try: over with the room's emptiness.
    if (entry.egress.state == State::waiting) {
        set_state(entry, State::ended, "the room is empty", now);
    }
    room.entry.reset();
}

void Supervisor::start(const std::string& name, Room& room, Instant now) {
    if (!room.entry) {
        room.entry.emplace();
        room.entry->egress.id = EgressId{next_id_++};
        room.entry->egress.room = name;
    }
    auto& entry = *room.entry;
    entry.process = true;
    entry.started = now;
    entry.due.reset();
    actions_.emplace_back(StartProcess{entry.egress.id, name});
    set_state(entry, State::starting, {}, now);
}

void Supervisor::ask_to_stop(Entry& entry, Instant now) {
    entry.due = now + policy_.grace + kill_margin;
    actions_.emplace_back(StopProcess{entry.egress.id});
    set_state(entry, State::stopping, {}, now);
}

void Supervisor::set_state(Entry& entry, State state, std::string text, Instant now) {
    entry.egress.state = state;
    entry.egress.text = std::move(text);
    entry.egress.since = now;
    actions_.emplace_back(Changed{entry.egress});
}

Supervisor::Room* Supervisor::find(EgressId id) {
    const auto found = std::find_if(rooms_.begin(), rooms_.end(), [id](const auto& room) {
        return room.second.entry && room.second.entry->egress.id == id;
    });
    return found == rooms_.end() ? nullptr : &found->second;
}

void Supervisor::on_running(EgressId id, Instant now) {
    auto* const room = find(id);
    if (room == nullptr || room->entry->egress.state != State::starting) return;
    set_state(*room->entry, State::running, {}, now);
}

void Supervisor::on_exit(EgressId id, const Exit& exit, Instant now) {
    auto* const room = find(id);
    if (room == nullptr || !room->entry->process) return;
    auto& entry = *room->entry;
    const auto name = entry.egress.room;
    const bool stopped = entry.egress.state == State::stopping;
    const bool by_hand = entry.by_hand;
    entry.process = false;
    entry.due.reset();
    if (stopped || exit.clean) {
        set_state(entry, State::ended, exit.text, now);
    } else if (exit.futile) {
        set_state(entry, State::failed, exit.text, now);
    } else {
        const bool was_healthy = now - entry.started >= policy_.healthy;
        entry.backoff = was_healthy ? policy_.shortest_backoff
                                    : std::clamp(entry.backoff * 2, policy_.shortest_backoff,
                                                 policy_.longest_backoff);
        entry.due = now + entry.backoff;
        ++entry.egress.restarts;
        set_state(entry, State::waiting, exit.text, now);
    }
    // A room that came back to life while its egress was ending gets another.
    if (stopped && !by_hand) room->entry.reset();
    review(name, *room, now);
    forget_idle_rooms();
}

Result<void> Supervisor::stop(EgressId id, Instant now) {
    auto* const room = find(id);
    if (room == nullptr) return fail("there is no such egress");
    auto& entry = *room->entry;
    entry.by_hand = true;
    if (entry.process) {
        if (entry.egress.state != State::stopping) ask_to_stop(entry, now);
    } else if (entry.egress.state == State::waiting) {
        entry.due.reset();
        set_state(entry, State::ended, "as asked", now);
    }
    return {};
}

void Supervisor::shut_down(Instant now) {
    ending_ = true;
    for (auto& [name, room] : rooms_)
        review(name, room, now);
    forget_idle_rooms();
}

bool Supervisor::idle() const {
    return std::none_of(rooms_.begin(), rooms_.end(), [](const auto& room) {
        return room.second.entry && room.second.entry->process;
    });
}

void Supervisor::handle_timeout(Instant now) {
    for (auto& [name, room] : rooms_) {
        if (room.entry && room.entry->due && *room.entry->due <= now) {
            auto& entry = *room.entry;
            entry.due.reset();
            if (entry.egress.state == State::stopping) {
                actions_.emplace_back(KillProcess{entry.egress.id});
            } else if (entry.egress.state == State::waiting && server_ &&
                       lingers(name, room, now)) {
                start(name, room, now);
            }
        }
        review(name, room, now);
    }
    forget_idle_rooms();
}

std::optional<Instant> Supervisor::next_deadline() const {
    std::optional<Instant> next;
    const auto consider = [&](Instant at) {
        if (!next || at < *next) next = at;
    };
    for (const auto& [name, room] : rooms_) {
        if (!room.entry) continue;
        if (room.entry->due) consider(*room.entry->due);
        const bool stays = policy_.always && exact_ && name == policy_.rooms && server_;
        if (room.empty_since && room.entry->egress.state != State::stopping && !stays) {
            consider(*room.empty_since + policy_.linger);
        }
    }
    return next;
}

std::vector<Action> Supervisor::take_actions() {
    return std::exchange(actions_, {});
}

std::vector<Egress> Supervisor::list() const {
    std::vector<Egress> all;
    for (const auto& [name, room] : rooms_) {
        if (room.entry) all.push_back(room.entry->egress);
    }
    return all;
}

void Supervisor::forget_idle_rooms() {
    std::erase_if(rooms_, [](const auto& room) {
        return !room.second.entry && room.second.participants.empty() && room.second.tracks.empty();
    });
}

} // namespace parley::egress
