// Lines of events.jsonl: whatever parses prints to a line that parses to the same.
#include "recording/evidence/event_json.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace parley;
    const auto line = recording::parse_line(as_text(Bytes{data, size}));
    if (!line) return 0;
    const auto text = recording::print_line(*line);
    const auto again = recording::parse_line(text);
    if (!again || recording::print_line(*again) != text) std::abort();
    return 0;
}
