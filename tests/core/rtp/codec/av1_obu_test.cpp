#include "core/rtp/codec/av1_obu.hpp"
#include "core/rtp/codec/av1_unit.hpp"
#include "tests/core/rtp/codec/av1_streams.hpp"

#include <gtest/gtest.h>

namespace parley::rtp {
namespace {

using namespace test;

TEST(Av1ObuReader, WalksAByteStream) {
    const auto stream = joined({delimiter,
                                sequence_header(),
                                layer_obu(ObuType::frame, 2, 1, {0x30, 0xAA}),
                                {0x20, 0xBB}});
    Av1ObuReader reader{stream};
    EXPECT_EQ(reader.next()->type, ObuType::temporal_delimiter);
    EXPECT_EQ(reader.next()->payload.size(), 11U);
    const auto frame = reader.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->temporal_id, 2);
    EXPECT_EQ(frame->spatial_id, 1);
    EXPECT_EQ(frame->header[0], 0x34) << "the size field is gone";
    EXPECT_EQ(frame->size(), 4U);
    const auto last = reader.next();
    ASSERT_TRUE(last) << "the last OBU may have no size";
    EXPECT_EQ(last->payload.size(), 1U);
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.broken());
}

TEST(Av1ObuReader, StopsAtWhatCannotBe) {
    for (const auto& stream : {Octets{0x92, 0x00}, Octets{0x32, 0x05, 0x01}, Octets{0x36},
                               Octets{0x32, 0x80, 0x80}, Octets{0x32}}) {
        Av1ObuReader reader{stream};
        EXPECT_FALSE(reader.next());
        EXPECT_TRUE(reader.broken());
        EXPECT_FALSE(reader.next());
    }
}

TEST(Leb128, IsReadAsItWasWritten) {
    for (const std::size_t value : {0U, 1U, 127U, 128U, 16383U, 16384U, 0xFFFFFFFFU}) {
        std::uint8_t bytes[max_leb128_size];
        const auto size = write_leb128(bytes, value);
        EXPECT_EQ(size, leb128_size(value));
        ByteReader reader{Bytes{bytes, size}};
        EXPECT_EQ(read_leb128(reader), value);
        EXPECT_EQ(reader.remaining(), 0U);
    }
}

Av1UnitInspector inspect(const Octets& stream) {
    Av1UnitInspector inspector;
    Av1ObuReader reader{stream};
    while (const auto obu = reader.next())
        inspector.add(*obu);
    return inspector;
}

TEST(Av1Unit, StartsASequenceWithHeaderAndShownKeyframeOnly) {
    EXPECT_TRUE(inspect(joined({sequence_header(), key_frame(9)})).starts_sequence());
    EXPECT_FALSE(inspect(key_frame(9)).starts_sequence());
    EXPECT_FALSE(inspect(joined({sequence_header(), delta_frame(9)})).starts_sequence());
    EXPECT_FALSE(
        inspect(joined({sequence_header(), obu(ObuType::frame, {0x00, 1}) /* not shown */}))
            .starts_sequence());
}

TEST(Av1Unit, IsCompleteWithTheShownFrame) {
    EXPECT_FALSE(inspect(joined({sequence_header(), hidden_frame(9)})).complete());
    EXPECT_TRUE(inspect(joined({sequence_header(), hidden_frame(9), delta_frame(9)})).complete());
    EXPECT_TRUE(inspect(obu(ObuType::frame_header, {0x88})).complete()) << "show_existing_frame";
}

} // namespace
} // namespace parley::rtp
