// A publisher that makes RTP packets, a sink that keeps what it is given, and virtual time.
#pragma once

#include "core/base/time.hpp"
#include "core/router/incoming_track.hpp"
#include "core/router/rtp_sink.hpp"
#include "core/router/subscription.hpp"
#include "core/rtp/codec/vp8.hpp"
#include "core/rtp/packet.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace parley::test {

using Buffer = std::vector<std::uint8_t>;

inline constexpr Instant epoch{1000s};
inline constexpr WallClock wall{epoch, NtpTime{std::uint64_t{3'900'000'000} << 32}};

class RecordingSink final : public RtpSink {
  public:
    struct Packet {
        std::uint64_t index = 0;
        Buffer bytes;
        std::size_t payload_at = 0;
        Instant at{};

        [[nodiscard]] rtp::PacketView view() const { return *rtp::PacketView::parse(bytes); }
        [[nodiscard]] Bytes payload() const { return Bytes{bytes}.subspan(payload_at); }
        [[nodiscard]] rtp::Vp8Descriptor vp8() const {
            return *rtp::Vp8Descriptor::parse(payload());
        }
    };

    [[nodiscard]] bool writable() const override { return open; }
    [[nodiscard]] MutBytes begin_packet(std::size_t size, const MediaPacket&, LayerIndex) override {
        if (full) return {};
        buffer_.assign(size, 0xEE);
        return buffer_;
    }
    void end_packet(std::uint64_t index, std::size_t header_size, std::size_t head_size,
                    Bytes rest) override {
        Packet packet;
        packet.index = index;
        packet.bytes.assign(buffer_.begin(),
                            buffer_.begin() + static_cast<std::ptrdiff_t>(head_size));
        packet.bytes.insert(packet.bytes.end(), rest.begin(), rest.end());
        packet.payload_at = header_size;
        packet.at = now;
        fits = fits && head_size + rest.size() <= buffer_.size();
        packets.push_back(std::move(packet));
    }

    [[nodiscard]] std::vector<Packet> of(rtp::Ssrc ssrc) const {
        std::vector<Packet> out;
        for (const auto& packet : packets) {
            if (packet.view().ssrc() == ssrc) out.push_back(packet);
        }
        return out;
    }

    bool open = true;
    bool full = false;
    bool fits = true; ///< no packet was larger than what it had asked for
    Instant now{};
    std::vector<Packet> packets;

  private:
    Buffer buffer_;
};

struct RawPacket {
    std::uint8_t payload_type = 96;
    bool marker = false;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    rtp::Ssrc ssrc{};
    Buffer payload;
    std::vector<std::pair<rtp::Extension, Buffer>> extensions;
};

inline Buffer serialize(const RawPacket& raw) {
    Buffer out(rtp::fixed_header_size + 600);
    rtp::write_fixed_header(out.data(), {raw.payload_type, raw.marker, !raw.extensions.empty(),
                                         raw.sequence, raw.timestamp, raw.ssrc});
    bool large = false;
    for (const auto& [extension, data] : raw.extensions)
        large = large || data.size() > 16;
    rtp::ExtensionWriter writer{MutBytes{out}.subspan(rtp::fixed_header_size),
                                large ? rtp::ExtensionWriter::Form::two_byte
                                      : rtp::ExtensionWriter::Form::one_byte};
    for (const auto& [extension, data] : raw.extensions) {
        writer.add(rtp::canonical_id(extension), data);
    }
    out.resize(rtp::fixed_header_size + writer.finish());
    out.insert(out.end(), raw.payload.begin(), raw.payload.end());
    return out;
}

/// One VP8 packet: descriptor with 15-bit picture id and TL0PICIDX, then the start of the data.
inline Buffer vp8_payload(bool first, bool keyframe, std::uint16_t picture_id, std::uint8_t tl0,
                          unsigned width, unsigned height, std::size_t size = 200) {
    Buffer out{static_cast<std::uint8_t>(first ? 0x90 : 0x80),
               0xE0,
               static_cast<std::uint8_t>(0x80 | picture_id >> 8),
               static_cast<std::uint8_t>(picture_id),
               tl0,
               0};
    if (first) {
        out.push_back(keyframe ? 0x10 : 0x11);
        out.push_back(0x02);
        out.push_back(0x00);
        if (keyframe) {
            out.insert(out.end(),
                       {0x9D, 0x01, 0x2A, static_cast<std::uint8_t>(width),
                        static_cast<std::uint8_t>(width >> 8), static_cast<std::uint8_t>(height),
                        static_cast<std::uint8_t>(height >> 8)});
        }
    }
    // Recognisable: every packet differs.
    while (out.size() < size) {
        out.push_back(static_cast<std::uint8_t>(picture_id * 7 + out.size() + (first ? 0 : 1)));
    }
    return out;
}

/// An encoder of one VP8 layer with its own counters.
struct Vp8Layer {
    rtp::Ssrc ssrc{1};
    std::uint16_t sequence = 1000;
    std::uint32_t timestamp = 50'000;
    std::uint16_t picture_id = 100;
    std::uint8_t tl0 = 10;
    unsigned width = 640;
    unsigned height = 360;
    unsigned packets_per_frame = 3;

    std::vector<RawPacket> frame(bool keyframe, std::uint32_t step = 3000) {
        std::vector<RawPacket> out;
        timestamp += step;
        picture_id = (picture_id + 1) & 0x7FFF;
        ++tl0;
        for (unsigned i = 0; i < packets_per_frame; ++i) {
            RawPacket raw;
            raw.marker = i + 1 == packets_per_frame;
            raw.sequence = sequence++;
            raw.timestamp = timestamp;
            raw.ssrc = ssrc;
            raw.payload = vp8_payload(i == 0, keyframe, picture_id, tl0, width, height);
            out.push_back(std::move(raw));
        }
        return out;
    }
};

/// A track with its publisher's clock, fed and forwarded as the event loop does.
struct Room {
    PublisherClock clock{wall};
    rtp::ExtensionMap map = rtp::ExtensionMap::canonical();
    Instant now = epoch;
    std::vector<Subscription*> subscriptions;
    std::vector<RecordingSink*> sinks;

    void tick(Duration step) {
        now += step;
        for (auto* sink : sinks)
            sink->now = now;
        for (auto* subscription : subscriptions) {
            if (const auto due = subscription->next_deadline(); due && *due <= now) {
                subscription->poll(now);
            }
        }
    }

    /// One turn: all packets in, then forwarded layer by layer.
    void deliver(IncomingTrack& track, LayerIndex layer, const std::vector<RawPacket>& packets) {
        std::vector<const MediaPacket*> batch;
        for (const auto& raw : packets) {
            const Buffer bytes = serialize(raw);
            const auto view = rtp::PacketView::parse(bytes);
            if (const auto* packet = track.receive(layer, *view, map, now)) {
                batch.push_back(packet);
            }
        }
        forward(track, layer, batch);
    }
    void deliver_rtx(IncomingTrack& track, LayerIndex layer, const RawPacket& original,
                     rtp::Ssrc rtx_ssrc, std::uint16_t rtx_sequence, std::uint8_t rtx_type = 97) {
        RawPacket raw = original;
        raw.ssrc = rtx_ssrc;
        raw.sequence = rtx_sequence;
        raw.payload_type = rtx_type;
        raw.payload.insert(raw.payload.begin(), {static_cast<std::uint8_t>(original.sequence >> 8),
                                                 static_cast<std::uint8_t>(original.sequence)});
        const Buffer bytes = serialize(raw);
        std::vector<const MediaPacket*> batch;
        if (const auto* packet =
                track.receive_rtx(layer, *rtp::PacketView::parse(bytes), map, now)) {
            batch.push_back(packet);
        }
        forward(track, layer, batch);
    }
    void forward(IncomingTrack& track, LayerIndex layer,
                 const std::vector<const MediaPacket*>& batch) {
        if (batch.empty()) return;
        for (auto* sink : sinks)
            sink->now = now;
        for (auto* subscription : subscriptions)
            subscription->forward(track, layer, batch, now);
    }

    /// PLIs that would go to the publisher now.
    unsigned plis(IncomingTrack& track) const {
        unsigned count = 0;
        track.take_feedback(now, [&](rtp::Ssrc, std::span<const std::uint16_t>, bool pli) {
            if (pli) ++count;
        });
        return count;
    }
};

inline IncomingTrack::Config vp8_config(std::vector<std::string> rids = {""}) {
    IncomingTrack::Config config;
    config.codec = Codec::vp8;
    config.payload_type = 96;
    config.rtx_payload_type = 97;
    config.nack = true;
    config.rids = std::move(rids);
    return config;
}

inline Subscription::Config video_subscription(std::uint32_t ssrc = 0x5000) {
    Subscription::Config config;
    config.ssrc = rtp::Ssrc{ssrc};
    config.rtx_ssrc = rtp::Ssrc{ssrc + 1};
    config.payload_type = 102;
    config.rtx_payload_type = 103;
    config.mid = "v1";
    config.extensions.set(rtp::canonical_id(rtp::Extension::mid), rtp::Extension::mid);
    return config;
}

/// A subscriber with everything it needs.
struct Subscriber {
    RecordingSink sink;
    SendContext context{wall};
    Subscription subscription;

    explicit Subscriber(const Subscription::Config& config) : subscription{config, sink, context} {}
    void enter(Room& room) {
        room.subscriptions.push_back(&subscription);
        room.sinks.push_back(&sink);
        sink.now = room.now;
    }
};

} // namespace parley::test
