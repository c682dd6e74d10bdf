// RTP packets made by hand, and what a depacketizer makes of them.
#pragma once

#include "core/media/depacketizer.hpp"
#include "core/rtp/packet.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::media::test {

using Octets = std::vector<std::uint8_t>;

inline Octets joined(std::initializer_list<Octets> parts) {
    Octets all;
    for (const auto& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// With the length before it that stored NAL units have.
inline Octets sized(const Octets& nal) {
    Octets all(4);
    store_be32(all.data(), static_cast<std::uint32_t>(nal.size()));
    all.insert(all.end(), nal.begin(), nal.end());
    return all;
}

/// With the two bytes of length that aggregation packets have.
inline Octets aggregated(const Octets& nal) {
    Octets all{static_cast<std::uint8_t>(nal.size() >> 8), static_cast<std::uint8_t>(nal.size())};
    all.insert(all.end(), nal.begin(), nal.end());
    return all;
}

/// A sender, the network that loses its packets, and the depacketizer behind it.
class Stream {
  public:
    explicit Stream(Codec codec, std::string_view fmtp = {})
        : depacketizer_{Depacketizer::create(codec, fmtp)} {}

    /// One more packet of the picture at hand.
    Stream& send(const Octets& payload) { return send(payload, false); }
    /// The last one of it.
    Stream& send_last(const Octets& payload) {
        send(payload, true);
        return next_picture();
    }
    Stream& next_picture() {
        timestamp += 3000;
        return *this;
    }
    Stream& lose(unsigned count = 1) {
        sequence = static_cast<std::uint16_t>(sequence + count);
        return *this;
    }
    Stream& send(const Octets& payload, bool marker) {
        Octets packet(rtp::fixed_header_size);
        rtp::write_fixed_header(
            packet.data(), {payload_type, marker, false, sequence++, timestamp, rtp::Ssrc{ssrc}});
        packet.insert(packet.end(), payload.begin(), payload.end());
        push(packet);
        return *this;
    }
    Stream& send_padding() {
        Octets packet(rtp::fixed_header_size);
        rtp::write_fixed_header(
            packet.data(), {payload_type, false, false, sequence++, timestamp, rtp::Ssrc{ssrc}});
        packet[0] |= 0x20;
        packet.insert(packet.end(), {0, 0, 3});
        push(packet);
        return *this;
    }
    Stream& finish() {
        depacketizer_->finish();
        take();
        return *this;
    }

    [[nodiscard]] Depacketizer& depacketizer() const { return *depacketizer_; }
    /// What has come out since the last call.
    std::vector<Unit> units() { return std::exchange(units_, {}); }
    /// Their bytes.
    std::vector<Octets> data() {
        std::vector<Octets> all;
        for (auto& unit : units())
            all.push_back(std::move(unit.unit.data));
        return all;
    }

    std::uint16_t sequence = 65530; // wraps soon, as the timestamp does
    std::uint32_t timestamp = 0xFFFFF000;
    std::uint32_t ssrc = 7;
    std::uint8_t payload_type = 96;

  private:
    void push(const Octets& packet) {
        if (const auto view = rtp::PacketView::parse(packet)) depacketizer_->push(*view);
        take();
    }
    void take() {
        while (auto unit = depacketizer_->pop())
            units_.push_back(std::move(*unit));
    }

    std::unique_ptr<Depacketizer> depacketizer_;
    std::vector<Unit> units_;
};

} // namespace parley::media::test
