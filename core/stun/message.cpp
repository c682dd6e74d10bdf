#include "core/stun/message.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace parley::stun {

namespace {

constexpr std::size_t attribute_header_size = 4;
constexpr std::size_t integrity_size = 20;
constexpr std::size_t fingerprint_size = 4;
constexpr std::uint32_t fingerprint_xor = 0x5354554E; // "STUN" (RFC 8489, section 14.7)
/// Far above any message on a path's MTU; a longer one is refused unread.
constexpr std::size_t max_message_size = 2048;

constexpr std::size_t padded(std::size_t size) {
    return (size + 3) & ~std::size_t{3};
}

constexpr auto crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t c = i;
        for (int bit = 0; bit < 8; ++bit)
            c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    return table;
}();

std::uint32_t crc32_update(std::uint32_t crc, Bytes bytes) {
    for (const auto byte : bytes)
        crc = crc_table[(crc ^ byte) & 0xFF] ^ (crc >> 8);
    return crc;
}

/// Both trailing attributes cover a header whose length field counts the attribute itself and
/// nothing behind it (RFC 8489, section 14.5): this makes that header.
std::array<std::uint8_t, header_size> header_for(Bytes message, std::size_t offset,
                                                 std::size_t value_size) {
    std::array<std::uint8_t, header_size> header;
    std::copy_n(message.begin(), header_size, header.begin());
    store_be16(header.data() + 2, static_cast<std::uint16_t>(offset - header_size +
                                                             attribute_header_size + value_size));
    return header;
}

std::array<std::uint8_t, integrity_size> integrity_of(Bytes message, std::size_t offset,
                                                      std::string_view password) {
    std::array<std::uint8_t, max_message_size> covered;
    std::copy_n(message.begin(), offset, covered.begin());
    std::ranges::copy(header_for(message, offset, integrity_size), covered.begin());
    std::array<std::uint8_t, integrity_size> digest{};
    HMAC(EVP_sha1(), password.data(), static_cast<int>(password.size()), covered.data(), offset,
         digest.data(), nullptr);
    return digest;
}

std::uint32_t fingerprint_of(Bytes message, std::size_t offset) {
    auto crc = crc32_update(0xFFFFFFFF, header_for(message, offset, fingerprint_size));
    crc = crc32_update(crc, message.subspan(header_size, offset - header_size));
    return ~crc ^ fingerprint_xor;
}

/// XOR-MAPPED-ADDRESS is its own inverse (RFC 8489, section 14.2): the mask for the address bytes.
std::array<std::uint8_t, 16> address_mask(const TransactionId& transaction_id) {
    std::array<std::uint8_t, 16> mask;
    store_be32(mask.data(), magic_cookie);
    std::ranges::copy(transaction_id, mask.begin() + 4);
    return mask;
}

std::optional<Endpoint> parse_xor_address(Bytes value, const TransactionId& transaction_id) {
    if (value.size() < 8) return {};
    const auto family = value[1];
    const bool v4 = family == 1 && value.size() == 8;
    const bool v6 = family == 2 && value.size() == 20;
    if (!v4 && !v6) return {};
    const auto mask = address_mask(transaction_id);
    std::array<std::uint8_t, 16> address{};
    for (std::size_t i = 0; i < value.size() - 4; ++i) {
        address[i] = static_cast<std::uint8_t>(value[4 + i] ^ mask[i]);
    }
    Endpoint endpoint;
    endpoint.port = static_cast<std::uint16_t>(load_be16(&value[2]) ^ (magic_cookie >> 16));
    if (v4) {
        endpoint.address = IpAddress::v4(address[0], address[1], address[2], address[3]);
    } else {
        endpoint.address.bytes = address;
    }
    return endpoint;
}

/// Known to us although nothing here acts on them: no ground for a 420.
bool is_known(std::uint16_t type) {
    switch (type) {
    case attribute::mapped_address:
    case attribute::unknown_attributes:
    case attribute::realm:
    case attribute::nonce:
    case attribute::message_integrity_sha256:
    case attribute::password_algorithm:
    case attribute::userhash:
        return true;
    default:
        return false;
    }
}

} // namespace

std::optional<MessageView> MessageView::parse(Bytes datagram) {
    if (datagram.size() < header_size || datagram.size() > max_message_size) return {};
    const auto type = load_be16(datagram.data());
    const std::size_t length = load_be16(&datagram[2]);
    if ((type & 0xC000) != 0 || load_be32(&datagram[4]) != magic_cookie) return {};
    if (length % 4 != 0 || header_size + length != datagram.size()) return {};

    MessageView view;
    view.datagram_ = datagram;
    std::copy_n(datagram.begin() + 8, view.transaction_id_.size(), view.transaction_id_.begin());
    // Class and method bits are interleaved (RFC 8489, section 5).
    view.class_ = static_cast<Class>((type >> 7 & 2) | (type >> 4 & 1));
    view.method_ =
        static_cast<std::uint16_t>((type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2);

    std::size_t offset = header_size;
    while (offset < datagram.size()) {
        // Offsets stay multiples of four, so that the four bytes of its header are there.
        const auto attribute_type = load_be16(&datagram[offset]);
        const std::size_t size = load_be16(&datagram[offset + 2]);
        const auto value_offset = offset + attribute_header_size;
        if (datagram.size() - value_offset < padded(size)) return {};
        if (!view.parse_attribute(attribute_type, datagram.subspan(value_offset, size), offset)) {
            return {};
        }
        offset = value_offset + padded(size);
    }
    return view;
}

bool MessageView::parse_attribute(std::uint16_t type, Bytes value, std::size_t offset) {
    if (has_fingerprint()) return false; // it must be the last (RFC 8489, section 14.7)
    if (type == attribute::fingerprint) {
        fingerprint_offset_ = offset;
        return value.size() == fingerprint_size;
    }
    if (has_integrity()) return true;

    switch (type) {
    case attribute::message_integrity:
        integrity_offset_ = offset;
        return value.size() == integrity_size;
    case attribute::username:
        if (value.size() > 513) return false; // section 14.3: less than 514 bytes
        if (!username_) username_ = as_text(value);
        return true;
    case attribute::priority:
        if (value.size() != 4) return false;
        if (!priority_) priority_ = load_be32(value.data());
        return true;
    case attribute::use_candidate:
        use_candidate_ = true;
        return value.empty();
    case attribute::ice_controlling:
        if (value.size() != 8) return false;
        if (!controlling_) controlling_ = load_be64(value.data());
        return true;
    case attribute::ice_controlled:
        if (value.size() != 8) return false;
        if (!controlled_) controlled_ = load_be64(value.data());
        return true;
    case attribute::xor_mapped_address: {
        const auto endpoint = parse_xor_address(value, transaction_id_);
        if (!endpoint) return false;
        if (!mapped_) mapped_ = endpoint;
        return true;
    }
    case attribute::error_code: {
        if (value.size() < 4) return false;
        const int hundreds = value[2] & 0x07;
        if (hundreds < 3 || hundreds > 6 || value[3] > 99) return false;
        if (!error_) error_ = ErrorCode{hundreds * 100 + value[3], as_text(value.subspan(4))};
        return true;
    }
    default:
        if (type < 0x8000 && !is_known(type) && unknown_count_ < unknown_.size()) {
            unknown_[unknown_count_++] = type;
        }
        return true;
    }
}

bool MessageView::check_integrity(std::string_view password) const {
    if (!has_integrity()) return false;
    const auto expected = integrity_of(datagram_, integrity_offset_, password);
    return CRYPTO_memcmp(expected.data(), &datagram_[integrity_offset_ + attribute_header_size],
                         expected.size()) == 0;
}

bool MessageView::check_fingerprint() const {
    return has_fingerprint() &&
           load_be32(&datagram_[fingerprint_offset_ + attribute_header_size]) ==
               fingerprint_of(datagram_, fingerprint_offset_);
}

MessageBuilder::MessageBuilder(MutBytes buffer, Class message_class, std::uint16_t method,
                               const TransactionId& transaction_id)
    : buffer_{buffer.first(std::min(buffer.size(), max_message_size))}
    , transaction_id_{transaction_id} {
    if (buffer_.size() < header_size) {
        ok_ = false;
        return;
    }
    const auto bits = static_cast<unsigned>(message_class);
    store_be16(buffer_.data(), static_cast<std::uint16_t>(
                                   (method & 0x000F) | (method & 0x0070) << 1 |
                                   (method & 0x0F80) << 2 | (bits & 1) << 4 | (bits & 2) << 7));
    store_be16(&buffer_[2], 0);
    store_be32(&buffer_[4], magic_cookie);
    std::ranges::copy(transaction_id_, buffer_.begin() + 8);
    size_ = header_size;
}

std::uint8_t* MessageBuilder::begin_attribute(std::uint16_t type, std::size_t size) {
    if (!ok_ || buffer_.size() - size_ < attribute_header_size + padded(size)) {
        ok_ = false;
        return nullptr;
    }
    auto* at = &buffer_[size_];
    store_be16(at, type);
    store_be16(at + 2, static_cast<std::uint16_t>(size));
    auto* value = at + attribute_header_size;
    std::fill(value + size, value + padded(size), std::uint8_t{0});
    size_ += attribute_header_size + padded(size);
    store_be16(&buffer_[2], static_cast<std::uint16_t>(size_ - header_size));
    return value;
}

MessageBuilder& MessageBuilder::attribute(std::uint16_t type, Bytes value) {
    if (auto* out = begin_attribute(type, value.size())) std::ranges::copy(value, out);
    return *this;
}

MessageBuilder& MessageBuilder::username(std::string_view text) {
    return attribute(attribute::username, as_bytes(text));
}

MessageBuilder& MessageBuilder::priority(std::uint32_t value) {
    if (auto* out = begin_attribute(attribute::priority, 4)) store_be32(out, value);
    return *this;
}

MessageBuilder& MessageBuilder::use_candidate() {
    begin_attribute(attribute::use_candidate, 0);
    return *this;
}

MessageBuilder& MessageBuilder::ice_controlling(std::uint64_t tie_breaker) {
    if (auto* out = begin_attribute(attribute::ice_controlling, 8)) store_be64(out, tie_breaker);
    return *this;
}

MessageBuilder& MessageBuilder::ice_controlled(std::uint64_t tie_breaker) {
    if (auto* out = begin_attribute(attribute::ice_controlled, 8)) store_be64(out, tie_breaker);
    return *this;
}

MessageBuilder& MessageBuilder::xor_mapped_address(const Endpoint& endpoint) {
    const bool v4 = endpoint.address.is_v4();
    const Bytes address =
        v4 ? Bytes{endpoint.address.bytes}.last(4) : Bytes{endpoint.address.bytes};
    auto* out = begin_attribute(attribute::xor_mapped_address, 4 + address.size());
    if (out == nullptr) return *this;
    out[0] = 0;
    out[1] = v4 ? 1 : 2;
    store_be16(out + 2, static_cast<std::uint16_t>(endpoint.port ^ (magic_cookie >> 16)));
    const auto mask = address_mask(transaction_id_);
    for (std::size_t i = 0; i < address.size(); ++i) {
        out[4 + i] = static_cast<std::uint8_t>(address[i] ^ mask[i]);
    }
    return *this;
}

MessageBuilder& MessageBuilder::error(int code, std::string_view reason) {
    if (auto* out = begin_attribute(attribute::error_code, 4 + reason.size())) {
        store_be16(out, 0);
        out[2] = static_cast<std::uint8_t>(code / 100);
        out[3] = static_cast<std::uint8_t>(code % 100);
        std::ranges::copy(as_bytes(reason), out + 4);
    }
    return *this;
}

MessageBuilder& MessageBuilder::unknown_attributes(std::span<const std::uint16_t> types) {
    if (auto* out = begin_attribute(attribute::unknown_attributes, types.size() * 2)) {
        for (std::size_t i = 0; i < types.size(); ++i)
            store_be16(out + 2 * i, types[i]);
    }
    return *this;
}

MessageBuilder& MessageBuilder::integrity(std::string_view password) {
    const auto offset = size_;
    if (auto* out = begin_attribute(attribute::message_integrity, integrity_size)) {
        std::ranges::copy(integrity_of(buffer_, offset, password), out);
    }
    return *this;
}

MessageBuilder& MessageBuilder::fingerprint() {
    const auto offset = size_;
    if (auto* out = begin_attribute(attribute::fingerprint, fingerprint_size)) {
        store_be32(out, fingerprint_of(buffer_, offset));
    }
    return *this;
}

Bytes MessageBuilder::finish() const {
    return ok_ ? Bytes{buffer_.first(size_)} : Bytes{};
}

} // namespace parley::stun
