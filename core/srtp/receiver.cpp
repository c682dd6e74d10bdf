#include "core/srtp/receiver.hpp"

namespace parley::srtp {

namespace {

constexpr std::size_t rtp_header_size = 12;
constexpr std::size_t rtcp_header_size = 8;

/// Size of the RTP header with CSRCs and extension; 0 when `packet` cannot hold it.
std::size_t rtp_header_extent(Bytes packet) {
    if (packet.size() < rtp_header_size || packet[0] >> 6 != 2) return 0;
    std::size_t size = rtp_header_size + std::size_t{4} * (packet[0] & 0x0F);
    if ((packet[0] & 0x10) != 0) {
        if (packet.size() < size + 4) return 0;
        size += 4 + std::size_t{4} * load_be16(&packet[size + 2]);
    }
    return size <= packet.size() ? size : 0;
}

/// The packet index that is nearest to the highest one seen (RFC 3711, section 3.3.1); nothing
/// when that would be before the first.
std::optional<std::uint64_t> estimate_index(std::uint64_t highest, std::uint16_t sequence) {
    const auto roc = highest >> 16;
    const auto last = static_cast<std::uint16_t>(highest);
    if (last < 0x8000 && sequence > last + 0x8000) {
        if (roc == 0) return {};
        return (roc - 1) << 16 | sequence;
    }
    if (last >= 0x8000 && sequence < last - 0x8000) {
        if (roc == 0xFFFFFFFF) return {}; // the key is worn out
        return (roc + 1) << 16 | sequence;
    }
    return roc << 16 | sequence;
}

} // namespace

Result<Receiver> Receiver::create(Profile profile, const MasterKey& master) {
    auto rtp = PacketCipher::create(profile, master, Stream::rtp, Direction::decrypt);
    if (!rtp) return tl::make_unexpected(rtp.error());
    auto rtcp = PacketCipher::create(profile, master, Stream::rtcp, Direction::decrypt);
    if (!rtcp) return tl::make_unexpected(rtcp.error());
    Receiver receiver{profile};
    receiver.rtp_ = std::move(*rtp);
    receiver.rtcp_ = std::move(*rtcp);
    return receiver;
}

std::optional<Receiver::RtpPacket> Receiver::unprotect_rtp(MutBytes packet) {
    const auto tag = tag_size(profile_);
    if (packet.size() < tag) {
        ++counters_.malformed;
        return {};
    }
    const auto size = packet.size() - tag;
    const auto header_size = rtp_header_extent(packet.first(size));
    if (header_size == 0) {
        ++counters_.malformed;
        return {};
    }
    const auto sequence = load_be16(&packet[2]);
    const auto ssrc = load_be32(&packet[8]);

    auto* window = rtp_streams_.find(ssrc);
    // Keys and streams begin together, so that a new stream begins with ROC 0.
    const auto index = window != nullptr ? estimate_index(window->highest(), sequence)
                                         : std::optional<std::uint64_t>{sequence};
    if (!index || (window != nullptr && !window->is_new(*index))) {
        ++counters_.replayed;
        return {};
    }
    if (!rtp_.open(ssrc, *index, packet.data(), header_size, size, &packet[size])) {
        ++counters_.auth_failed;
        return {};
    }
    if (window != nullptr) {
        window->accept(*index);
    } else {
        rtp_streams_.add(ssrc, *index);
    }
    return RtpPacket{packet.first(size), *index};
}

std::optional<MutBytes> Receiver::unprotect_rtcp(MutBytes packet) {
    const auto overhead = rtcp_overhead(profile_);
    if (packet.size() < rtcp_header_size + overhead || packet[0] >> 6 != 2) {
        ++counters_.malformed;
        return {};
    }
    const auto size = packet.size() - overhead;
    const auto word_at = is_aead(profile_) ? size + tag_size(profile_) : size;
    const auto tag_at = is_aead(profile_) ? size : size + 4;
    const auto word = load_be32(&packet[word_at]);
    // DTLS-SRTP has no profile with unencrypted SRTCP (RFC 5764, section 4.1.2).
    if ((word & 0x80000000U) == 0) {
        ++counters_.malformed;
        return {};
    }
    const std::uint64_t index = word & 0x7FFFFFFF;
    const auto ssrc = load_be32(&packet[4]);
    auto* window = rtcp_streams_.find(ssrc);
    if (window != nullptr && !window->is_new(index)) {
        ++counters_.replayed;
        return {};
    }
    if (!rtcp_.open(ssrc, index, packet.data(), rtcp_header_size, size, &packet[tag_at])) {
        ++counters_.auth_failed;
        return {};
    }
    if (window != nullptr) {
        window->accept(index);
    } else {
        rtcp_streams_.add(ssrc, index);
    }
    return packet.first(size);
}

} // namespace parley::srtp
