// STUN messages (RFC 8489) with the attributes that ICE uses (RFC 8445): a view and a builder.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/endpoint.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace parley::stun {

inline constexpr std::uint32_t magic_cookie = 0x2112A442;
inline constexpr std::size_t header_size = 20;

using TransactionId = std::array<std::uint8_t, 12>;

enum class Class : std::uint8_t { request, indication, success, error };

/// The only method ICE uses; another value is a method that we do not know.
inline constexpr std::uint16_t binding = 0x001;

namespace attribute {
inline constexpr std::uint16_t mapped_address = 0x0001;
inline constexpr std::uint16_t username = 0x0006;
inline constexpr std::uint16_t message_integrity = 0x0008;
inline constexpr std::uint16_t error_code = 0x0009;
inline constexpr std::uint16_t unknown_attributes = 0x000A;
inline constexpr std::uint16_t realm = 0x0014;
inline constexpr std::uint16_t nonce = 0x0015;
inline constexpr std::uint16_t message_integrity_sha256 = 0x001C;
inline constexpr std::uint16_t password_algorithm = 0x001D;
inline constexpr std::uint16_t userhash = 0x001E;
inline constexpr std::uint16_t xor_mapped_address = 0x0020;
inline constexpr std::uint16_t priority = 0x0024;
inline constexpr std::uint16_t use_candidate = 0x0025;
inline constexpr std::uint16_t software = 0x8022;
inline constexpr std::uint16_t fingerprint = 0x8028;
inline constexpr std::uint16_t ice_controlled = 0x8029;
inline constexpr std::uint16_t ice_controlling = 0x802A;
} // namespace attribute

struct ErrorCode {
    int code = 0; ///< 300 to 699
    std::string_view reason;
};

/// A STUN message that was found well-formed. It points into the datagram, which must outlive it.
class MessageView {
  public:
    /// Nothing for whatever is not one whole STUN message: wrong magic cookie, wrong length, an
    /// attribute that overruns the message or has a length that its type does not allow.
    static std::optional<MessageView> parse(Bytes datagram);

    [[nodiscard]] Class message_class() const { return class_; }
    [[nodiscard]] std::uint16_t method() const { return method_; }
    [[nodiscard]] const TransactionId& transaction_id() const { return transaction_id_; }

    /// Of repeated attributes the first counts (RFC 8489, section 14); behind MESSAGE-INTEGRITY
    /// nothing but FINGERPRINT does (section 14.5).
    [[nodiscard]] std::optional<std::string_view> username() const { return username_; }
    [[nodiscard]] std::optional<std::uint32_t> priority() const { return priority_; }
    [[nodiscard]] bool use_candidate() const { return use_candidate_; }
    /// The peer's tie-breaker, when it says that it is in the controlling (controlled) role.
    [[nodiscard]] std::optional<std::uint64_t> ice_controlling() const { return controlling_; }
    [[nodiscard]] std::optional<std::uint64_t> ice_controlled() const { return controlled_; }
    [[nodiscard]] std::optional<Endpoint> xor_mapped_address() const { return mapped_; }
    [[nodiscard]] std::optional<ErrorCode> error_code() const { return error_; }
    /// Comprehension-required attributes that we do not know; the first eight of them.
    [[nodiscard]] std::span<const std::uint16_t> unknown_required() const {
        return {unknown_.data(), unknown_count_};
    }

    [[nodiscard]] bool has_integrity() const { return integrity_offset_ != 0; }
    [[nodiscard]] bool has_fingerprint() const { return fingerprint_offset_ != 0; }
    /// True when MESSAGE-INTEGRITY is there and made with this short-term password.
    [[nodiscard]] bool check_integrity(std::string_view password) const;
    /// True when FINGERPRINT is there, last, and right.
    [[nodiscard]] bool check_fingerprint() const;

  private:
    MessageView() = default;
    bool parse_attribute(std::uint16_t type, Bytes value, std::size_t offset);

    Bytes datagram_;
    TransactionId transaction_id_{};
    std::optional<std::string_view> username_;
    std::optional<std::uint32_t> priority_;
    std::optional<std::uint64_t> controlling_;
    std::optional<std::uint64_t> controlled_;
    std::optional<Endpoint> mapped_;
    std::optional<ErrorCode> error_;
    std::array<std::uint16_t, 8> unknown_{};
    std::size_t unknown_count_ = 0;
    std::size_t integrity_offset_ = 0; ///< of the attribute in the datagram; 0: absent
    std::size_t fingerprint_offset_ = 0;
    std::uint16_t method_ = 0;
    Class class_ = Class::request;
    bool use_candidate_ = false;
};

/// Writes one message into a buffer of the caller's. Attributes come in the order of the calls;
/// integrity() and then fingerprint() come last.
class MessageBuilder {
  public:
    MessageBuilder(MutBytes buffer, Class message_class, std::uint16_t method,
                   const TransactionId& transaction_id);

    MessageBuilder& username(std::string_view text);
    MessageBuilder& priority(std::uint32_t value);
    MessageBuilder& use_candidate();
    MessageBuilder& ice_controlling(std::uint64_t tie_breaker);
    MessageBuilder& ice_controlled(std::uint64_t tie_breaker);
    MessageBuilder& xor_mapped_address(const Endpoint& endpoint);
    MessageBuilder& error(int code, std::string_view reason);
    MessageBuilder& unknown_attributes(std::span<const std::uint16_t> types);
    /// Any other attribute, padded with zeroes.
    MessageBuilder& attribute(std::uint16_t type, Bytes value);

    /// HMAC-SHA1 over the message so far, keyed with the short-term password.
    MessageBuilder& integrity(std::string_view password);
    MessageBuilder& fingerprint();

    /// The whole message; empty when the buffer was too small.
    [[nodiscard]] Bytes finish() const;

  private:
    std::uint8_t* begin_attribute(std::uint16_t type, std::size_t size);

    MutBytes buffer_;
    TransactionId transaction_id_;
    std::size_t size_ = 0;
    bool ok_ = true;
};

} // namespace parley::stun
