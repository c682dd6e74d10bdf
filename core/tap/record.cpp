#include "core/tap/record.hpp"

#include <cassert>

namespace parley::tap {

std::optional<Record> RecordReader::next() {
    while (!rest_.empty() && !broken_) {
        ByteReader reader{rest_};
        const auto type = reader.u8();
        Record record;
        record.flags = reader.u8();
        const auto size = reader.u16();
        record.stream = StreamId{reader.u32()};
        record.body = reader.bytes(size);
        if (!reader.ok()) {
            broken_ = true;
            break;
        }
        rest_ = reader.rest();
        record.type = static_cast<RecordType>(type);
        switch (record.type) {
        case RecordType::control:
        case RecordType::rtcp:
            return record;
        case RecordType::rtp:
            if (record.body.size() <= rtp_prefix_size) {
                broken_ = true;
                return std::nullopt;
            }
            record.ntp = NtpTime{load_be64(record.body.data())};
            record.body = record.body.subspan(rtp_prefix_size);
            return record;
        }
    }
    return std::nullopt;
}

MutBytes RecordWriter::begin_rtp(std::size_t size) {
    const std::size_t body = rtp_prefix_size + size;
    if (!fits(body)) return {};
    begun_ = message_.size();
    message_.resize(begun_ + record_header_size + body);
    return MutBytes{message_}.subspan(begun_ + record_header_size + rtp_prefix_size);
}

void RecordWriter::end_rtp(StreamId stream, std::uint8_t flags, NtpTime ntp, std::size_t size) {
    assert(begun_ + record_header_size + rtp_prefix_size + size <= message_.size());
    if (size == 0) {
        message_.resize(begun_);
        return;
    }
    message_.resize(begun_ + record_header_size + rtp_prefix_size + size);
    write_header(begun_, RecordType::rtp, flags, stream, rtp_prefix_size + size);
    store_be64(message_.data() + begun_ + record_header_size, ntp.value);
}

bool RecordWriter::append(RecordType type, StreamId stream, Bytes body) {
    if (!fits(body.size())) return false;
    const auto at = message_.size();
    message_.resize(at + record_header_size);
    write_header(at, type, 0, stream, body.size());
    message_.insert(message_.end(), body.begin(), body.end());
    return true;
}

bool RecordWriter::append_rtp(StreamId stream, std::uint8_t flags, NtpTime ntp, Bytes packet) {
    const auto room = begin_rtp(packet.size());
    if (room.size() != packet.size()) return false;
    std::memcpy(room.data(), packet.data(), packet.size());
    end_rtp(stream, flags, ntp, packet.size());
    return true;
}

std::vector<std::uint8_t> RecordWriter::take(std::vector<std::uint8_t> next) {
    next.clear();
    next.reserve(max_message_size);
    std::swap(next, message_);
    return next;
}

void RecordWriter::write_header(std::size_t at, RecordType type, std::uint8_t flags,
                                StreamId stream, std::size_t body) {
    auto* const header = message_.data() + at;
    header[0] = static_cast<std::uint8_t>(type);
    header[1] = flags;
    store_be16(header + 2, static_cast<std::uint16_t>(body));
    store_be32(header + 4, value(stream));
}

} // namespace parley::tap
