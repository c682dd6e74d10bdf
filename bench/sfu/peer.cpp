#include "bench/sfu/peer.hpp"

#include "core/rtcp/packet.hpp"
#include "core/stun/message.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>

namespace parley::bench {

Instant clock_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return Instant{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

Result<std::unique_ptr<Peer>> Peer::open(const PeerSettings& settings) {
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(fmt::format("opening a UDP socket: {}", std::strerror(errno)));
    const int size = settings.receive_buffer;
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    const int on = 1;
    if (settings.receive_timestamps) {
        ::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    }
    ::setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        auto error = fmt::format("binding a UDP socket: {}", std::strerror(errno));
        ::close(fd);
        return fail(std::move(error));
    }
    const Endpoint local{IpAddress::v4(127, 0, 0, 1), ntohs(address.sin_port)};
    return std::unique_ptr<Peer>{new Peer{settings, fd, local}};
}

Peer::Peer(const PeerSettings& settings, int socket, Endpoint address)
    : socket_{socket}
    , address_{address}
    , credentials_{ice::Credentials::random()}
    , profile_{settings.profile}
    , fingerprint_{settings.certificate->fingerprint()}
    , certificate_{settings.certificate} {}

Peer::~Peer() {
    ::close(socket_);
}

LocalDescription Peer::local() const {
    LocalDescription local;
    local.credentials = credentials_;
    local.fingerprint = fingerprint_;
    local.candidate = address_;
    return local;
}

Result<void> Peer::connect(const RemoteDescription& remote, Instant now) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(remote.candidate.port);
    std::memcpy(&address.sin_addr, remote.candidate.address.bytes.data() + 12, 4);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return fail(fmt::format("connecting to {}: {}", remote.candidate.to_string(),
                                std::strerror(errno)));
    }
    server_ = remote.candidate;
    ice_.emplace(credentials_, remote.credentials);
    dtls_.emplace(certificate_, remote.active ? dtls::Role::passive : dtls::Role::active,
                  std::span{&profile_, 1});
    dtls_->set_remote_fingerprint(remote.fingerprint);
    ice_->start(now);
    flush(now);
    return {};
}

Peer::Traffic Peer::handle(MutBytes datagram, Instant now) {
    if (datagram.empty() || !ice_) return Traffic::unknown;
    // RFC 7983
    const auto first = datagram[0];
    if (first >= 128 && first <= 191) {
        return rtcp::is_rtcp(datagram) ? Traffic::rtcp : Traffic::rtp;
    }
    if (first <= 3) {
        if (const auto message = stun::MessageView::parse(datagram)) {
            if (message->message_class() == stun::Class::request) {
                answer_check(*message);
            } else {
                ice_->handle_response(*message, now);
            }
        }
    } else if (first >= 20 && first <= 63) {
        dtls_->handle(datagram, now);
    } else {
        return Traffic::unknown;
    }
    flush(now);
    return Traffic::transport;
}

/// A server that is not ICE-lite, or calls itself so and is not, checks our side too.
void Peer::answer_check(const stun::MessageView& request) {
    if (!request.check_integrity(credentials_.pwd)) return;
    std::array<std::uint8_t, 128> buffer{};
    stun::MessageBuilder reply{buffer, stun::Class::success, stun::binding,
                               request.transaction_id()};
    reply.xor_mapped_address(server_).integrity(credentials_.pwd).fingerprint();
    send(reply.finish());
}

void Peer::handle_timeout(Instant now) {
    if (!ice_) return;
    const auto due = [now](std::optional<Instant> deadline) {
        return deadline && *deadline <= now;
    };
    if (due(ice_->next_deadline())) ice_->handle_timeout(now);
    if (due(dtls_->next_deadline())) dtls_->handle_timeout(now);
    flush(now);
}

std::string_view Peer::failure() const {
    if (*failure_ != 0) return failure_;
    if (ice_ && ice_->state() == ice::Controller::State::failed) return "ICE had no answer";
    if (dtls_ && dtls_->state() == dtls::State::failed) return dtls_->failure();
    if (dtls_ && dtls_->state() == dtls::State::closed) return "the server closed the session";
    return {};
}

void Peer::send(Bytes datagram) const {
    (void)::send(socket_, datagram.data(), datagram.size(), MSG_NOSIGNAL);
}

void Peer::flush(Instant now) {
    if (ice_->state() == ice::Controller::State::connected && !std::exchange(started_, true)) {
        if (dtls_->role() == dtls::Role::active) dtls_->start(now);
    }
    while (const auto datagram = ice_->poll_datagram())
        send(*datagram);
    while (const auto datagram = dtls_->poll_datagram())
        send(*datagram);
    if (connected() || dtls_->state() != dtls::State::connected) return;
    const auto* keys = dtls_->keys();
    if (keys == nullptr) return;
    auto receiver = srtp::Receiver::create(keys->profile, keys->remote);
    auto sender = srtp::Sender::create(keys->profile, keys->local);
    if (!receiver || !sender) {
        failure_ = "no memory for the SRTP contexts";
        return;
    }
    receiver_.emplace(std::move(*receiver));
    sender_.emplace(std::move(*sender));
    dtls_->forget_keys();
}

} // namespace parley::bench
