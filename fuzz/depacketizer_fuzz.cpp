// RTP payloads to access units. The first byte chooses the codec, and whether SDP's fmtp follows,
// with a byte of length before it; then packets: each has a byte of flags and one of length before
// its payload.
#include "fuzz/unit_checks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using namespace parley;
using namespace parley::media;

constexpr unsigned has_fmtp = 0x80; ///< of the first byte

constexpr unsigned marker = 0x01;
constexpr unsigned next_picture = 0x02; ///< another timestamp
constexpr unsigned another_ssrc = 0x10;
constexpr unsigned another_type = 0x20; ///< comfort noise
constexpr unsigned wish = 0x40;

// By bits 2 and 3 of the flags.
constexpr std::uint16_t steps[] = {1, 2, 0, 65336};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const auto codec = static_cast<Codec>(data[0] % codec_count);
    ByteReader reader{Bytes{data + 1, size - 1}};
    Bytes fmtp;
    if (data[0] & has_fmtp) {
        fmtp = reader.bytes(std::min<std::size_t>(reader.u8(), reader.remaining()));
    }
    const auto depacketizer = Depacketizer::create(codec, as_text(fmtp));
    UnitChecks checks{codec};
    std::uint16_t sequence = 65530;
    std::uint32_t timestamp = 0xFFFFF000;
    std::uint64_t packets = 0;
    std::vector<std::uint8_t> datagram;
    while (reader.remaining() >= 2) {
        const unsigned flags = reader.u8();
        const auto payload = reader.bytes(std::min<std::size_t>(reader.u8(), reader.remaining()));
        sequence = static_cast<std::uint16_t>(sequence + steps[flags >> 2 & 3]);
        if (flags & next_picture) timestamp += 3000;
        datagram.resize(rtp::fixed_header_size);
        rtp::write_fixed_header(datagram.data(),
                                {static_cast<std::uint8_t>(flags & another_type ? 13 : 96),
                                 (flags & marker) != 0, false, sequence, timestamp,
                                 rtp::Ssrc{flags & another_ssrc ? 2U : 1U}});
        datagram.insert(datagram.end(), payload.begin(), payload.end());
        depacketizer->push(*rtp::PacketView::parse(datagram));
        ++packets;
        while (const auto unit = depacketizer->pop())
            checks.look_at(*unit);
        if (flags & wish) depacketizer->take_keyframe_wish();
        check(depacketizer->counters().packets == packets);
        check(depacketizer->counters().dropped <= packets);
    }
    depacketizer->finish();
    while (const auto unit = depacketizer->pop())
        checks.look_at(*unit);
    return 0;
}
