#include "core/stun/message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::stun {
namespace {

// RFC 5769, section 2.1: a request with a non-zero padding byte (0x20) behind SOFTWARE and
// USERNAME.
const std::vector<std::uint8_t> sample_request = {
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
    0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
    0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};

// Section 2.2: the IPv4 response.
const std::vector<std::uint8_t> sample_response_v4 = {
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
    0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96};

// Section 2.3: the IPv6 response.
const std::vector<std::uint8_t> sample_response_v6 = {
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
    0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
    0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
    0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c};

constexpr auto password = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr TransactionId transaction_id = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                          0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

TEST(StunMessage, ReadsTheSampleRequestOfRfc5769) {
    const auto message = MessageView::parse(sample_request);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->message_class(), Class::request);
    EXPECT_EQ(message->method(), binding);
    EXPECT_EQ(message->transaction_id(), transaction_id);
    EXPECT_EQ(message->username(), "evtj:h6vY");
    EXPECT_EQ(message->priority(), 0x6e0001ffU);
    EXPECT_EQ(message->ice_controlled(), 0x932ff9b151263b36U);
    EXPECT_FALSE(message->ice_controlling());
    EXPECT_FALSE(message->use_candidate());
    EXPECT_TRUE(message->unknown_required().empty());
    EXPECT_TRUE(message->check_integrity(password));
    EXPECT_FALSE(message->check_integrity("VOkJxbRl1RmTxUk/WvJxBT"));
    EXPECT_TRUE(message->check_fingerprint());
}

TEST(StunMessage, ReadsTheSampleResponsesOfRfc5769) {
    const auto v4 = MessageView::parse(sample_response_v4);
    ASSERT_TRUE(v4);
    EXPECT_EQ(v4->message_class(), Class::success);
    ASSERT_TRUE(v4->xor_mapped_address());
    EXPECT_EQ(v4->xor_mapped_address()->to_string(), "192.0.2.1:32853");
    EXPECT_TRUE(v4->check_integrity(password));
    EXPECT_TRUE(v4->check_fingerprint());

    const auto v6 = MessageView::parse(sample_response_v6);
    ASSERT_TRUE(v6);
    ASSERT_TRUE(v6->xor_mapped_address());
    EXPECT_EQ(v6->xor_mapped_address()->to_string(),
              "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
    EXPECT_TRUE(v6->check_integrity(password));
    EXPECT_TRUE(v6->check_fingerprint());
}

TEST(StunMessage, AnyFlippedBitIsNoticed) {
    for (std::size_t bit = 0; bit < sample_request.size() * 8; ++bit) {
        auto altered = sample_request;
        altered[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        const auto message = MessageView::parse(altered);
        EXPECT_FALSE(message && message->check_fingerprint()) << "bit " << bit;
        // What stands before the integrity attribute is covered by it.
        if (bit / 8 < sample_request.size() - 32) {
            EXPECT_FALSE(message && message->check_integrity(password)) << "bit " << bit;
        }
    }
}

TEST(StunMessage, RefusesEveryTruncationAndExtension) {
    for (std::size_t size = 0; size < sample_request.size(); ++size) {
        EXPECT_FALSE(MessageView::parse(Bytes{sample_request}.first(size))) << size;
    }
    auto longer = sample_request;
    longer.resize(longer.size() + 4);
    EXPECT_FALSE(MessageView::parse(longer));
}

TEST(StunMessage, BuildsTheSampleResponse) {
    // Padding counts in the integrity, and the RFC pads SOFTWARE with a blank where we write a
    // zero: it is put right in between.
    std::array<std::uint8_t, 128> buffer{};
    MessageBuilder builder{buffer, Class::success, binding, transaction_id};
    const auto plain = builder.attribute(attribute::software, as_bytes("test vector"))
                           .xor_mapped_address({IpAddress::v4(192, 0, 2, 1), 32853})
                           .finish();
    ASSERT_EQ(plain.size(), 48U);
    buffer[35] = ' ';
    const auto whole = builder.integrity(password).fingerprint().finish();
    EXPECT_EQ(std::vector<std::uint8_t>(whole.begin(), whole.end()), sample_response_v4);
}

TEST(StunMessage, RoundTripsEveryAttribute) {
    std::array<std::uint8_t, 512> buffer;
    const std::array<std::uint16_t, 2> unknown = {0x0003, 0x7FFF};
    const auto address = *IpAddress::parse("2001:db8::7");
    const auto bytes = MessageBuilder{buffer, Class::error, binding, transaction_id}
                           .username("abcd:efgh")
                           .priority(7)
                           .use_candidate()
                           .ice_controlling(0x0123456789ABCDEF)
                           .ice_controlled(2)
                           .xor_mapped_address({address, 9})
                           .error(487, "Role Conflict")
                           .unknown_attributes(unknown)
                           .integrity("secret")
                           .fingerprint()
                           .finish();
    const auto message = MessageView::parse(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->message_class(), Class::error);
    EXPECT_EQ(message->username(), "abcd:efgh");
    EXPECT_EQ(message->priority(), 7U);
    EXPECT_TRUE(message->use_candidate());
    EXPECT_EQ(message->ice_controlling(), 0x0123456789ABCDEFU);
    EXPECT_EQ(message->ice_controlled(), 2U);
    EXPECT_EQ(message->xor_mapped_address(), (Endpoint{address, 9}));
    ASSERT_TRUE(message->error_code());
    EXPECT_EQ(message->error_code()->code, 487);
    EXPECT_EQ(message->error_code()->reason, "Role Conflict");
    EXPECT_TRUE(message->check_integrity("secret"));
    EXPECT_TRUE(message->check_fingerprint());
}

TEST(StunMessage, KeepsClassAndMethodApart) {
    for (const auto message_class :
         {Class::request, Class::indication, Class::success, Class::error}) {
        for (const std::uint16_t method : {0x001, 0x010, 0x080, 0xFFF, 0xABC}) {
            std::array<std::uint8_t, header_size> buffer;
            const auto bytes =
                MessageBuilder{buffer, message_class, method, transaction_id}.finish();
            const auto message = MessageView::parse(bytes);
            ASSERT_TRUE(message);
            EXPECT_EQ(message->message_class(), message_class);
            EXPECT_EQ(message->method(), method);
        }
    }
}

TEST(StunMessage, ListsUnknownRequiredAttributesOnly) {
    std::array<std::uint8_t, 128> buffer;
    const auto bytes = MessageBuilder{buffer, Class::request, binding, transaction_id}
                           .attribute(0x0003, {})           // CHANGE-REQUEST
                           .attribute(0xC057, {})           // optional
                           .attribute(attribute::realm, {}) // known
                           .attribute(0x7ABC, as_bytes("x"))
                           .finish();
    const auto message = MessageView::parse(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(std::vector(message->unknown_required().begin(), message->unknown_required().end()),
              (std::vector<std::uint16_t>{0x0003, 0x7ABC}));
}

TEST(StunMessage, IgnoresWhatStandsBehindTheIntegrity) {
    std::array<std::uint8_t, 128> buffer;
    const auto bytes = MessageBuilder{buffer, Class::request, binding, transaction_id}
                           .username("a:b")
                           .integrity("pw")
                           .use_candidate()
                           .username("forged:b")
                           .fingerprint()
                           .finish();
    const auto message = MessageView::parse(bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->username(), "a:b");
    EXPECT_FALSE(message->use_candidate());
    EXPECT_TRUE(message->check_integrity("pw"));
}

TEST(StunMessage, RefusesAttributesOfTheWrongLength) {
    const std::vector<std::pair<std::uint16_t, std::size_t>> wrong = {
        {attribute::priority, 3},           {attribute::use_candidate, 1},
        {attribute::ice_controlling, 4},    {attribute::ice_controlled, 9},
        {attribute::message_integrity, 16}, {attribute::fingerprint, 0},
        {attribute::xor_mapped_address, 7}, {attribute::xor_mapped_address, 12},
        {attribute::error_code, 3},         {attribute::username, 514},
    };
    for (const auto& [type, size] : wrong) {
        std::array<std::uint8_t, 1024> buffer;
        const std::vector<std::uint8_t> value(size, 1);
        const auto bytes = MessageBuilder{buffer, Class::request, binding, transaction_id}
                               .attribute(type, value)
                               .finish();
        ASSERT_FALSE(bytes.empty());
        EXPECT_FALSE(MessageView::parse(bytes)) << type << " of " << size;
    }
}

TEST(StunMessage, RefusesAnythingBehindTheFingerprint) {
    std::array<std::uint8_t, 128> buffer;
    const auto bytes = MessageBuilder{buffer, Class::request, binding, transaction_id}
                           .fingerprint()
                           .priority(1)
                           .finish();
    EXPECT_FALSE(MessageView::parse(bytes));
}

TEST(StunMessage, BuilderNeverWritesPastItsBuffer) {
    std::array<std::uint8_t, 128> buffer;
    for (std::size_t size = 0; size < 72; ++size) {
        buffer.fill(0xAA);
        const auto bytes =
            MessageBuilder{MutBytes{buffer}.first(size), Class::success, binding, transaction_id}
                .xor_mapped_address({IpAddress::v4(1, 2, 3, 4), 5})
                .integrity("pw")
                .fingerprint()
                .finish();
        EXPECT_EQ(bytes.empty(), size < 20 + 12 + 24 + 8) << size;
        for (std::size_t i = size; i < buffer.size(); ++i)
            ASSERT_EQ(buffer[i], 0xAA);
    }
}

} // namespace
} // namespace parley::stun
