// Cost of putting access units together: H264 of 2.5 Mbit/s and 30 pictures a second, in packets of
// 1200 bytes, as FU-A; and of reading the same as a byte stream.
#include "core/media/depacketizer.hpp"
#include "core/rtp/packet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

namespace {

using namespace parley;
using Octets = std::vector<std::uint8_t>;

constexpr std::size_t pictures = 300;
constexpr std::size_t pictures_between_keyframes = 60;
constexpr std::size_t payload_size = 1186;
constexpr std::size_t picture_size = 2'500'000 / 8 / 30;
constexpr int runs = 21;

const Octets sps{0x67, 0x42, 0xC0, 0x16, 0xD9, 0x00, 0xA0, 0x2F, 0xF9, 0x70, 0x11, 0x00, 0x00,
                 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x0A, 0x0F, 0x16, 0x2E, 0x48};
const Octets pps{0x68, 0xCB, 0x83, 0xCB, 0x20};

/// NAL units of a picture; a keyframe is four times the size.
std::vector<Octets> make_picture(std::size_t number, std::mt19937& random) {
    const bool keyframe = number % pictures_between_keyframes == 0;
    Octets slice(picture_size * (keyframe ? 4 : 1));
    // No zeroes, so that there are no start codes within; ones as often as real slices have them.
    std::ranges::generate(slice, [&] { return static_cast<std::uint8_t>(1 + random() % 255); });
    slice[0] = keyframe ? 0x65 : 0x41;
    slice[1] = keyframe ? 0x88 : 0x9A;
    slice[2] = 0x84;
    if (keyframe) return {sps, pps, slice};
    return {slice};
}

std::vector<Octets> packetize(const std::vector<Octets>& nals, std::size_t number,
                              std::uint16_t& sequence) {
    std::vector<Octets> packets;
    const auto add = [&](Bytes head, Bytes payload, bool marker) {
        Octets packet(rtp::fixed_header_size);
        rtp::write_fixed_header(packet.data(),
                                {96, marker, false, sequence++,
                                 static_cast<std::uint32_t>(number * 3000), rtp::Ssrc{7}});
        packet.insert(packet.end(), head.begin(), head.end());
        packet.insert(packet.end(), payload.begin(), payload.end());
        packets.push_back(std::move(packet));
    };
    for (const auto& nal : nals) {
        if (nal.size() <= payload_size) {
            add({}, nal, false);
            continue;
        }
        for (std::size_t at = 1; at < nal.size(); at += payload_size) {
            const auto size = std::min(payload_size, nal.size() - at);
            const bool last = at + size == nal.size();
            const std::uint8_t head[] = {static_cast<std::uint8_t>((nal[0] & 0xE0) | 28),
                                         static_cast<std::uint8_t>((nal[0] & 0x1F) |
                                                                   (at == 1 ? 0x80 : 0) |
                                                                   (last ? 0x40 : 0))};
            add(head, Bytes{nal}.subspan(at, size), last);
        }
    }
    return packets;
}

Octets byte_stream(const std::vector<Octets>& nals) {
    Octets all;
    for (const auto& nal : nals) {
        all.insert(all.end(), {0, 0, 0, 1});
        all.insert(all.end(), nal.begin(), nal.end());
    }
    return all;
}

struct Times {
    double median = 0;
    double best = 0;
};

template <class Work>
Times timed(std::size_t count, Work&& work) {
    std::vector<double> times;
    for (int i = 0; i < runs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::nano> time =
            std::chrono::steady_clock::now() - start;
        times.push_back(time.count() / static_cast<double>(count));
    }
    std::ranges::sort(times);
    return {times[times.size() / 2], times.front()};
}

} // namespace

int main() {
    std::mt19937 random{1}; // NOLINT(cert-msc51-cpp): repeatable
    std::vector<Octets> packets;
    std::vector<Octets> units;
    std::uint16_t sequence = 0;
    for (std::size_t i = 0; i < pictures; ++i) {
        const auto nals = make_picture(i, random);
        for (auto& packet : packetize(nals, i, sequence))
            packets.push_back(std::move(packet));
        units.push_back(byte_stream(nals));
    }

    std::size_t bytes = 0;
    const auto packet_time = timed(packets.size(), [&] {
        const auto depacketizer = media::Depacketizer::create(Codec::h264, {});
        std::size_t whole = 0;
        for (const auto& packet : packets) {
            depacketizer->push(*rtp::PacketView::parse(packet));
            while (const auto unit = depacketizer->pop()) {
                ++whole;
                bytes += unit->unit.data.size();
            }
        }
        if (whole != pictures) std::abort();
    });
    const auto unit_time = timed(units.size(), [&] {
        const auto reader = media::UnitReader::create(Codec::h264);
        for (const auto& unit : units)
            bytes += reader->read(unit)->unit.data.size();
    });
    fmt::print("H264, 2.5 Mbit/s, {} packets of {} pictures\n", packets.size(), pictures);
    fmt::print("depacketize {:>7.1f} ns a packet  (median; best {:.1f})\n", packet_time.median,
               packet_time.best);
    fmt::print("read        {:>7.1f} ns a picture (median; best {:.1f})\n", unit_time.median,
               unit_time.best);
    return bytes != 0 ? 0 : 1;
}
