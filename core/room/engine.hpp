// Everything that one worker owns: its rooms, their peers, and the way of a packet between them.
// Sans-IO: datagrams, commands and the time go in; datagrams, events and the next deadline come
// out.
//
// A turn: receive() for each datagram and handle() for each command, handle_timeout() where it is
// due, then end_turn(), all with one `now`.
#pragma once

#include "core/room/messages.hpp"
#include "core/room/outbox.hpp"
#include "core/room/room.hpp"
#include "core/room/services.hpp"
#include "core/room/stats.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace parley::room {

class Engine {
  public:
    struct Counters {
        std::uint64_t dropped = 0; ///< datagrams that were nobody's, or not authentic
    };

    /// `flush` sends what the batch holds and clears it; called in end_turn(), as often as needed.
    Engine(EngineConfig config, SendBatch& batch, std::function<void()> flush);
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;
    ~Engine();

    /// This machine's addresses, for candidates of connections to come.
    void set_addresses(std::vector<IpAddress> addresses) { addresses_ = std::move(addresses); }

    /// Decrypts in place. False when the datagram was nobody's.
    bool receive(const Flow& flow, MutBytes datagram, Instant now);
    void flow_closed(const Flow& flow, Instant now);
    void handle(const Command& command, Instant now);
    void handle_timeout(Instant now);
    void end_turn(Instant now);
    [[nodiscard]] Instant next_deadline(Instant now);

    [[nodiscard]] Outbox& outbox() { return outbox_; }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] std::vector<RoomStats> stats(Instant now) const;
    /// Tells every client that the server goes down, and closes everything.
    void drain(Instant now);

  private:
    Room* find_or_open(const Command& command);
    void sweep(Instant now);

    EngineConfig config_;
    SendBatch& batch_;
    std::function<void()> flush_;
    Outbox outbox_;
    PeerTable peers_;
    FanOut fan_out_;
    std::vector<IpAddress> addresses_;
    Services services_;
    std::map<std::string, std::unique_ptr<Room>> rooms_;
    Instant next_room_tick_{};
    bool offers_due_ = false;
    Counters counters_;
};

} // namespace parley::room
