#include "core/room/engine.hpp"

#include "core/ice/credentials.hpp"
#include "core/stun/message.hpp"

#include <fmt/format.h>

namespace parley::room {

namespace {
constexpr Duration room_tick = 100ms;
}

std::vector<sdp::LocalCandidate> Services::candidates(bool with_loopback) const {
    std::vector<sdp::LocalCandidate> candidates;
    std::vector<Endpoint> endpoints;
    for (auto endpoint : config.announce) {
        if (endpoint.port == 0) endpoint.port = config.port;
        endpoints.push_back(endpoint);
    }
    if (endpoints.empty()) {
        for (const auto& address : addresses)
            endpoints.push_back({address, config.port});
        if (with_loopback) endpoints.push_back({IpAddress::v4(127, 0, 0, 1), config.port});
    }
    for (const auto protocol : {Protocol::udp, Protocol::tcp}) {
        for (const auto& endpoint : endpoints)
            candidates.push_back({endpoint, protocol});
    }
    return candidates;
}

Engine::Engine(EngineConfig config, SendBatch& batch, std::function<void()> flush)
    : config_{std::move(config)}
    , batch_{batch}
    , flush_{std::move(flush)}
    , fan_out_{batch_, flush_}
    , services_{config_, batch_, outbox_, peers_, fan_out_, addresses_, tap_deadlines_} {}

Engine::~Engine() = default;

bool Engine::receive(const Flow& flow, MutBytes datagram, Instant now) {
    services_.now = now;
    Peer* peer = peers_.find(flow);
    if (const auto check = stun::MessageView::parse(datagram)) {
        // The user name tells whose check it is, whatever this five-tuple was used for before.
        if (auto* const named = peers_.find_ufrag(ice::target_ufrag(*check))) peer = named;
    }
    if (peer == nullptr || peer->finished() || !peer->receive(flow, datagram, now)) {
        ++counters_.dropped;
        return false;
    }
    return true;
}

void Engine::flow_closed(const Flow& flow, Instant now) {
    if (auto* const peer = peers_.find(flow)) peer->flow_closed(flow, now);
}

Room* Engine::find_or_open(const Command& command) {
    const auto found = rooms_.find(command.room);
    if (found != rooms_.end()) return found->second.get();
    const auto* join = std::get_if<Join>(&command.body);
    if (join == nullptr) return nullptr;
    if (!join->resume.empty()) {
        outbox_.error(command.client, ErrorCode::resume_failed,
                      "the session to resume is over: join without `resume`", command.request_id);
        return nullptr;
    }
    if (rooms_.size() >= join->limits.rooms) {
        outbox_.error(
            command.client, ErrorCode::too_many_rooms,
            fmt::format("there are {} rooms already, as many as are allowed", rooms_.size()),
            command.request_id);
        return nullptr;
    }
    return &find_or_open(command.room);
}

Room& Engine::find_or_open(const std::string& name) {
    auto& room = rooms_[name];
    if (!room) room = std::make_unique<Room>(services_, name);
    return *room;
}

void Engine::handle(const Command& command, Instant now) {
    services_.now = now;
    offers_due_ = true;
    if (auto* const room = find_or_open(command)) {
        room->handle(command, now);
    } else if (!std::holds_alternative<Join>(command.body) &&
               !std::holds_alternative<Detach>(command.body) &&
               !std::holds_alternative<ConsentFor>(command.body)) {
        outbox_.error(command.client, ErrorCode::not_joined, "the room is closed",
                      command.request_id);
    }
}

void Engine::open_tap(TapId id, TapAccess access, tap::Queue& out) {
    taps_[id] = {std::move(access), &out, nullptr};
}

bool Engine::receive_tap(TapId id, Bytes message, Instant now) {
    services_.now = now;
    const auto found = taps_.find(id);
    if (found == taps_.end()) return false;
    auto& slot = found->second;
    tap::RecordReader reader{message};
    while (const auto record = reader.next()) {
        if (record->type != tap::RecordType::control) {
            if (slot.tap) slot.tap->receive(*record, now);
            continue;
        }
        offers_due_ = true;
        if (const auto handled = handle_tap(id, slot, as_text(record->body), now); !handled) {
            slot.out->control(tap::Closed{handled.error().text}, now);
            return false;
        }
    }
    return !reader.broken();
}

/// An error ends the tap.
Result<void> Engine::handle_tap(TapId id, TapSlot& slot, std::string_view json, Instant now) {
    const auto request = config_.parse_tap(json);
    if (!request) {
        if (!slot.tap) return tl::make_unexpected(request.error());
        slot.out->control(
            tap::Refused{ErrorCode::bad_request, request.error().text, tap::no_stream}, now);
        return {};
    }
    if (slot.tap) {
        slot.tap->handle(*request, now);
        return {};
    }
    const auto* hello = std::get_if<tap::Hello>(&*request);
    if (hello == nullptr) return fail("a tap begins with `hello`");
    return greet(id, slot, *hello, now);
}

Result<void> Engine::greet(TapId id, TapSlot& slot, const tap::Hello& hello, Instant now) {
    if (hello.version != tap::protocol_version) {
        return fail(fmt::format("this server speaks version {} of the tap protocol, not {}",
                                tap::protocol_version, hello.version));
    }
    if (slot.access.room.empty()) slot.access.room = hello.room;
    const auto& room = slot.access.room;
    if (room.empty()) return fail("`hello` has to name a room");
    if (!hello.room.empty() && hello.room != room) {
        return fail(fmt::format("this tap is for the room \"{}\", not \"{}\"", room, hello.room));
    }
    slot.tap = std::make_unique<Tap>(services_, find_or_open(room), id, slot.access, hello,
                                     *slot.out, now);
    return {};
}

void Engine::close_tap(TapId id, Instant now) {
    services_.now = now;
    const auto found = taps_.find(id);
    if (found == taps_.end()) return;
    if (found->second.tap) found->second.tap->close("left", now);
    taps_.erase(found);
    offers_due_ = true;
}

void Engine::handle_timeout(Instant now) {
    services_.now = now;
    while (const auto id = tap_deadlines_.pop(now)) {
        const auto found = taps_.find(*id);
        if (found != taps_.end() && found->second.tap) found->second.tap->handle_timeout(now);
    }
    while (const auto id = peers_.deadlines().pop(now)) {
        if (auto* const peer = peers_.find(*id)) peer->handle_timeout(now);
    }
    if (now >= next_room_tick_) {
        next_room_tick_ = now + room_tick;
        for (auto& [name, room] : rooms_)
            room->handle_timeout(now);
        offers_due_ = true;
    }
}

void Engine::sweep_taps() {
    for (auto& [id, slot] : taps_) {
        if (!slot.tap || !slot.tap->finished()) continue;
        slot.tap.reset();
        outbox_.close_tap(id);
    }
}

void Engine::sweep(Instant now) {
    sweep_taps();
    for (const auto id : peers_.take_finished()) {
        auto* const peer = peers_.find(id);
        if (peer == nullptr) continue;
        auto& participant = peer->participant();
        participant.room->on_peer_finished(*peer, now);
        offers_due_ = true;
    }
    std::erase_if(rooms_, [](const auto& entry) { return entry.second->empty(); });
}

void Engine::end_turn(Instant now) {
    services_.now = now;
    fan_out_.run(now);
    sweep(now);
    if (std::exchange(offers_due_, false)) {
        for (auto& [name, room] : rooms_)
            room->make_offers(now);
    }
    if (!batch_.empty()) flush_();
}

Instant Engine::next_deadline(Instant now) {
    auto next = rooms_.empty() ? now + 1s : next_room_tick_;
    if (const auto peers = peers_.deadlines().next()) next = std::min(next, *peers);
    if (const auto taps = tap_deadlines_.next()) next = std::min(next, *taps);
    return next;
}

std::vector<RoomStats> Engine::stats(Instant now) const {
    std::vector<RoomStats> stats;
    for (const auto& [name, room] : rooms_)
        stats.push_back(room->stats(now));
    return stats;
}

void Engine::drain(Instant now) {
    for (auto& [name, room] : rooms_)
        room->drain(now);
    end_turn(now);
}

} // namespace parley::room
