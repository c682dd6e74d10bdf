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
#include "core/room/tap.hpp"
#include "core/tap/queue.hpp"

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

    /// A client's end of a tap is there; it has yet to say hello. `out` outlives the tap and is
    /// emptied by the owner.
    void open_tap(TapId id, TapAccess access, tap::Queue& out);
    /// One message of a tap's client. False: it does not keep to the protocol, and is to be cut off
    /// when what `out` holds has been sent.
    bool receive_tap(TapId id, Bytes message, Instant now);
    /// The client is gone.
    void close_tap(TapId id, Instant now);

    void handle_timeout(Instant now);
    void end_turn(Instant now);
    [[nodiscard]] Instant next_deadline(Instant now);

    [[nodiscard]] Outbox& outbox() { return outbox_; }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] std::vector<RoomStats> stats(Instant now) const;
    /// Tells every client that the server goes down, and closes everything.
    void drain(Instant now);

  private:
    /// A client's end of a tap, and the tap once it has said hello.
    struct TapSlot {
        TapAccess access;
        tap::Queue* out = nullptr;
        std::unique_ptr<Tap> tap;
    };

    Room* find_or_open(const Command& command);
    Room& find_or_open(const std::string& name);
    Result<void> handle_tap(TapId id, TapSlot& slot, std::string_view json, Instant now);
    Result<void> greet(TapId id, TapSlot& slot, const tap::Hello& hello, Instant now);
    void sweep_taps();
    void sweep(Instant now);

    EngineConfig config_;
    SendBatch& batch_;
    std::function<void()> flush_;
    Outbox outbox_;
    PeerTable peers_;
    FanOut fan_out_;
    std::vector<IpAddress> addresses_;
    DeadlineQueue tap_deadlines_;
    Services services_;
    std::map<std::string, std::unique_ptr<Room>> rooms_;
    std::map<TapId, TapSlot> taps_; ///< after the rooms that they are in
    Instant next_room_tick_{};
    bool offers_due_ = false;
    Counters counters_;
};

} // namespace parley::room
