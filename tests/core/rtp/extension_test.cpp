#include "core/rtp/extension.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

namespace parley::rtp {
namespace {

std::vector<std::uint8_t> bytes(Bytes b) {
    return {b.begin(), b.end()};
}

TEST(Extension, EveryUriFindsItsWayBack) {
    for (const Extension extension : all_extensions) {
        EXPECT_EQ(from_uri(uri(extension)), extension);
    }
    EXPECT_EQ(from_uri("urn:ietf:params:rtp-hdrext:toffset"), std::nullopt);
    EXPECT_EQ(uri(Extension::mid), "urn:ietf:params:rtp-hdrext:sdes:mid");
}

TEST(Extension, CanonicalIdsAreDistinctAndFitOneByteHeaders) {
    std::set<unsigned> ids;
    for (const Extension extension : all_extensions) {
        const unsigned id = canonical_id(extension);
        EXPECT_GE(id, 1U);
        EXPECT_LE(id, 14U);
        EXPECT_TRUE(ids.insert(id).second);
    }
}

TEST(ExtensionMap, RefusesWhatRfc8285Forbids) {
    ExtensionMap map;
    EXPECT_FALSE(map.set(0, Extension::mid));
    EXPECT_FALSE(map.set(15, Extension::mid));
    EXPECT_TRUE(map.set(4, Extension::mid));
    EXPECT_TRUE(map.set(4, Extension::mid)) << "the same again, as BUNDLEd m-lines do";
    EXPECT_FALSE(map.set(4, Extension::rid)) << "one id, two meanings";
    EXPECT_FALSE(map.set(5, Extension::mid)) << "one extension, two ids";
    EXPECT_TRUE(map.set(200, Extension::rid)) << "the two-byte form has more ids";
    EXPECT_EQ(map.find(4), Extension::mid);
    EXPECT_EQ(map.find(200), Extension::rid);
    EXPECT_EQ(map.find(0), std::nullopt);
    EXPECT_EQ(map.id(Extension::audio_level), 0);
    map.remove(Extension::mid);
    EXPECT_FALSE(map.has(Extension::mid));
}

TEST(ExtensionReader, OneByteFormWithPaddingBetween) {
    // RFC 8285, section 4.2: padding bytes may stand anywhere.
    const std::array<std::uint8_t, 12> block{0x10, 0xAA, 0, 0, 0x22, 1, 2, 3, 0x30, 0xBB, 0, 0};
    ExtensionReader reader{0xBEDE, block};
    auto element = reader.next();
    ASSERT_TRUE(element);
    EXPECT_EQ(element->id, 1);
    EXPECT_EQ(bytes(element->data), (std::vector<std::uint8_t>{0xAA}));
    element = reader.next();
    ASSERT_TRUE(element);
    EXPECT_EQ(element->id, 2);
    EXPECT_EQ(bytes(element->data), (std::vector<std::uint8_t>{1, 2, 3}));
    element = reader.next();
    ASSERT_TRUE(element);
    EXPECT_EQ(element->id, 3);
    EXPECT_FALSE(reader.next());
}

TEST(ExtensionReader, Id15StopsTheOneByteForm) {
    const std::array<std::uint8_t, 4> block{0x10, 0xAA, 0xF0, 0x20};
    ExtensionReader reader{0xBEDE, block};
    EXPECT_TRUE(reader.next());
    EXPECT_FALSE(reader.next());
}

TEST(ExtensionReader, TwoByteFormWithEmptyElement) {
    const std::array<std::uint8_t, 8> block{20, 0, 0, 21, 3, 7, 8, 9};
    for (const std::uint16_t profile : {0x1000, 0x100F}) {
        ExtensionReader reader{profile, block};
        auto element = reader.next();
        ASSERT_TRUE(element);
        EXPECT_EQ(element->id, 20);
        EXPECT_TRUE(element->data.empty());
        element = reader.next();
        ASSERT_TRUE(element);
        EXPECT_EQ(element->id, 21);
        EXPECT_EQ(bytes(element->data), (std::vector<std::uint8_t>{7, 8, 9}));
        EXPECT_FALSE(reader.next());
    }
}

TEST(ExtensionReader, TruncatedElementsAndUnknownProfilesGiveNothing) {
    const std::array<std::uint8_t, 4> one{0x1F, 1, 2, 3};
    EXPECT_FALSE((ExtensionReader{0xBEDE, one}.next()));
    const std::array<std::uint8_t, 4> two{1, 9, 2, 3};
    EXPECT_FALSE((ExtensionReader{0x1000, two}.next()));
    const std::array<std::uint8_t, 1> head{1};
    EXPECT_FALSE((ExtensionReader{0x1000, head}.next()));
    EXPECT_FALSE((ExtensionReader{0x1234, one}.next()));
    EXPECT_FALSE((ExtensionReader{0xBEDE, {}}.next()));
}

TEST(ExtensionWriter, WritesWhatTheReaderReads) {
    for (const auto form : {ExtensionWriter::Form::one_byte, ExtensionWriter::Form::two_byte}) {
        std::array<std::uint8_t, 64> buffer{};
        ExtensionWriter writer{buffer, form};
        EXPECT_TRUE(writer.add(3, as_bytes("abc")));
        EXPECT_TRUE(writer.add(14, as_bytes("0123456789abcdef")));
        const std::size_t size = writer.finish();
        ASSERT_GT(size, 4U);
        EXPECT_EQ(size % 4, 0U);
        EXPECT_EQ(load_be16(buffer.data() + 2) * 4U + 4U, size);
        ExtensionReader reader{load_be16(buffer.data()), Bytes{buffer}.subspan(4, size - 4)};
        auto element = reader.next();
        ASSERT_TRUE(element);
        EXPECT_EQ(element->id, 3);
        EXPECT_EQ(as_text(element->data), "abc");
        element = reader.next();
        ASSERT_TRUE(element);
        EXPECT_EQ(as_text(element->data), "0123456789abcdef");
        EXPECT_FALSE(reader.next());
    }
}

TEST(ExtensionWriter, RefusesWhatDoesNotFit) {
    std::array<std::uint8_t, 16> buffer{};
    ExtensionWriter one{buffer, ExtensionWriter::Form::one_byte};
    EXPECT_EQ(one.finish(), 0U) << "no element, no block";
    EXPECT_FALSE(one.add(15, as_bytes("x")));
    EXPECT_FALSE(one.add(1, {}));
    EXPECT_FALSE(one.add(1, as_bytes("0123456789abcdefg"))) << "17 bytes";
    EXPECT_FALSE(one.add(1, as_bytes("0123456789ab"))) << "no room";
    EXPECT_TRUE(one.add(1, as_bytes("0123456789a")));
    EXPECT_EQ(one.finish(), 16U);
    ExtensionWriter two{buffer, ExtensionWriter::Form::two_byte};
    EXPECT_TRUE(two.add(255, {}));
}

TEST(AudioLevel, RoundTrip) {
    EXPECT_EQ(AudioLevel::decode(0x80 | 30), (AudioLevel{30, true}));
    EXPECT_EQ((AudioLevel{127, false}.encode()), 127);
    EXPECT_EQ((AudioLevel{5, true}.encode()), 0x85);
}

} // namespace
} // namespace parley::rtp
