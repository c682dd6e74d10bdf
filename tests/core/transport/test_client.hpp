// The other end of a Transport, in memory: what a browser does, with a loss of datagrams at will.
#pragma once

#include "core/base/time.hpp"
#include "core/dtls/session.hpp"
#include "core/ice/ice_controller.hpp"
#include "core/srtp/receiver.hpp"
#include "core/srtp/sender.hpp"
#include "core/transport/transport.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace parley {

inline std::shared_ptr<const dtls::Context> shared_context() {
    static const auto context = *dtls::Context::create();
    return context;
}

inline Flow udp_flow(std::uint8_t host, std::uint16_t port) {
    return {{IpAddress::v4(192, 0, 2, host), port}, IpAddress::v4(198, 51, 100, 1)};
}

/// Client and server, and the wire between them: one step delivers what lies on the wire, or
/// moves the time on to the next deadline.
class Pair {
  public:
    struct Options {
        dtls::Role client_role = dtls::Role::active;
        std::vector<srtp::Profile> client_profiles{srtp::all_profiles.begin(),
                                                   srtp::all_profiles.end()};
        ice::LiteConfig ice;
    };

    Pair() : Pair(Options{}) {}
    explicit Pair(const Options& options)
        : server{TransportConfig{shared_context(),
                                 {"srvufrag", "server-password-0123456789"},
                                 {srtp::all_profiles.begin(), srtp::all_profiles.end()},
                                 options.ice},
                 now}
        , controller{client_credentials, server.ice().local()}
        , client{client_context, options.client_role, options.client_profiles} {}

    void connect() {
        set_remote();
        start_client();
        run([this] { return client_sender.has_value() && server.connected(); });
    }

    void set_remote() {
        server.set_remote(
            client_context->fingerprint(),
            client.role() == dtls::Role::active ? dtls::Role::passive : dtls::Role::active, now);
    }

    void start_client() {
        client.set_remote_fingerprint(server.local_fingerprint());
        controller.start(now);
    }

    /// Until `done`, but for no longer than `limit` of virtual time. True when it was done.
    bool run(const std::function<bool()>& done, Duration limit = 60s) {
        const auto end = now + limit;
        while (!done()) {
            if (exchange()) continue;
            const auto next = next_deadline();
            if (!next || *next > end) {
                now = end;
                return done();
            }
            now = std::max(now, *next);
            tick();
        }
        return true;
    }
    void run_for(Duration time) {
        run([] { return false; }, time);
    }

    /// Delivers everything on the wire; false when nothing was.
    bool exchange() {
        bool any = false;
        while (auto datagram = controller.poll_datagram())
            any |= to_server(*datagram);
        if (controller.state() == ice::Controller::State::connected) client.start(now);
        while (auto datagram = client.poll_datagram())
            any |= to_server(*datagram);
        while (auto out = server.poll_datagram())
            any |= to_client(out->flow, out->bytes);
        while (auto event = server.poll_event())
            events.push_back(*event);
        note_keys();
        return any;
    }

    void tick() {
        server.handle_timeout(now);
        if (client_alive) {
            controller.handle_timeout(now);
            client.handle_timeout(now);
        }
    }

    bool to_server(Bytes datagram) {
        if (!client_alive) return false;
        if (lose && lose(true, datagram)) return true;
        std::vector<std::uint8_t> copy{datagram.begin(), datagram.end()};
        received = server.handle(flow, copy, now).kind;
        return true;
    }

    bool to_client(const Flow& to, Bytes datagram) {
        if (!client_alive || to != flow) return true;
        if (lose && lose(false, datagram)) return true;
        if (datagram[0] <= 3) {
            if (const auto message = stun::MessageView::parse(datagram)) {
                controller.handle_response(*message, now);
            }
        } else {
            client.handle(datagram, now);
        }
        return true;
    }

    /// One protected RTP packet of the client's; gives the bytes as they were on the wire.
    std::vector<std::uint8_t> rtp(std::uint32_t ssrc, std::uint16_t sequence) {
        std::vector<std::uint8_t> packet(12 + 20 + srtp::max_rtp_overhead);
        packet[0] = 0x80;
        packet[1] = 96;
        store_be16(&packet[2], sequence);
        store_be32(&packet[8], ssrc);
        packet.resize(client_sender->protect_rtp(packet, sequence, 12, 32, {}));
        return packet;
    }

    template <class T>
    [[nodiscard]] const T* event() const {
        for (const auto& event : events) {
            if (const auto* found = std::get_if<T>(&event)) return found;
        }
        return nullptr;
    }

    Instant now{Duration{1h}};
    std::shared_ptr<const dtls::Context> client_context = *dtls::Context::create();
    ice::Credentials client_credentials{"cliufrag", "client-password-0123456789"};
    Flow flow = udp_flow(7, 50000);
    Transport server;
    ice::Controller controller;
    dtls::Session client;
    std::optional<srtp::Sender> client_sender;
    std::optional<srtp::Receiver> client_receiver;
    std::vector<Transport::Event> events;
    Transport::Kind received =
        Transport::Kind::dropped; ///< what the last datagram was to the server
    std::function<bool(bool to_server, Bytes)> lose;
    bool client_alive = true;

  private:
    void note_keys() {
        const auto* keys = client.keys();
        if (keys == nullptr || client_sender) return;
        client_sender = std::move(*srtp::Sender::create(keys->profile, keys->local));
        client_receiver = std::move(*srtp::Receiver::create(keys->profile, keys->remote));
    }

    [[nodiscard]] std::optional<Instant> next_deadline() const {
        std::optional<Instant> next = server.next_deadline();
        const auto consider = [&](std::optional<Instant> other) {
            if (other && (!next || *other < *next)) next = other;
        };
        if (client_alive) {
            consider(controller.next_deadline());
            consider(client.next_deadline());
        }
        return next;
    }
};

} // namespace parley
