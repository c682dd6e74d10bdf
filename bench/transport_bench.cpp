// CPU of one call set-up (ICE check, DTLS handshake, SRTP keys) on the server's side alone, and the
// heap that a connected transport holds.
#include "core/dtls/session.hpp"
#include "core/ice/ice_controller.hpp"
#include "core/transport/transport.hpp"

#include <fmt/format.h>

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace {

using namespace parley;
using Micros = std::chrono::duration<double, std::micro>;

const Flow flow{{IpAddress::v4(192, 0, 2, 1), 5000}, IpAddress::v4(192, 0, 2, 2)};

std::size_t heap_in_use() {
    return mallinfo2().uordblks;
}

struct Setup {
    std::unique_ptr<Transport> server;
    Micros server_time{};
};

/// Runs one set-up in memory and times what happens inside the server's transport.
Setup connect(const std::shared_ptr<const dtls::Context>& server_context,
              const std::shared_ptr<const dtls::Context>& client_context, srtp::Profile profile) {
    const Instant now{1h};
    Setup setup;
    const auto timed = [&setup](auto&& call) {
        const auto begin = std::chrono::steady_clock::now();
        call();
        setup.server_time += std::chrono::steady_clock::now() - begin;
    };
    timed([&] {
        TransportConfig config;
        config.dtls = server_context;
        setup.server = std::make_unique<Transport>(std::move(config), now);
        setup.server->set_remote(client_context->fingerprint(), dtls::Role::passive, now);
    });
    ice::Controller controller{{"client", "client-password-0123456"}, setup.server->ice().local()};
    dtls::Session client{client_context, dtls::Role::active, {&profile, 1}};
    client.set_remote_fingerprint(server_context->fingerprint());
    controller.start(now);

    const auto to_server = [&](Bytes datagram) {
        std::vector<std::uint8_t> copy{datagram.begin(), datagram.end()};
        timed([&] { setup.server->handle(flow, copy, now); });
    };
    while (!setup.server->connected()) {
        if (const auto check = controller.poll_datagram()) to_server(*check);
        if (controller.state() == ice::Controller::State::connected) client.start(now);
        while (const auto datagram = client.poll_datagram())
            to_server(*datagram);
        while (const auto out = setup.server->poll_datagram()) {
            if (const auto message = stun::MessageView::parse(out->bytes)) {
                controller.handle_response(*message, now);
            } else {
                client.handle(out->bytes, now);
            }
        }
    }
    while (setup.server->poll_datagram()) {
    }
    while (setup.server->poll_event()) {
    }
    return setup;
}

} // namespace

int main() {
    const auto server_context = dtls::Context::create();
    const auto client_context = dtls::Context::create();
    if (!server_context || !client_context) return 1;
    for (const auto profile : srtp::all_profiles) {
        constexpr int count = 500;
        connect(*server_context, *client_context, profile); // what is allocated once only
        std::vector<Setup> setups;
        setups.reserve(count);
        const auto before = heap_in_use();
        std::vector<double> times;
        for (int i = 0; i < count; ++i) {
            setups.push_back(connect(*server_context, *client_context, profile));
            times.push_back(setups.back().server_time.count());
        }
        const auto heap = (heap_in_use() - before - times.capacity() * sizeof(double)) / count;
        std::ranges::sort(times);
        fmt::print(
            "{:<28} set-up {:>4.0f} us (median; best {:.0f})   heap {:>5} bytes a transport\n",
            srtp::name(profile), times[count / 2], times.front(), heap);
    }
}
