// An engine and clients of it in memory, in virtual time: real ICE, DTLS and SRTP at both ends, and
// no network in between.
#pragma once

#include "core/dtls/session.hpp"
#include "core/ice/ice_controller.hpp"
#include "core/room/engine.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtp/packet.hpp"
#include "core/sdp/session_description.hpp"
#include "core/srtp/receiver.hpp"
#include "core/srtp/sender.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace parley::room::test {

/// One RTCPeerConnection of a client.
class ClientPeer {
  public:
    struct Received {
        std::uint32_t ssrc = 0;
        std::uint16_t sequence = 0;
        std::uint32_t timestamp = 0;
        std::uint8_t payload_type = 0;
        bool marker = false;
        std::vector<std::uint8_t> payload;
    };

    explicit ClientPeer(std::uint16_t port);

    [[nodiscard]] std::string offer_publisher(bool audio, bool video) const;
    [[nodiscard]] std::string offer_viewer() const;
    /// Answers a server's offer; mids for which `supports` says no are refused.
    std::string answer(const std::string& offer,
                       const std::function<bool(const sdp::Media&)>& supports = {}) const;
    /// The server's transport, out of its offer or answer.
    void set_remote(const std::string& description, Instant now);

    void handle(Bytes datagram, Instant now);
    void tick(Instant now);
    [[nodiscard]] std::vector<std::vector<std::uint8_t>> take_outgoing(Instant now);
    [[nodiscard]] bool connected() const { return sender_.has_value(); }

    void send_video(std::uint16_t sequence, std::uint32_t timestamp, bool keyframe,
                    std::uint16_t picture_id);
    void send_audio(std::uint16_t sequence, std::uint32_t timestamp, std::uint8_t level);

    Flow flow;
    bool lost = false; ///< nothing comes through any more, either way
    ice::Credentials credentials = ice::Credentials::random();
    std::uint32_t audio_ssrc = 1111;
    std::uint32_t video_ssrc = 2222;
    std::vector<Received> rtp;
    std::vector<std::uint32_t> plis; ///< SSRCs that the server asked a keyframe of
    std::size_t nacks = 0;

  private:
    void send_rtp(std::vector<std::uint8_t> packet, std::size_t header_size,
                  std::uint16_t sequence);
    [[nodiscard]] std::string transport_lines(std::string_view setup) const;

    std::shared_ptr<const dtls::Context> context_;
    std::unique_ptr<ice::Controller> controller_;
    dtls::Session session_;
    std::optional<srtp::Sender> sender_;
    std::optional<srtp::Receiver> receiver_;
    std::vector<std::vector<std::uint8_t>> outgoing_;
};

class World {
  public:
    World();
    explicit World(EngineConfig config);

    ClientId join(const std::string& room, const std::string& name, Join join = {});
    void post(ClientId client, const std::string& room, CommandBody body,
              std::string request_id = {});
    /// Joins and publishes; the peer is connected afterwards.
    ClientPeer& publish(ClientId client, const std::string& room, bool audio = true,
                        bool video = true);
    /// Answers the newest offer to the client for `connection` on a (new or known) peer.
    ClientPeer& answer(ClientId client, const std::string& room,
                       const ConnectionName& connection = "subscriber",
                       const std::function<bool(const sdp::Media&)>& supports = {});

    ClientPeer& make_peer();
    /// Delivers what is under way, then lets `time` pass, deadline by deadline.
    void run(Duration time);
    /// One turn of the engine, and what it sends.
    void turn();

    template <class T>
    [[nodiscard]] std::vector<T> events(ClientId client) const {
        std::vector<T> found;
        for (const auto& event : log) {
            if (event.client != client) continue;
            if (const auto* body = std::get_if<T>(&event.body)) found.push_back(*body);
        }
        return found;
    }

    Instant now{Duration{1h}};
    std::vector<Event> log;
    std::vector<Notice> notices;
    std::vector<std::unique_ptr<ClientPeer>> peers;
    std::map<std::pair<ClientId, ConnectionName>, ClientPeer*> connections;
    SendBatch batch;
    std::unique_ptr<Engine> engine;

  private:
    void flush();
    bool exchange();

    std::vector<std::pair<Flow, std::vector<std::uint8_t>>> to_clients_;
    std::uint64_t next_client_ = 1;
    std::uint16_t next_port_ = 40000;
};

} // namespace parley::room::test
