// AV1 over RTP. The first byte chooses the largest payload. The rest is taken for a byte stream,
// which is cut into packets and put together again, and for packets: each has a byte of flags and
// one of length before it.
#include "core/rtp/codec/av1_depacketizer.hpp"
#include "core/rtp/codec/av1_packetizer.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace parley;
using namespace parley::rtp;

constexpr std::size_t max_unit = 4096;

void check(bool condition) {
    if (!condition) std::abort();
}

/// What a stream looks like after the way over RTP.
std::vector<std::uint8_t> as_unit(Bytes stream) {
    std::vector<std::uint8_t> unit{0x12, 0x00};
    Av1ObuReader reader{stream};
    while (const auto obu = reader.next()) {
        if (!travels(obu->type)) continue;
        unit.push_back(obu->header[0] | 0x02);
        if (obu->has_extension) unit.push_back(obu->header[1]);
        std::uint8_t size[max_leb128_size];
        unit.insert(unit.end(), size, size + write_leb128(size, obu->payload.size()));
        unit.insert(unit.end(), obu->payload.begin(), obu->payload.end());
    }
    return unit;
}

void check_round_trip(Bytes stream, std::size_t max_payload) {
    Av1Packetizer packetizer;
    if (!packetizer.plan(stream, max_payload)) return;
    Av1Depacketizer depacketizer;
    std::optional<Av1TemporalUnit> unit;
    for (std::size_t i = 0; i < packetizer.payload_count(); ++i) {
        check(packetizer.payload_size(i) <= max_payload);
        std::vector<std::uint8_t> payload(packetizer.payload_size(i));
        packetizer.write(i, payload);
        const bool last = i + 1 == packetizer.payload_count();
        unit = depacketizer.push({payload, 1, last, false});
        check(last || !unit);
    }
    if (!packetizer.unit().starts_sequence()) return;
    check(unit && unit->keyframe && unit->bytes == as_unit(stream));
}

void check_hostile_packets(Bytes data) {
    Av1Depacketizer depacketizer{max_unit};
    ByteReader reader{data};
    const auto look_at = [](const std::optional<Av1TemporalUnit>& unit) {
        if (!unit) return;
        check(unit->bytes.size() > 2 && unit->bytes.size() <= max_unit);
        Av1ObuReader obus{unit->bytes};
        while (obus.next()) {
        }
        check(!obus.broken());
    };
    while (reader.remaining() >= 2) {
        const auto flags = reader.u8();
        const auto length = std::min<std::size_t>(reader.u8(), reader.remaining());
        depacketizer.set_wait_for_keyframe(flags & 0x80);
        const Av1Depacketizer::Packet packet{reader.bytes(length), flags & 0x0FU,
                                             (flags & 0x10) != 0, (flags & 0x20) != 0};
        look_at(depacketizer.ended_before(packet));
        look_at(depacketizer.push(packet));
        if (flags & 0x40) depacketizer.take_keyframe_wish();
    }
    look_at(depacketizer.finish());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const Bytes rest{data + 1, size - 1};
    check_round_trip(rest, Av1Packetizer::min_payload + data[0]);
    check_hostile_packets(rest);
    return 0;
}
