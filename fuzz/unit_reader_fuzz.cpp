// Encoded media as GStreamer hands it over. The first byte chooses the codec; then units: each has
// two bytes of length before it.
#include "fuzz/unit_checks.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace parley;
using namespace parley::media;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const auto codec = static_cast<Codec>(data[0] % codec_count);
    const auto reader = UnitReader::create(codec);
    UnitChecks checks{codec};
    ByteReader bytes{Bytes{data + 1, size - 1}};
    while (bytes.remaining() >= 2) {
        const auto unit = bytes.bytes(std::min<std::size_t>(bytes.u16(), bytes.remaining()));
        if (const auto read = reader->read(unit)) checks.look_at(*read);
    }
    return 0;
}
