#include "tests/core/room/test_world.hpp"

#include "core/stun/message.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace parley::room::test {

namespace {

EngineConfig default_config() {
    EngineConfig config;
    config.dtls = *dtls::Context::create();
    config.port = 10000;
    config.wall = {Instant{Duration{1h}}, NtpTime{std::uint64_t{4'000'000'000} << 32}};
    return config;
}

} // namespace

ClientPeer::ClientPeer(std::uint16_t port)
    : flow{{IpAddress::v4(192, 0, 2, 7), port}, IpAddress::v4(198, 51, 100, 1)}
    , context_{*dtls::Context::create()}
    , session_{context_, dtls::Role::active, srtp::all_profiles} {}

std::string ClientPeer::transport_lines(std::string_view setup) const {
    return fmt::format("a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:{}\r\na=setup:{}\r\n"
                       "a=rtcp-mux\r\n",
                       credentials.ufrag, credentials.pwd, context_->fingerprint().to_string(),
                       setup);
}

std::string ClientPeer::offer_publisher(bool audio, bool video) const {
    std::string sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n";
    sdp += fmt::format("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
                       "a={}\r\n{}a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"
                       "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
                       "a=ssrc:{} cname:c\r\n",
                       audio ? "sendonly" : "inactive", transport_lines("actpass"), audio_ssrc);
    sdp += fmt::format("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n"
                       "a={}\r\n{}a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
                       "a=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
                       "a=ssrc:{} cname:c\r\n",
                       video ? "sendonly" : "inactive", transport_lines("actpass"), video_ssrc);
    return sdp;
}

std::string ClientPeer::offer_viewer() const {
    std::string sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n";
    sdp += "m=audio 9 UDP/TLS/RTP/SAVPF 100\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=recvonly\r\n" +
           transport_lines("actpass") + "a=rtpmap:100 opus/48000/2\r\n";
    sdp += "m=video 9 UDP/TLS/RTP/SAVPF 101\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=recvonly\r\n" +
           transport_lines("actpass") +
           "a=rtpmap:101 VP8/90000\r\na=rtcp-fb:101 nack\r\na=rtcp-fb:101 nack pli\r\n";
    return sdp;
}

std::string ClientPeer::answer(const std::string& offer,
                               const std::function<bool(const sdp::Media&)>& supports) const {
    auto description = *sdp::parse(offer);
    description.ice_lite = false;
    for (auto& media : description.media) {
        media.direction = media.direction == sdp::Direction::sendonly ? sdp::Direction::recvonly
                                                                      : sdp::Direction::inactive;
        media.sources.clear();
        media.source_groups.clear();
        media.msids.clear();
        media.candidates.clear();
        media.end_of_candidates = false;
        media.ice_ufrag = credentials.ufrag;
        media.ice_pwd = credentials.pwd;
        const auto& own = context_->fingerprint();
        media.fingerprints = {{"sha-256", {own.bytes().begin(), own.bytes().end()}}};
        media.setup = sdp::Setup::active;
        if (supports && media.direction == sdp::Direction::recvonly && !supports(media)) {
            media.port = 0;
            media.direction = sdp::Direction::inactive;
            for (auto& group : description.groups)
                std::erase(group.mids, media.mid);
        }
    }
    return sdp::to_string(description);
}

void ClientPeer::set_remote(const std::string& text, Instant now) {
    const auto description = *sdp::parse(text);
    for (const auto& media : description.media) {
        if (media.ice_ufrag.empty()) continue;
        const ice::Credentials remote{media.ice_ufrag, media.ice_pwd};
        if (controller_ == nullptr) {
            dtls::Fingerprint fingerprint;
            fingerprint.size = media.fingerprints.at(0).digest.size();
            std::copy_n(media.fingerprints[0].digest.begin(), fingerprint.size,
                        fingerprint.digest.begin());
            session_.set_remote_fingerprint(fingerprint);
            controller_ = std::make_unique<ice::Controller>(credentials, remote);
            controller_->start(now);
        }
        return;
    }
}

void ClientPeer::handle(Bytes datagram, Instant now) {
    if (datagram.empty()) return;
    std::vector<std::uint8_t> copy{datagram.begin(), datagram.end()};
    if (copy[0] <= 3) {
        if (const auto message = stun::MessageView::parse(copy); message && controller_) {
            controller_->handle_response(*message, now);
        }
    } else if (copy[0] < 64) {
        session_.handle(copy, now);
    } else if (rtcp::is_rtcp(copy) && receiver_) {
        const auto plain = receiver_->unprotect_rtcp(copy);
        ASSERT_TRUE(plain.has_value());
        auto reader = rtcp::CompoundReader::open(*plain);
        ASSERT_TRUE(reader.has_value());
        while (const auto item = reader->next()) {
            if (const auto* pli = std::get_if<rtcp::Pli>(&*item)) plis.push_back(pli->media_ssrc);
            if (const auto* nack = std::get_if<rtcp::Nack>(&*item)) nacks += nack->items.size();
        }
        EXPECT_EQ(reader->malformed(), 0U);
    } else if (receiver_) {
        const auto plain = receiver_->unprotect_rtp(copy);
        ASSERT_TRUE(plain.has_value());
        const auto view = rtp::PacketView::parse(plain->plaintext);
        ASSERT_TRUE(view.has_value());
        rtp.push_back({rtp::value(view->ssrc()),
                       view->sequence(),
                       view->timestamp(),
                       view->payload_type(),
                       view->marker(),
                       {view->payload().begin(), view->payload().end()}});
    }
}

void ClientPeer::tick(Instant now) {
    if (controller_) controller_->handle_timeout(now);
    session_.handle_timeout(now);
}

std::vector<std::vector<std::uint8_t>> ClientPeer::take_outgoing(Instant now) {
    if (controller_) {
        while (const auto check = controller_->poll_datagram())
            outgoing_.emplace_back(check->begin(), check->end());
        if (controller_->state() == ice::Controller::State::connected) session_.start(now);
    }
    while (const auto datagram = session_.poll_datagram())
        outgoing_.emplace_back(datagram->begin(), datagram->end());
    if (const auto* keys = session_.keys(); keys != nullptr && !sender_) {
        sender_ = std::move(*srtp::Sender::create(keys->profile, keys->local));
        receiver_ = std::move(*srtp::Receiver::create(keys->profile, keys->remote));
    }
    return std::exchange(outgoing_, {});
}

void ClientPeer::send_rtp(std::vector<std::uint8_t> packet, std::size_t header_size,
                          std::uint16_t sequence) {
    ASSERT_TRUE(sender_.has_value());
    const auto size = packet.size();
    packet.resize(size + 64);
    packet.resize(sender_->protect_rtp(packet, sequence, header_size, size, {}));
    outgoing_.push_back(std::move(packet));
}

void ClientPeer::send_video(std::uint16_t sequence, std::uint32_t timestamp, bool keyframe,
                            std::uint16_t picture_id) {
    std::vector<std::uint8_t> packet(12);
    rtp::write_fixed_header(packet.data(),
                            {96, true, false, sequence, timestamp, rtp::Ssrc{video_ssrc}});
    // RFC 7741: X and S; I; a 15-bit picture id; then a frame header, 320x180 where it is a key.
    const auto high = static_cast<std::uint8_t>(0x80 | picture_id >> 8);
    for (const auto byte :
         {std::uint8_t{0x90}, std::uint8_t{0x80}, high, static_cast<std::uint8_t>(picture_id)}) {
        packet.push_back(byte);
    }
    const std::vector<std::uint8_t> key{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
    const std::vector<std::uint8_t> delta{0x11, 0x02, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0};
    packet.insert(packet.end(), (keyframe ? key : delta).begin(), (keyframe ? key : delta).end());
    send_rtp(std::move(packet), 12, sequence);
}

void ClientPeer::send_audio(std::uint16_t sequence, std::uint32_t timestamp, std::uint8_t level) {
    std::vector<std::uint8_t> packet(12);
    rtp::write_fixed_header(packet.data(),
                            {111, false, true, sequence, timestamp, rtp::Ssrc{audio_ssrc}});
    const std::vector<std::uint8_t> extension{
        0xBE, 0xDE, 0, 1, 0x10, static_cast<std::uint8_t>(0x80 | level), 0, 0};
    packet.insert(packet.end(), extension.begin(), extension.end());
    packet.insert(packet.end(), {0x78, 1, 2, 3, 4, 5});
    send_rtp(std::move(packet), 20, sequence);
}

World::World() : World(default_config()) {}

World::World(EngineConfig config) {
    if (!config.dtls) {
        auto standard = default_config();
        config.dtls = standard.dtls;
        config.port = standard.port;
        config.wall = standard.wall;
    }
    engine = std::make_unique<Engine>(std::move(config), batch, [this] { flush(); });
    engine->set_addresses({IpAddress::v4(198, 51, 100, 1)});
}

void World::flush() {
    for (const auto& run : batch.runs()) {
        for (auto i = run.first; i < run.first + run.count; ++i) {
            const auto bytes = batch.bytes(batch.packets()[i]);
            to_clients_.emplace_back(run.flow,
                                     std::vector<std::uint8_t>{bytes.begin(), bytes.end()});
        }
    }
    batch.clear();
}

ClientId World::join(const std::string& room, const std::string& name, Join join) {
    const ClientId client{next_client_++};
    join.name = name;
    post(client, room, std::move(join), "1");
    return client;
}

void World::post(ClientId client, const std::string& room, CommandBody body,
                 std::string request_id) {
    engine->handle({client, room, std::move(request_id), std::move(body)}, now);
    turn();
}

ClientPeer& World::make_peer() {
    return *peers.emplace_back(std::make_unique<ClientPeer>(next_port_++));
}

ClientPeer& World::publish(ClientId client, const std::string& room, bool audio, bool video) {
    auto& peer = make_peer();
    post(client, room, Offer{"publisher", peer.offer_publisher(audio, video), {}}, "2");
    const auto answers = events<AnswerEvent>(client);
    EXPECT_FALSE(answers.empty());
    if (!answers.empty()) peer.set_remote(answers.back().sdp, now);
    connections[{client, "publisher"}] = &peer;
    run(50ms);
    EXPECT_TRUE(peer.connected());
    return peer;
}

ClientPeer& World::answer(ClientId client, const std::string& room,
                          const ConnectionName& connection,
                          const std::function<bool(const sdp::Media&)>& supports) {
    auto*& peer = connections[{client, connection}];
    if (peer == nullptr) peer = &make_peer();
    std::optional<OfferEvent> offer;
    for (auto& candidate : events<OfferEvent>(client)) {
        if (candidate.connection == connection) offer = candidate;
    }
    EXPECT_TRUE(offer.has_value());
    if (offer) {
        peer->set_remote(offer->sdp, now);
        post(client, room, Answer{connection, offer->revision, peer->answer(offer->sdp, supports)});
        run(50ms);
    }
    return *peer;
}

bool World::exchange() {
    bool any = false;
    for (auto& peer : peers) {
        for (auto& datagram : peer->take_outgoing(now)) {
            if (peer->lost) continue;
            engine->receive(peer->flow, datagram, now);
            any = true;
        }
    }
    turn();
    for (auto& [flow, bytes] : std::exchange(to_clients_, {})) {
        any = true;
        for (auto& peer : peers) {
            if (peer->flow == flow && !peer->lost) peer->handle(bytes, now);
        }
    }
    return any;
}

void World::turn() {
    engine->handle_timeout(now);
    engine->end_turn(now);
    for (auto& event : engine->outbox().take_events())
        log.push_back(std::move(event));
    for (auto& notice : engine->outbox().take_notices())
        notices.push_back(std::move(notice));
    engine->outbox().take_closed_flows();
}

void World::run(Duration time) {
    const auto end = now + time;
    for (;;) {
        while (exchange()) {
        }
        if (now >= end) return;
        now = std::min(end, now + 5ms);
        for (auto& peer : peers)
            peer->tick(now);
    }
}

} // namespace parley::room::test
