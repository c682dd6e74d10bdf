// Whatever a peer may send over its path, as RFC 4571 frames: the deframer, the first-byte demux,
// STUN, the DTLS handshake, records and SRTP.
#include "core/transport/tcp_framing.hpp"
#include "core/transport/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {

using namespace parley;

const Flow flow{{IpAddress::v4(192, 0, 2, 1), 5000}, IpAddress::v4(192, 0, 2, 2), Protocol::tcp, 1};

/// A check that opens the path, so that the rest is not dropped at the door.
std::vector<std::uint8_t> first_check(const ice::Credentials& credentials) {
    std::vector<std::uint8_t> buffer(256);
    const auto check = stun::MessageBuilder{buffer, stun::Class::request, stun::binding, {}}
                           .username(credentials.ufrag + ":peer")
                           .priority(1)
                           .ice_controlling(1)
                           .use_candidate()
                           .integrity(credentials.pwd)
                           .fingerprint()
                           .finish();
    buffer.resize(check.size());
    return buffer;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto context = *dtls::Context::create();
    const ice::Credentials credentials{"evtj", "VOkJxbRl1RmTxUk/WvJxBt"};
    const Instant now{1h};
    TransportConfig config;
    config.dtls = context;
    config.local = credentials;
    Transport transport{std::move(config), now};
    transport.set_remote(dtls::Fingerprint::of({}, dtls::HashAlgorithm::sha256),
                         dtls::Role::passive, now);
    auto check = first_check(credentials);
    transport.handle(flow, check, now);

    std::vector<std::uint8_t> stream{data, data + size};
    TcpDeframer deframer;
    deframer.push(stream);
    while (const auto frame = deframer.next()) {
        const auto received = transport.handle(flow, *frame, now);
        // Nobody here has the keys.
        if (received.kind == Transport::Kind::rtp || received.kind == Transport::Kind::rtcp) {
            std::abort();
        }
    }
    if (transport.connected()) std::abort();
    while (transport.poll_datagram()) {
    }
    while (transport.poll_event()) {
    }
    transport.handle_timeout(now + 1s);
    transport.close();
    return 0;
}
