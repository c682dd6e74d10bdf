// A tap's messages as a client sends them: records stay within the message, and those that were
// read can be written again.
#include "core/tap/record.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace parley;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes message{data, size};
    tap::RecordReader reader{message};
    tap::RecordWriter writer;
    std::size_t read = 0;
    while (const auto record = reader.next()) {
        require(record->body.data() >= data &&
                record->body.data() + record->body.size() <= data + size);
        const bool fits =
            record->type == tap::RecordType::rtp
                ? writer.append_rtp(record->stream, record->flags, record->ntp, record->body)
                : writer.append(record->type, record->stream, record->body);
        if (!fits) return 0; // longer than any message of a tap
        ++read;
    }
    require(!reader.next());
    tap::RecordReader again{writer.message()};
    std::size_t reread = 0;
    while (again.next())
        ++reread;
    require(!again.broken() && read == reread);
    return 0;
}
