// A room of another server as a link (elements/tap/link.hpp): the rooms protocol over a WebSocket,
// and a webrtcbin for each participant that is received and for what is published.
#pragma once

#include "elements/room/remote/rooms_protocol.hpp"
#include "elements/tap/link.hpp"

#include <gst/gst.h>

#include <memory>
#include <string>
#include <vector>

namespace parley::room_elements {

struct RemoteConfig {
    std::string uri; ///< ws:// or wss://
    std::string room;
    std::string token;
    std::string tls_ca;      ///< PEM file of the authorities to trust; empty: the system's
    std::string participant; ///< the id wanted; empty: any
    std::string name;
    room::Role role = room::Role::agent;
    bool recording_consent = false;
    unsigned latency_ms = 200; ///< how long to wait for packets that come late or repaired
    unsigned timeout_ms = 10000;
};

class RoomsLink final : public tap::Link {
  public:
    /// Joins the room; peers are put into `bin`, which outlives this.
    static std::unique_ptr<RoomsLink> start(GstBin* bin, RemoteConfig config, Handlers handlers);
    RoomsLink(const RoomsLink&) = delete;
    RoomsLink& operator=(const RoomsLink&) = delete;
    ~RoomsLink() override;

    void send(const tap::Up& message) override;
    void send_rtp(const Packet& packet) override;
    void send_rtcp(tap::StreamId, Bytes) override {} ///< webrtcbin makes its own
    void flush() override {}
    [[nodiscard]] Counters counters() const override;

  private:
    class Session;
    struct Thread;

    explicit RoomsLink(std::unique_ptr<Thread> thread);
    std::unique_ptr<Thread> thread_;
};

} // namespace parley::room_elements
