// The receivers that remember: NACKs, transport-wide feedback and reception statistics, driven by
// any order of packets. Each step is three bytes: a leap of the sequence number, and a wait.
#include "core/congestion/nack_generator.hpp"
#include "core/congestion/reception_stats.hpp"
#include "core/congestion/twcc_recorder.hpp"
#include "core/rtp/sequence.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <variant>
#include <vector>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace parley;
    congestion::NackGenerator nacks;
    congestion::ReceptionStats stats{90000};
    congestion::TwccRecorder recorder{{.window = 256}};
    rtp::SeqUnwrapper unwrapper;
    Instant now{1s};
    std::uint16_t sequence = 0xFFF0;
    std::vector<std::uint16_t> asked;
    std::array<std::uint8_t, 300> buffer;

    for (; size >= 3; data += 3, size -= 3) {
        // Small leaps mostly, either way, and now and then any.
        const auto leap = data[0] < 0xF0 ? static_cast<std::int8_t>(data[1]) / 8
                                         : static_cast<std::int16_t>(load_be16(data + 1));
        sequence = static_cast<std::uint16_t>(sequence + leap);
        now += data[2] * (data[0] & 1 ? 1ms : 100us);

        const auto extended = unwrapper.unwrap(sequence);
        nacks.on_packet(extended, now);
        check(!nacks.is_missing(extended) && nacks.missing() <= 500);
        stats.on_packet(extended, static_cast<std::uint32_t>(now.time_since_epoch() / 11us), now);
        recorder.on_packet(sequence, 1, now);
        if (data[0] % 16 == 7) nacks.forget_before(extended);

        asked.clear();
        nacks.take(now, asked);
        check(asked.size() <= 500);
        if (const auto deadline = nacks.next_deadline()) check(*deadline > now);

        rtcp::CompoundBuilder out{buffer};
        for (int i = 0; recorder.feedback(2, now, out); ++i) {
            check(i < 1000);
            auto reader = rtcp::CompoundReader::open(out.written());
            check(reader.has_value());
            while (const auto item = reader->next()) {
                check(std::holds_alternative<rtcp::TransportFeedback>(*item));
            }
            check(reader->malformed() == 0);
            out = rtcp::CompoundBuilder{buffer};
        }
        if (const auto deadline = recorder.next_deadline()) check(*deadline > now);
        if (data[0] % 32 == 9) stats.report(1, now);
    }
    return 0;
}
