// How a tap's messages are laid out (docs/tap.md): each is a row of records, each record a header
// of eight bytes and a body. Numbers are big-endian.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::tap {

inline constexpr unsigned protocol_version = 1;

/// Of a message: what a seqpacket socket with its default buffers takes at once.
inline constexpr std::size_t max_message_size = 60'000;
inline constexpr std::size_t record_header_size = 8;
/// Of an RTP record's body: the packet's time, before the packet.
inline constexpr std::size_t rtp_prefix_size = 8;
inline constexpr std::size_t max_body_size = max_message_size - record_header_size;

/// A track's layer on its way through a tap, under a number that the client has chosen.
enum class StreamId : std::uint32_t {};
inline constexpr StreamId no_stream{0};
constexpr std::uint32_t value(StreamId id) {
    return static_cast<std::uint32_t>(id);
}

enum class RecordType : std::uint8_t {
    control = 1, ///< a JSON object
    rtp = 2,     ///< the time of the packet's timestamp (NTP, 64 bits; 0: unknown), and the packet
    rtcp = 3,    ///< a compound packet
};

/// The time of an RTP record stands on a sender report, not on the time of arrival.
inline constexpr std::uint8_t flag_synchronized = 1;

struct Record {
    RecordType type{};
    std::uint8_t flags = 0;
    StreamId stream = no_stream;
    NtpTime ntp; ///< of an RTP record
    Bytes body;  ///< JSON text, or the packet; points into the message
};

/// Walks a message. Records of a type that is not known here are passed over, so that a newer peer
/// can say more; anything that does not fit ends the walk with broken().
class RecordReader {
  public:
    explicit RecordReader(Bytes message) : rest_{message} {}
    std::optional<Record> next();
    [[nodiscard]] bool broken() const { return broken_; }

  private:
    Bytes rest_;
    bool broken_ = false;
};

/// Fills a message, record by record.
class RecordWriter {
  public:
    RecordWriter() { message_.reserve(max_message_size); }

    [[nodiscard]] bool empty() const { return message_.empty(); }
    [[nodiscard]] bool fits(std::size_t body) const {
        return message_.size() + record_header_size + body <= max_message_size;
    }
    /// Room for an RTP packet of at most `size` bytes; empty where the message has none left.
    [[nodiscard]] MutBytes begin_rtp(std::size_t size);
    /// The packet begun last has this size, or is taken back (0).
    void end_rtp(StreamId stream, std::uint8_t flags, NtpTime ntp, std::size_t size);
    /// False where the message has no room for it.
    bool append(RecordType type, StreamId stream, Bytes body);
    bool append_rtp(StreamId stream, std::uint8_t flags, NtpTime ntp, Bytes packet);

    [[nodiscard]] Bytes message() const { return message_; }
    void clear() { message_.clear(); }
    /// Gives the message away and goes on in `next`, whose memory is used again.
    std::vector<std::uint8_t> take(std::vector<std::uint8_t> next);

  private:
    void write_header(std::size_t at, RecordType type, std::uint8_t flags, StreamId stream,
                      std::size_t body);

    std::vector<std::uint8_t> message_;
    std::size_t begun_ = 0;
};

} // namespace parley::tap
