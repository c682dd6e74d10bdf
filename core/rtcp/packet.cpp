#include "core/rtcp/packet.hpp"

#include <limits>

namespace parley::rtcp {

namespace {

constexpr std::size_t header_size = 4;

constexpr std::uint8_t fmt_nack = 1;
constexpr std::uint8_t fmt_transport_cc = 15;
constexpr std::uint8_t fmt_pli = 1;
constexpr std::uint8_t fmt_fir = 4;
constexpr std::uint8_t fmt_application = 15;

constexpr std::uint8_t sdes_cname = 1;
constexpr std::uint8_t block_receiver_reference_time = 4;
constexpr std::uint8_t block_dlrr = 5;

constexpr std::size_t packet_size(Bytes packet) {
    return (std::size_t{load_be16(packet.data() + 2)} + 1) * 4;
}

std::optional<Item> parse_sender_report(Bytes body, std::uint8_t count) {
    ByteReader reader{body};
    SenderReport report;
    report.sender.ssrc = reader.u32();
    report.sender.ntp = NtpTime{reader.u64()};
    report.sender.rtp_timestamp = reader.u32();
    report.sender.packet_count = reader.u32();
    report.sender.octet_count = reader.u32();
    report.reports = ReportBlocks{reader.bytes(std::size_t{count} * 24)};
    // What follows the blocks is a profile's extension, which none of ours has.
    if (!reader.ok()) return {};
    return report;
}

std::optional<Item> parse_receiver_report(Bytes body, std::uint8_t count) {
    ByteReader reader{body};
    ReceiverReport report;
    report.ssrc = reader.u32();
    report.reports = ReportBlocks{reader.bytes(std::size_t{count} * 24)};
    if (!reader.ok()) return {};
    return report;
}

std::optional<Item> parse_remb(std::uint32_t sender_ssrc, ByteReader& fci) {
    const auto count = fci.u8();
    const auto packed = fci.u24();
    Remb remb;
    remb.sender_ssrc = sender_ssrc;
    const auto exponent = packed >> 18;
    const std::uint64_t mantissa = packed & 0x3FFFF;
    // 18 bits shifted by up to 63 overflow: saturate instead.
    const bool fits = (mantissa << exponent) >> exponent == mantissa;
    remb.bitrate = fits ? mantissa << exponent : std::numeric_limits<std::uint64_t>::max();
    remb.ssrcs = SsrcList{fci.bytes(std::size_t{count} * 4)};
    if (!fci.ok()) return {};
    return remb;
}

std::optional<Item> parse_payload_feedback(Bytes body, std::uint8_t format) {
    ByteReader reader{body};
    const auto sender_ssrc = reader.u32();
    const auto media_ssrc = reader.u32();
    if (!reader.ok()) return {};
    switch (format) {
    case fmt_pli:
        if (reader.remaining() != 0) return {};
        return Pli{sender_ssrc, media_ssrc};
    case fmt_fir: {
        FirEntries entries{reader.rest()};
        if (entries.empty() || reader.remaining() % 8 != 0) return {};
        return Fir{sender_ssrc, entries};
    }
    case fmt_application: {
        // Other users of this format number exist: they are not ours to refuse.
        const auto name = reader.rest();
        if (name.size() < 4 || as_text(name.first(4)) != "REMB") break;
        reader.skip(4);
        return parse_remb(sender_ssrc, reader);
    }
    default:
        break;
    }
    return Unknown{static_cast<std::uint8_t>(PacketType::payload_feedback), format};
}

std::optional<Item> parse_transport_feedback(Bytes body, std::uint8_t format) {
    ByteReader reader{body};
    const auto sender_ssrc = reader.u32();
    const auto media_ssrc = reader.u32();
    if (!reader.ok()) return {};
    if (format == fmt_nack) {
        NackItems items{reader.rest()};
        if (items.empty()) return {};
        return Nack{sender_ssrc, media_ssrc, items};
    }
    if (format == fmt_transport_cc) {
        auto feedback = TransportFeedback::parse(body);
        if (!feedback) return {};
        return *feedback;
    }
    return Unknown{static_cast<std::uint8_t>(PacketType::transport_feedback), format};
}

} // namespace

namespace detail {

ReportBlock decode_report_block(const std::uint8_t* p) {
    ReportBlock block;
    block.ssrc = load_be32(p);
    block.fraction_lost = p[4];
    // Sign-extends 24 bits.
    block.cumulative_lost = static_cast<std::int32_t>(load_be24(p + 5) << 8) >> 8;
    block.highest_sequence = load_be32(p + 8);
    block.jitter = load_be32(p + 12);
    block.last_sender_report = load_be32(p + 16);
    block.delay_since_last_sender_report = load_be32(p + 20);
    return block;
}

NackItem decode_nack_item(const std::uint8_t* p) {
    return {load_be16(p), load_be16(p + 2)};
}

FirEntry decode_fir_entry(const std::uint8_t* p) {
    return {load_be32(p), p[4]};
}

DlrrEntry decode_dlrr_entry(const std::uint8_t* p) {
    return {load_be32(p), load_be32(p + 4), load_be32(p + 8)};
}

} // namespace detail

std::optional<CompoundReader> CompoundReader::open(Bytes datagram) {
    if (datagram.empty()) return {};
    auto rest = datagram;
    while (!rest.empty()) {
        if (rest.size() < header_size) return {};
        if (rest[0] >> 6 != 2) return {};
        if (rest[1] < 192 || rest[1] > 223) return {};
        const auto size = packet_size(rest);
        if (size > rest.size()) return {};
        if (rest[0] & 0x20) {
            // RFC 3550 allows it on the last packet only and in whole words, but libwebrtc fills
            // each of its transport-cc messages up with one to three bytes.
            const auto padding = rest[size - 1];
            if (padding == 0 || padding > size - header_size) return {};
        }
        rest = rest.subspan(size);
    }
    return CompoundReader{datagram};
}

std::optional<Item> CompoundReader::next() {
    for (;;) {
        if (!inner_.empty()) {
            auto item = inner_type_ == PacketType::extended_report ? next_block() : next_chunk();
            if (item) return item;
            continue; // inner_ has become shorter
        }
        if (rest_.empty()) return {};
        if (auto item = next_packet()) return item;
    }
}

std::optional<Item> CompoundReader::next_packet() {
    const auto size = packet_size(rest_);
    const auto packet = rest_.first(size);
    rest_ = rest_.subspan(size);
    const std::size_t padding = packet[0] & 0x20 ? packet[size - 1] : 0;
    const auto body = packet.subspan(header_size, size - header_size - padding);
    const auto count = static_cast<std::uint8_t>(packet[0] & 0x1F);

    std::optional<Item> item;
    switch (static_cast<PacketType>(packet[1])) {
    case PacketType::sender_report:
        item = parse_sender_report(body, count);
        break;
    case PacketType::receiver_report:
        item = parse_receiver_report(body, count);
        break;
    case PacketType::bye:
        item = parse_bye(body, count);
        break;
    case PacketType::payload_feedback:
        item = parse_payload_feedback(body, count);
        break;
    case PacketType::transport_feedback:
        item = parse_transport_feedback(body, count);
        break;
    case PacketType::source_description:
        inner_ = count == 0 ? Bytes{} : body;
        inner_type_ = PacketType::source_description;
        inner_chunks_ = count;
        if (count != 0 && body.empty()) ++malformed_;
        return {};
    case PacketType::extended_report:
        if (body.size() < 4) break;
        inner_ssrc_ = load_be32(body.data());
        inner_ = body.subspan(4);
        inner_type_ = PacketType::extended_report;
        return {};
    case PacketType::application:
    default:
        return Unknown{packet[1], count};
    }
    if (!item) ++malformed_;
    return item;
}

std::optional<Item> CompoundReader::parse_bye(Bytes body, std::uint8_t count) const {
    ByteReader reader{body};
    Bye bye;
    bye.ssrcs = SsrcList{reader.bytes(std::size_t{count} * 4)};
    if (!reader.ok()) return {};
    if (reader.remaining() != 0) {
        bye.reason = as_text(reader.bytes(reader.u8()));
        if (!reader.ok()) return {};
    }
    return bye;
}

std::optional<Item> CompoundReader::next_chunk() {
    ByteReader reader{inner_};
    SdesChunk chunk;
    chunk.ssrc = reader.u32();
    for (;;) {
        const auto type = reader.u8();
        if (!reader.ok()) break;
        if (type == 0) {
            // The list ends with zeros up to the next word (RFC 3550, section 6.5).
            const auto used = inner_.size() - reader.remaining();
            reader.skip((4 - used % 4) % 4);
            break;
        }
        const auto value = reader.bytes(reader.u8());
        if (type == sdes_cname && chunk.cname.empty()) chunk.cname = as_text(value);
    }
    if (!reader.ok()) {
        inner_ = {};
        ++malformed_;
        return {};
    }
    inner_ = reader.rest();
    if (--inner_chunks_ == 0) {
        inner_ = {};
    } else if (inner_.empty()) {
        ++malformed_; // fewer chunks than the header says
    }
    return chunk;
}

std::optional<Item> CompoundReader::next_block() {
    ByteReader reader{inner_};
    const auto type = reader.u8();
    reader.skip(1);
    const auto content = reader.bytes(std::size_t{reader.u16()} * 4);
    if (!reader.ok()) {
        inner_ = {};
        ++malformed_;
        return {};
    }
    inner_ = reader.rest();
    if (type == block_receiver_reference_time) {
        if (content.size() != 8) {
            ++malformed_;
            return {};
        }
        return XrReceiverReferenceTime{inner_ssrc_, NtpTime{load_be64(content.data())}};
    }
    if (type == block_dlrr) {
        if (content.size() % 12 != 0) {
            ++malformed_;
            return {};
        }
        return XrDlrr{inner_ssrc_, DlrrEntries{content}};
    }
    return Unknown{static_cast<std::uint8_t>(PacketType::extended_report), type};
}

} // namespace parley::rtcp
