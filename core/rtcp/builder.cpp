#include "core/rtcp/builder.hpp"

#include "core/rtcp/feedback_chunks.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace parley::rtcp {

namespace {

constexpr std::size_t max_blocks = 31;
constexpr std::size_t report_block_size = 24;

constexpr std::size_t padded(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

std::uint8_t* write_block(std::uint8_t* p, const ReportBlock& block) {
    store_be32(p, block.ssrc);
    p[4] = block.fraction_lost;
    // A clamp, not a wrap: RFC 3550, appendix A.3.
    const auto lost = std::clamp(block.cumulative_lost, -0x800000, 0x7FFFFF);
    store_be24(p + 5, static_cast<std::uint32_t>(lost) & 0xFFFFFF);
    store_be32(p + 8, block.highest_sequence);
    store_be32(p + 12, block.jitter);
    store_be32(p + 16, block.last_sender_report);
    store_be32(p + 20, block.delay_since_last_sender_report);
    return p + report_block_size;
}

constexpr StatusSymbol symbol_of(std::int64_t delta) {
    return delta >= 0 && delta <= 0xFF ? StatusSymbol::small_delta : StatusSymbol::large_delta;
}

constexpr std::size_t receiver_reports_size(std::size_t blocks) {
    const auto packets = (blocks + max_blocks - 1) / max_blocks;
    return packets * 8 + blocks * report_block_size;
}

} // namespace

std::uint8_t* CompoundBuilder::begin(PacketType type, std::size_t count, std::size_t size) {
    if (room() < size) return nullptr;
    auto* p = buffer_.data() + size_;
    size_ += size;
    p[0] = static_cast<std::uint8_t>(0x80 | count);
    p[1] = static_cast<std::uint8_t>(type);
    store_be16(p + 2, static_cast<std::uint16_t>(size / 4 - 1));
    return p;
}

bool CompoundBuilder::sender_report(const SenderInfo& sender, std::span<const ReportBlock> blocks) {
    const auto first = blocks.first(std::min(blocks.size(), max_blocks));
    const auto rest = blocks.subspan(first.size());
    const auto size = 28 + first.size() * report_block_size;
    if (room() < size + receiver_reports_size(rest.size())) return false;
    auto* p = begin(PacketType::sender_report, first.size(), size);
    store_be32(p + 4, sender.ssrc);
    store_be64(p + 8, sender.ntp.value);
    store_be32(p + 16, sender.rtp_timestamp);
    store_be32(p + 20, sender.packet_count);
    store_be32(p + 24, sender.octet_count);
    p += 28;
    for (const auto& block : first)
        p = write_block(p, block);
    return rest.empty() || receiver_report(sender.ssrc, rest);
}

bool CompoundBuilder::receiver_report(std::uint32_t ssrc, std::span<const ReportBlock> blocks) {
    if (room() < std::max<std::size_t>(8, receiver_reports_size(blocks.size()))) return false;
    do {
        const auto now = blocks.first(std::min(blocks.size(), max_blocks));
        blocks = blocks.subspan(now.size());
        auto* p =
            begin(PacketType::receiver_report, now.size(), 8 + now.size() * report_block_size);
        store_be32(p + 4, ssrc);
        p += 8;
        for (const auto& block : now)
            p = write_block(p, block);
    } while (!blocks.empty());
    return true;
}

bool CompoundBuilder::sdes_cname(std::uint32_t ssrc, std::string_view cname) {
    if (cname.size() > 255) return false;
    // At least one zero ends the items.
    const auto size = padded(4 + 4 + 2 + cname.size() + 1);
    auto* p = begin(PacketType::source_description, 1, size);
    if (p == nullptr) return false;
    std::memset(p + 4, 0, size - 4);
    store_be32(p + 4, ssrc);
    p[8] = 1;
    p[9] = static_cast<std::uint8_t>(cname.size());
    std::copy(cname.begin(), cname.end(), p + 10);
    return true;
}

bool CompoundBuilder::bye(std::span<const std::uint32_t> ssrcs, std::string_view reason) {
    if (ssrcs.size() > 31) return false;
    reason = reason.substr(0, 255);
    const auto fixed = 4 + ssrcs.size() * 4;
    const auto size = reason.empty() ? fixed : padded(fixed + 1 + reason.size());
    auto* p = begin(PacketType::bye, ssrcs.size(), size);
    if (p == nullptr) return false;
    std::memset(p + 4, 0, size - 4);
    auto* at = p + 4;
    for (const auto ssrc : ssrcs) {
        store_be32(at, ssrc);
        at += 4;
    }
    if (!reason.empty()) {
        *at++ = static_cast<std::uint8_t>(reason.size());
        std::copy(reason.begin(), reason.end(), at);
    }
    return true;
}

std::size_t CompoundBuilder::nack(std::uint32_t sender_ssrc, std::uint32_t media_ssrc,
                                  std::span<const std::uint16_t> sequences) {
    constexpr std::size_t fixed = 12;
    if (sequences.empty() || room() < fixed + 4) return 0;
    auto* const p = buffer_.data() + size_;
    const auto most = std::min<std::size_t>((room() - fixed) / 4, 0xFFFF - 2);

    std::size_t pairs = 0;
    std::size_t taken = 0;
    while (taken < sequences.size() && pairs < most) {
        const auto packet_id = sequences[taken++];
        std::uint16_t bitmask = 0;
        while (taken < sequences.size()) {
            const auto ahead = static_cast<std::uint16_t>(sequences[taken] - packet_id);
            if (ahead > 16) break;
            if (ahead > 0) bitmask |= static_cast<std::uint16_t>(1U << (ahead - 1));
            ++taken;
        }
        store_be16(p + fixed + pairs * 4, packet_id);
        store_be16(p + fixed + pairs * 4 + 2, bitmask);
        ++pairs;
    }
    begin(PacketType::transport_feedback, 1, fixed + pairs * 4);
    store_be32(p + 4, sender_ssrc);
    store_be32(p + 8, media_ssrc);
    return taken;
}

bool CompoundBuilder::pli(std::uint32_t sender_ssrc, std::uint32_t media_ssrc) {
    auto* p = begin(PacketType::payload_feedback, 1, 12);
    if (p == nullptr) return false;
    store_be32(p + 4, sender_ssrc);
    store_be32(p + 8, media_ssrc);
    return true;
}

bool CompoundBuilder::fir(std::uint32_t sender_ssrc, std::span<const FirEntry> entries) {
    const auto size = 12 + entries.size() * 8;
    if (entries.empty() || size > 0x40000) return false;
    auto* p = begin(PacketType::payload_feedback, 4, size);
    if (p == nullptr) return false;
    store_be32(p + 4, sender_ssrc);
    store_be32(p + 8, 0); // unused (RFC 5104, section 4.3.1.2)
    p += 12;
    for (const auto& entry : entries) {
        store_be32(p, entry.ssrc);
        store_be32(p + 4, std::uint32_t{entry.sequence} << 24);
        p += 8;
    }
    return true;
}

bool CompoundBuilder::remb(std::uint32_t sender_ssrc, std::uint64_t bitrate,
                           std::span<const std::uint32_t> ssrcs) {
    if (ssrcs.size() > 255) return false;
    auto* p = begin(PacketType::payload_feedback, 15, 20 + ssrcs.size() * 4);
    if (p == nullptr) return false;
    constexpr int mantissa_bits = 18;
    const auto width = static_cast<int>(std::bit_width(bitrate));
    const auto exponent = static_cast<unsigned>(std::max(0, width - mantissa_bits));
    store_be32(p + 4, sender_ssrc);
    store_be32(p + 8, 0);
    store_be32(p + 12, 0x52454D42); // "REMB"
    p[16] = static_cast<std::uint8_t>(ssrcs.size());
    store_be24(p + 17, exponent << mantissa_bits | static_cast<std::uint32_t>(bitrate >> exponent));
    p += 20;
    for (const auto ssrc : ssrcs) {
        store_be32(p, ssrc);
        p += 4;
    }
    return true;
}

std::size_t CompoundBuilder::transport_feedback(std::uint32_t sender_ssrc, std::uint32_t media_ssrc,
                                                std::uint8_t feedback_count,
                                                std::uint64_t base_sequence,
                                                std::span<const PacketArrival> arrivals) {
    constexpr std::size_t fixed = 20;
    if (arrivals.empty() || arrivals.front().sequence < base_sequence) return 0;
    const auto reference = arrivals.front().ticks / ticks_per_reference;

    // The chunks stand before the deltas, so how much fits must be known before writing.
    FeedbackChunks counted{nullptr};
    std::size_t fit = 0;
    std::size_t delta_bytes = 0;
    auto expected = base_sequence;
    auto time = reference * ticks_per_reference;
    for (const auto& arrival : arrivals) {
        const auto delta = arrival.ticks - time;
        if (arrival.sequence - base_sequence >= 0xFFFF) break;
        if (delta < -0x8000 || delta > 0x7FFF) break;
        const auto symbol = symbol_of(delta);
        counted.add(StatusSymbol::not_received, arrival.sequence - expected);
        counted.add(symbol);
        const auto deltas = delta_bytes + static_cast<std::size_t>(symbol);
        if (padded(fixed + (counted.count() + 1) * 2 + deltas) > room()) break;
        delta_bytes = deltas;
        expected = arrival.sequence + 1;
        time = arrival.ticks;
        ++fit;
    }
    if (fit == 0) return 0;
    arrivals = arrivals.first(fit);

    auto* const p = buffer_.data() + size_;
    FeedbackChunks chunks{p + fixed};
    expected = base_sequence;
    time = reference * ticks_per_reference;
    for (const auto& arrival : arrivals) {
        chunks.add(StatusSymbol::not_received, arrival.sequence - expected);
        chunks.add(symbol_of(arrival.ticks - time));
        expected = arrival.sequence + 1;
        time = arrival.ticks;
    }
    chunks.finish();

    auto* at = p + fixed + chunks.count() * 2;
    time = reference * ticks_per_reference;
    for (const auto& arrival : arrivals) {
        const auto delta = arrival.ticks - time;
        if (symbol_of(delta) == StatusSymbol::small_delta) {
            *at++ = static_cast<std::uint8_t>(delta);
        } else {
            store_be16(at, static_cast<std::uint16_t>(delta));
            at += 2;
        }
        time = arrival.ticks;
    }
    const auto used = static_cast<std::size_t>(at - p);
    // Zeros up to the next word, without the padding bit (section 3.1).
    std::memset(at, 0, padded(used) - used);
    begin(PacketType::transport_feedback, 15, padded(used));
    store_be32(p + 4, sender_ssrc);
    store_be32(p + 8, media_ssrc);
    store_be16(p + 12, static_cast<std::uint16_t>(base_sequence));
    store_be16(p + 14, static_cast<std::uint16_t>(expected - base_sequence));
    store_be24(p + 16, static_cast<std::uint32_t>(reference) & 0xFFFFFF);
    p[19] = feedback_count;
    return fit;
}

bool CompoundBuilder::xr_receiver_reference_time(std::uint32_t ssrc, NtpTime ntp) {
    auto* p = begin(PacketType::extended_report, 0, 20);
    if (p == nullptr) return false;
    store_be32(p + 4, ssrc);
    p[8] = 4;
    p[9] = 0;
    store_be16(p + 10, 2);
    store_be64(p + 12, ntp.value);
    return true;
}

bool CompoundBuilder::xr_dlrr(std::uint32_t ssrc, std::span<const DlrrEntry> entries) {
    const auto size = 12 + entries.size() * 12;
    if (size > 0x40000) return false;
    auto* p = begin(PacketType::extended_report, 0, size);
    if (p == nullptr) return false;
    store_be32(p + 4, ssrc);
    p[8] = 5;
    p[9] = 0;
    store_be16(p + 10, static_cast<std::uint16_t>(entries.size() * 3));
    p += 12;
    for (const auto& entry : entries) {
        store_be32(p, entry.ssrc);
        store_be32(p + 4, entry.last_receiver_report);
        store_be32(p + 8, entry.delay_since_last_receiver_report);
        p += 12;
    }
    return true;
}

} // namespace parley::rtcp
