// A WHEP or WHIP server as a link (elements/tap/link.hpp): one webrtcbin, whose offer goes there by
// HTTP (RFC 9725 and draft-ietf-wish-whep).
#pragma once

#include "elements/room/remote/rooms_link.hpp"
#include "elements/tap/link.hpp"

#include <gst/gst.h>

#include <memory>

namespace parley::room_elements {

class HttpLink final : public tap::Link {
  public:
    enum class Direction { receive, publish };

    /// `config.uri` is the endpoint. What is received is one participant, called after `room`.
    static std::unique_ptr<HttpLink> start(GstBin* bin, RemoteConfig config, Direction direction,
                                           Handlers handlers);
    HttpLink(const HttpLink&) = delete;
    HttpLink& operator=(const HttpLink&) = delete;
    ~HttpLink() override;

    void send(const tap::Up& message) override;
    void send_rtp(const Packet& packet) override;
    void send_rtcp(tap::StreamId, Bytes) override {} ///< webrtcbin makes its own
    void flush() override {}
    [[nodiscard]] Counters counters() const override;

  private:
    class Session;
    struct Thread;

    explicit HttpLink(std::unique_ptr<Thread> thread);
    std::unique_ptr<Thread> thread_;
};

} // namespace parley::room_elements
