#include "core/srtp/sender.hpp"

namespace parley::srtp {

namespace {

constexpr std::size_t rtp_header_size = 12;
constexpr std::size_t rtcp_header_size = 8; ///< stays in the clear (RFC 3711, section 3.4)
constexpr std::uint32_t max_rtcp_index = 0x7FFFFFFF;

} // namespace

Result<Sender> Sender::create(Profile profile, const MasterKey& master) {
    auto rtp = PacketCipher::create(profile, master, Stream::rtp, Direction::encrypt);
    if (!rtp) return tl::make_unexpected(rtp.error());
    auto rtcp = PacketCipher::create(profile, master, Stream::rtcp, Direction::encrypt);
    if (!rtcp) return tl::make_unexpected(rtcp.error());
    Sender sender{profile};
    sender.rtp_ = std::move(*rtp);
    sender.rtcp_ = std::move(*rtcp);
    return sender;
}

std::size_t Sender::protect_rtp(MutBytes buffer, std::uint64_t index, std::size_t header_size,
                                std::size_t head_size, Bytes rest) {
    const auto size = head_size + rest.size();
    if (header_size < rtp_header_size || head_size < header_size ||
        buffer.size() < size + rtp_overhead(profile_)) {
        return 0;
    }
    const auto ssrc = load_be32(&buffer[8]);
    if (!rtp_.seal(ssrc, index, buffer.data(), header_size, head_size, rest, &buffer[size])) {
        return 0;
    }
    return size + rtp_overhead(profile_);
}

std::size_t Sender::protect_rtcp(MutBytes buffer, std::size_t size) {
    // 2^31 packets are decades of reports; past them the key would be worn out.
    if (size < rtcp_header_size || buffer.size() < size + rtcp_overhead(profile_) ||
        rtcp_index_ > max_rtcp_index) {
        return 0;
    }
    const auto index = rtcp_index_++;
    const auto ssrc = load_be32(&buffer[4]);
    // AES-CM: E-and-index word, then tag (RFC 3711, section 3.4); GCM the other way round (RFC
    // 7714, section 9.2).
    const auto word_at = is_aead(profile_) ? size + tag_size(profile_) : size;
    const auto tag_at = is_aead(profile_) ? size : size + 4;
    store_be32(&buffer[word_at], 0x80000000U | index);
    if (!rtcp_.seal(ssrc, index, buffer.data(), rtcp_header_size, size, {}, &buffer[tag_at])) {
        return 0;
    }
    return size + rtcp_overhead(profile_);
}

} // namespace parley::srtp
