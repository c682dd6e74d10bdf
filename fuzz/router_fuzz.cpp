// A hostile publisher and a hostile subscriber: any packets in any order, with joins, switches,
// pauses and NACKs between them. Whatever goes out must be a well-formed packet, and no SRTP index
// may ever be used for two different packets (for GCM that gives the key away).
#include "core/router/incoming_track.hpp"
#include "core/router/rtp_sink.hpp"
#include "core/router/subscription.hpp"
#include "core/rtp/packet.hpp"

#include <cstdint>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

using namespace parley;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

class CheckingSink final : public RtpSink {
  public:
    [[nodiscard]] bool writable() const override { return open; }
    [[nodiscard]] MutBytes begin_packet(std::size_t size, const MediaPacket&, LayerIndex) override {
        buffer_.assign(size, 0);
        return buffer_;
    }
    void end_packet(std::uint64_t index, std::size_t header_size, std::size_t head_size,
                    Bytes rest) override {
        require(header_size <= head_size && head_size + rest.size() <= buffer_.size());
        std::vector<std::uint8_t> packet(buffer_.begin(),
                                         buffer_.begin() + static_cast<std::ptrdiff_t>(head_size));
        packet.insert(packet.end(), rest.begin(), rest.end());
        const auto view = rtp::PacketView::parse(packet);
        require(view && view->header_size() == header_size);
        require(view->sequence() == (index & 0xFFFF));
        const auto [at, fresh] = sent_.try_emplace({view->ssrc(), index}, packet);
        require(fresh || at->second == packet);
    }
    bool open = true;

  private:
    std::vector<std::uint8_t> buffer_;
    std::map<std::pair<rtp::Ssrc, std::uint64_t>, std::vector<std::uint8_t>> sent_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ByteReader input{{data, size}};
    const std::uint8_t flags = input.u8();
    const WallClock wall{Instant{1000s}, NtpTime{std::uint64_t{3'900'000'000} << 32}};
    PublisherClock clock{wall};
    const rtp::ExtensionMap map = rtp::ExtensionMap::canonical();

    IncomingTrack::Config config;
    config.codec = static_cast<Codec>(flags % codec_count);
    config.payload_type = 96;
    config.rtx_payload_type = 97;
    config.nack = (flags & 0x08) != 0;
    config.keyframes_on_demand = (flags & 0x10) != 0;
    config.rids = {"a", "b"};
    IncomingTrack first{config, clock};
    IncomingTrack second{config, clock};
    for (auto* track : {&first, &second}) {
        track->bind(0, rtp::Ssrc{1});
        track->bind(1, rtp::Ssrc{2});
    }

    CheckingSink sink;
    SendContext context{wall};
    Subscription::Config out;
    out.ssrc = rtp::Ssrc{0x100};
    out.payload_type = 100;
    out.mid = "m";
    out.extensions.set(1, rtp::Extension::mid);
    if ((flags & 0x20) != 0) out.extensions = map;
    if ((flags & 0x40) != 0) {
        out.rtx_ssrc = rtp::Ssrc{0x101};
        out.rtx_payload_type = 101;
    }
    Subscription subscription{out, sink, context};
    Instant now{1000s};

    std::vector<std::uint16_t> nacks;
    while (input.ok() && input.remaining() != 0) {
        const std::uint8_t action = input.u8();
        IncomingTrack& track = (action & 0x80) != 0 ? second : first;
        const auto layer = static_cast<LayerIndex>(action >> 6 & 1);
        switch (action & 0x0F) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: { // a turn of one to four packets, on the SSRC or its RTX
            std::vector<const MediaPacket*> batch;
            for (int i = 0; i <= (action >> 4 & 3); ++i) {
                const Bytes datagram = input.bytes(input.u8());
                const auto view = rtp::PacketView::parse(datagram);
                if (!view) continue;
                const auto* packet = (action & 0x0F) == 5
                                         ? track.receive_rtx(layer, *view, map, now)
                                         : track.receive(layer, *view, map, now);
                if (packet != nullptr) batch.push_back(packet);
            }
            subscription.forward(track, layer, batch, now);
            now += 1ms;
            break;
        }
        case 6:
            now += Duration{1ms} * input.u16();
            break;
        case 7:
            subscription.switch_source(track, now);
            break;
        case 8:
            subscription.detach(track, now);
            break;
        case 9:
            subscription.set_paused((action & 0x40) != 0, now);
            break;
        case 10:
            sink.open = (action & 0x40) != 0;
            break;
        case 11:
            subscription.choose_layer(
                {static_cast<LayerChoice::Kind>(action >> 4 & 3), "b", input.u16(), input.u16()},
                now);
            break;
        case 12:
            for (int i = 0; i < 16; ++i) {
                subscription.retransmit(static_cast<std::uint16_t>(input.u16()), now);
            }
            break;
        case 13:
            track.bind(layer, rtp::Ssrc{input.u8()});
            break;
        case 14: {
            rtcp::SenderInfo info;
            info.ntp = NtpTime{input.u64()};
            info.rtp_timestamp = input.u32();
            clock.on_sender_report(info.ntp, now);
            track.handle_sender_report(layer, info, now);
            (void)subscription.sender_report(now);
            break;
        }
        default:
            subscription.poll(now);
            nacks.clear();
            first.take_feedback(now, [](rtp::Ssrc, std::span<const std::uint16_t>, bool) {});
            break;
        }
    }
    subscription.detach_all(now);
    return 0;
}
