// RTCP as typed items: a compound packet is checked as a whole, then delivered one item at a time
// (RFC 3550, RFC 4585, RFC 5104, RFC 3611, REMB and transport-wide congestion control drafts).
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/time.hpp"
#include "core/rtcp/transport_feedback.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <variant>

namespace parley::rtcp {

enum class PacketType : std::uint8_t {
    sender_report = 200,
    receiver_report = 201,
    source_description = 202,
    bye = 203,
    application = 204,
    transport_feedback = 205, ///< RTPFB
    payload_feedback = 206,   ///< PSFB
    extended_report = 207,
};

/// True when a datagram that RFC 7983 says is RTP or RTCP is RTCP (RFC 5761, section 4).
constexpr bool is_rtcp(Bytes packet) {
    return packet.size() >= 4 && packet[1] >= 192 && packet[1] <= 223;
}

/// A list of records of `stride` bytes each inside the packet, decoded when it is iterated. It
/// borrows the packet's bytes.
template <class T, std::size_t stride, T (*decode)(const std::uint8_t*)>
class RecordList {
  public:
    using value_type = T;

    class iterator {
      public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = const T*;
        using reference = T;

        iterator() = default;
        explicit iterator(const std::uint8_t* at) : at_{at} {}
        T operator*() const { return decode(at_); }
        iterator& operator++() {
            at_ += stride;
            return *this;
        }
        iterator operator++(int) {
            auto old = *this;
            ++*this;
            return old;
        }
        bool operator==(const iterator&) const = default;

      private:
        const std::uint8_t* at_ = nullptr;
    };
    using const_iterator = iterator;

    RecordList() = default;
    /// Takes as many whole records as `bytes` holds.
    explicit RecordList(Bytes bytes) : bytes_{bytes.first(bytes.size() / stride * stride)} {}

    [[nodiscard]] std::size_t size() const { return bytes_.size() / stride; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    /// `index` must be below size().
    T operator[](std::size_t index) const { return decode(bytes_.data() + index * stride); }
    [[nodiscard]] iterator begin() const { return iterator{bytes_.data()}; }
    [[nodiscard]] iterator end() const { return iterator{bytes_.data() + bytes_.size()}; }

  private:
    Bytes bytes_;
};

struct ReportBlock {
    std::uint32_t ssrc = 0;
    std::uint8_t fraction_lost = 0;       ///< in 1/256
    std::int32_t cumulative_lost = 0;     ///< 24 bits, signed
    std::uint32_t highest_sequence = 0;   ///< cycles << 16 | sequence number
    std::uint32_t jitter = 0;             ///< in timestamp units
    std::uint32_t last_sender_report = 0; ///< NtpTime::middle() of the last SR, 0 for none
    std::uint32_t delay_since_last_sender_report = 0; ///< in 1/65536 s

    bool operator==(const ReportBlock&) const = default;
};

/// One PID and BLP pair of a generic NACK (RFC 4585, section 6.2.1).
struct NackItem {
    std::uint16_t packet_id = 0;
    std::uint16_t bitmask = 0; ///< bit i: packet_id + i + 1 is lost too

    bool operator==(const NackItem&) const = default;
    /// Calls f(sequence number) for each packet asked for.
    template <class F>
    void for_each(F&& f) const {
        f(packet_id);
        for (unsigned bit = 0; bit < 16; ++bit) {
            if (bitmask >> bit & 1) f(static_cast<std::uint16_t>(packet_id + bit + 1));
        }
    }
};

struct FirEntry {
    std::uint32_t ssrc = 0;
    std::uint8_t sequence = 0; ///< a repeated number is a repeated request, not a new one

    bool operator==(const FirEntry&) const = default;
};

/// One sub-block of a DLRR block (RFC 3611, section 4.5).
struct DlrrEntry {
    std::uint32_t ssrc = 0;
    std::uint32_t last_receiver_report = 0;             ///< NtpTime::middle() of the last RRTR
    std::uint32_t delay_since_last_receiver_report = 0; ///< in 1/65536 s

    bool operator==(const DlrrEntry&) const = default;
};

namespace detail {
ReportBlock decode_report_block(const std::uint8_t* p);
NackItem decode_nack_item(const std::uint8_t* p);
FirEntry decode_fir_entry(const std::uint8_t* p);
DlrrEntry decode_dlrr_entry(const std::uint8_t* p);
inline std::uint32_t decode_ssrc(const std::uint8_t* p) {
    return load_be32(p);
}
} // namespace detail

using ReportBlocks = RecordList<ReportBlock, 24, detail::decode_report_block>;
using SsrcList = RecordList<std::uint32_t, 4, detail::decode_ssrc>;
using NackItems = RecordList<NackItem, 4, detail::decode_nack_item>;
using FirEntries = RecordList<FirEntry, 8, detail::decode_fir_entry>;
using DlrrEntries = RecordList<DlrrEntry, 12, detail::decode_dlrr_entry>;

/// What a sender says of itself (RFC 3550, section 6.4.1).
struct SenderInfo {
    std::uint32_t ssrc = 0;
    NtpTime ntp;
    std::uint32_t rtp_timestamp = 0;
    std::uint32_t packet_count = 0;
    std::uint32_t octet_count = 0;

    bool operator==(const SenderInfo&) const = default;
};

struct SenderReport {
    SenderInfo sender;
    ReportBlocks reports;
};

struct ReceiverReport {
    std::uint32_t ssrc = 0;
    ReportBlocks reports;
};

/// One chunk of a source description. Of its items only the CNAME is looked at.
struct SdesChunk {
    std::uint32_t ssrc = 0;
    std::string_view cname; ///< empty when the chunk has none
};

struct Bye {
    SsrcList ssrcs;
    std::string_view reason;
};

struct Nack {
    std::uint32_t sender_ssrc = 0;
    std::uint32_t media_ssrc = 0;
    NackItems items;
};

struct Pli {
    std::uint32_t sender_ssrc = 0;
    std::uint32_t media_ssrc = 0;
};

/// Full intra request (RFC 5104, section 4.3.1): the media is named by the entries.
struct Fir {
    std::uint32_t sender_ssrc = 0;
    FirEntries entries;
};

/// draft-alvestrand-rmcat-remb-03.
struct Remb {
    std::uint32_t sender_ssrc = 0;
    std::uint64_t bitrate = 0; ///< bit/s; saturates at the largest 64-bit value
    SsrcList ssrcs;
};

/// XR receiver reference time (RFC 3611, section 4.4).
struct XrReceiverReferenceTime {
    std::uint32_t ssrc = 0;
    NtpTime ntp;
};

/// XR delay since the last receiver report (RFC 3611, section 4.5).
struct XrDlrr {
    std::uint32_t ssrc = 0;
    DlrrEntries entries;
};

/// Well-formed, but nothing that we use: APP, unknown feedback, other XR blocks.
struct Unknown {
    std::uint8_t type = 0;
    std::uint8_t format = 0; ///< the count or FMT field; the block type within an XR packet
};

using Item = std::variant<SenderReport, ReceiverReport, SdesChunk, Bye, Nack, Pli, Fir, Remb,
                          TransportFeedback, XrReceiverReferenceTime, XrDlrr, Unknown>;

/// Walks a compound or reduced-size (RFC 5506) packet. Items borrow its bytes.
///
///     auto reader = CompoundReader::open(bytes);
///     if (!reader) { ++counters.malformed; return; }
///     while (auto item = reader->next()) std::visit(..., *item);
class CompoundReader {
  public:
    /// Checks the headers of the whole datagram (RFC 3550, appendix A.2): version, type, padding
    /// within its packet, lengths that add up exactly. Nothing when any of it is wrong.
    static std::optional<CompoundReader> open(Bytes datagram);

    /// The next item, or nothing at the end. Packets with a good header and a broken body are
    /// passed over and counted by malformed().
    std::optional<Item> next();

    [[nodiscard]] std::size_t malformed() const { return malformed_; }

  private:
    explicit CompoundReader(Bytes rest) : rest_{rest} {}
    std::optional<Item> next_packet();
    std::optional<Item> next_chunk();
    std::optional<Item> next_block();
    std::optional<Item> parse_bye(Bytes body, std::uint8_t count) const;

    Bytes rest_;
    Bytes inner_; ///< what is left of an SDES or XR packet
    PacketType inner_type_{};
    std::uint32_t inner_ssrc_ = 0;
    std::size_t inner_chunks_ = 0;
    std::size_t malformed_ = 0;
};

} // namespace parley::rtcp
