// Cost of fanning packets out to 200 subscribers: rewriting alone into sinks that throw away, then
// with encryption, in frames of five as a 1.3 Mbit/s stream has them.
#include "core/router/incoming_track.hpp"
#include "core/router/rtp_sink.hpp"
#include "core/router/subscription.hpp"
#include "core/rtp/packet.hpp"
#include "core/srtp/sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace {

using namespace parley;

constexpr std::size_t subscribers = 200;
constexpr std::size_t frames = 400;
constexpr std::size_t packets_per_frame = 5;
constexpr std::size_t payload_size = 1060;
constexpr WallClock wall{Instant{1000s}, NtpTime{std::uint64_t{3'900'000'000} << 32}};

class NullSink final : public RtpSink {
  public:
    [[nodiscard]] bool writable() const override { return true; }
    [[nodiscard]] MutBytes begin_packet(std::size_t size, const MediaPacket&, LayerIndex) override {
        return MutBytes{buffer_}.first(size);
    }
    void end_packet(std::uint64_t, std::size_t, std::size_t head_size, Bytes rest) override {
        bytes += head_size + rest.size();
    }
    std::uint64_t bytes = 0;

  private:
    std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(2048);
};

class SealingSink final : public RtpSink {
  public:
    explicit SealingSink(srtp::Sender sender) : sender_{std::move(sender)} {}
    [[nodiscard]] bool writable() const override { return true; }
    [[nodiscard]] MutBytes begin_packet(std::size_t, const MediaPacket&, LayerIndex) override {
        return buffer_;
    }
    void end_packet(std::uint64_t index, std::size_t header_size, std::size_t head_size,
                    Bytes rest) override {
        bytes += sender_.protect_rtp(buffer_, index, header_size, head_size, rest);
    }
    std::uint64_t bytes = 0;

  private:
    srtp::Sender sender_;
    std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(2048);
};

/// A VP8 packet as browsers send it: 15-bit picture id, TL0PICIDX and temporal id.
std::vector<std::uint8_t> make_packet(std::size_t number) {
    const std::size_t frame = number / packets_per_frame;
    const std::size_t part = number % packets_per_frame;
    std::vector<std::uint8_t> out(rtp::fixed_header_size + payload_size);
    rtp::write_fixed_header(out.data(), {96, part + 1 == packets_per_frame, false,
                                         static_cast<std::uint16_t>(number),
                                         static_cast<std::uint32_t>(frame * 3000), rtp::Ssrc{7}});
    std::uint8_t* payload = out.data() + rtp::fixed_header_size;
    payload[0] = part == 0 ? 0x90 : 0x80;
    payload[1] = 0xE0;
    store_be16(payload + 2, static_cast<std::uint16_t>(0x8000 | (frame & 0x7FFF)));
    payload[4] = static_cast<std::uint8_t>(frame);
    payload[6] = frame == 0 ? 0x10 : 0x11;
    const std::uint8_t start[] = {0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01};
    if (frame == 0) std::copy(std::begin(start), std::end(start), payload + 9);
    return out;
}

struct Result {
    double receive_ns = 0; ///< a packet that came in
    double forward_ns = 0; ///< a packet that went out
};

template <class MakeSink>
Result run(bool extensions, bool rewrite, MakeSink&& make_sink) {
    PublisherClock clock{wall};
    IncomingTrack::Config config;
    config.codec = Codec::vp8;
    config.payload_type = 96;
    config.nack = true;
    IncomingTrack track{config, clock};
    track.bind(0, rtp::Ssrc{7});
    // Whoever has been somewhere else before has offsets to add to the picture ids.
    IncomingTrack before{config, clock};
    before.bind(0, rtp::Ssrc{7});
    const rtp::ExtensionMap map = rtp::ExtensionMap::canonical();

    Instant now{2000s};
    std::vector<decltype(make_sink())> sinks;
    std::vector<std::unique_ptr<SendContext>> contexts;
    std::vector<std::unique_ptr<Subscription>> subscriptions;
    for (std::size_t i = 0; i < subscribers; ++i) {
        sinks.push_back(make_sink());
        contexts.push_back(std::make_unique<SendContext>(wall));
        Subscription::Config subscription;
        subscription.ssrc = rtp::Ssrc{static_cast<std::uint32_t>(1000 + i)};
        subscription.payload_type = 100;
        subscription.mid = "1";
        subscription.extensions.set(1, rtp::Extension::mid);
        if (extensions) subscription.extensions = map;
        subscriptions.push_back(
            std::make_unique<Subscription>(subscription, *sinks.back(), *contexts.back()));
    }
    const auto receive = [&](IncomingTrack& into, std::size_t number) {
        const auto bytes = make_packet(number);
        return into.receive(0, *rtp::PacketView::parse(bytes), map, now);
    };
    if (rewrite) {
        for (auto& subscription : subscriptions)
            subscription->switch_source(before, now);
        const MediaPacket* packet = receive(before, 0);
        for (auto& subscription : subscriptions)
            subscription->forward(before, 0, {&packet, 1}, now);
    }
    for (auto& subscription : subscriptions)
        subscription->switch_source(track, now);

    std::vector<std::vector<std::uint8_t>> packets;
    for (std::size_t i = 0; i < frames * packets_per_frame; ++i)
        packets.push_back(make_packet(i));

    using Clock = std::chrono::steady_clock;
    Clock::duration receiving{};
    Clock::duration forwarding{};
    ServiceRotation rotation;
    std::size_t number = 0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
        now += 33ms;
        const MediaPacket* batch[packets_per_frame];
        const auto begin = Clock::now();
        for (auto& packet : batch) {
            packet = track.receive(0, *rtp::PacketView::parse(packets[number++]), map, now);
        }
        const auto middle = Clock::now();
        rotation.for_each(subscribers,
                          [&](std::size_t i) { subscriptions[i]->forward(track, 0, batch, now); });
        receiving += middle - begin;
        forwarding += Clock::now() - middle;
    }
    std::uint64_t sent = 0;
    for (const auto& subscription : subscriptions)
        sent += subscription->stats().packets_sent;
    const auto per = [](Clock::duration time, std::uint64_t count) {
        return std::chrono::duration<double, std::nano>(time).count() /
               static_cast<double>(std::max<std::uint64_t>(count, 1));
    };
    if (sent < frames * packets_per_frame * subscribers) fmt::print("  lost packets!\n");
    return {per(receiving, number), per(forwarding, sent)};
}

template <class MakeSink>
void report(const char* name, bool extensions, bool rewrite, MakeSink&& make_sink) {
    Result best{1e9, 1e9};
    for (int i = 0; i < 5; ++i) {
        const Result result = run(extensions, rewrite, make_sink);
        best.receive_ns = std::min(best.receive_ns, result.receive_ns);
        best.forward_ns = std::min(best.forward_ns, result.forward_ns);
    }
    fmt::print("{:<52} receive {:>6.0f} ns   forward {:>6.0f} ns a packet\n", name, best.receive_ns,
               best.forward_ns);
}

} // namespace

int main() {
    const auto null_sink = [] { return std::make_unique<NullSink>(); };
    fmt::print("{} subscribers, frames of {}; a subscription has {} bytes\n", subscribers,
               packets_per_frame, sizeof(parley::Subscription));
    report("rewrite: mid", false, false, null_sink);
    report("rewrite: mid, picture ids", false, true, null_sink);
    report("rewrite: mid, transport-cc, send time, picture ids", true, true, null_sink);
    for (const auto profile : parley::srtp::all_profiles) {
        const auto sealing = [profile] {
            parley::srtp::MasterKey key;
            return std::make_unique<SealingSink>(
                std::move(*parley::srtp::Sender::create(profile, key)));
        };
        report(std::string{parley::srtp::name(profile)}.c_str(), false, true, sealing);
    }
}
