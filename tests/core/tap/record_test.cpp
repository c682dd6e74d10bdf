#include "core/tap/record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace parley::tap {
namespace {

TEST(TapRecord, IsReadAsItWasWritten) {
    RecordWriter writer;
    EXPECT_TRUE(writer.empty());
    ASSERT_TRUE(writer.append(RecordType::control, no_stream, as_bytes("{}")));
    ASSERT_TRUE(writer.append_rtp(StreamId{7}, flag_synchronized, NtpTime{0x0102030405060708},
                                  as_bytes("packet")));
    ASSERT_TRUE(writer.append(RecordType::rtcp, StreamId{0xFFFFFFFF}, as_bytes("report")));

    RecordReader reader{writer.message()};
    const auto control = reader.next();
    ASSERT_TRUE(control);
    EXPECT_EQ(control->type, RecordType::control);
    EXPECT_EQ(as_text(control->body), "{}");
    const auto rtp = reader.next();
    ASSERT_TRUE(rtp);
    EXPECT_EQ(rtp->type, RecordType::rtp);
    EXPECT_EQ(rtp->stream, StreamId{7});
    EXPECT_EQ(rtp->flags, flag_synchronized);
    EXPECT_EQ(rtp->ntp, NtpTime{0x0102030405060708});
    EXPECT_EQ(as_text(rtp->body), "packet");
    const auto rtcp = reader.next();
    ASSERT_TRUE(rtcp);
    EXPECT_EQ(rtcp->type, RecordType::rtcp);
    EXPECT_EQ(rtcp->stream, StreamId{0xFFFFFFFF});
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.broken());
}

TEST(TapRecord, LooksOnTheWireAsTheDocumentSays) {
    RecordWriter writer;
    writer.append_rtp(StreamId{0x0A0B0C0D}, 1, NtpTime{2}, as_bytes("x"));
    const std::vector<std::uint8_t> expected{2, 1, 0, 9, 0x0A, 0x0B, 0x0C, 0x0D, 0,
                                             0, 0, 0, 0, 0,    0,    2,    'x'};
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), writer.message().begin(),
                           writer.message().end()));
}

TEST(TapRecord, UnknownTypesArePassedOver) {
    const std::vector<std::uint8_t> message{9, 0, 0, 1, 0, 0, 0, 0, 'x',
                                            1, 0, 0, 1, 0, 0, 0, 0, 'y'};
    RecordReader reader{message};
    const auto record = reader.next();
    ASSERT_TRUE(record);
    EXPECT_EQ(as_text(record->body), "y");
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.broken());
}

TEST(TapRecord, WhatDoesNotFitBreaksTheWalk) {
    const std::vector<std::vector<std::uint8_t>> broken{
        {1},
        {1, 0, 0, 1, 0, 0, 0, 0},                         // a body that is not there
        {2, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, // a time without a packet
        {9, 0, 0xFF, 0xFF, 0, 0, 0, 0},
    };
    for (const auto& message : broken) {
        RecordReader reader{message};
        EXPECT_FALSE(reader.next());
        EXPECT_TRUE(reader.broken());
        EXPECT_FALSE(reader.next());
    }
}

TEST(TapRecord, AMessageIsFullAtItsLimit) {
    RecordWriter writer;
    EXPECT_FALSE(writer.append(RecordType::control, no_stream,
                               as_bytes(std::string(max_body_size + 1, 'x'))));
    EXPECT_TRUE(writer.empty());
    ASSERT_TRUE(
        writer.append(RecordType::control, no_stream, as_bytes(std::string(max_body_size, 'x'))));
    EXPECT_EQ(writer.message().size(), max_message_size);
    EXPECT_TRUE(writer.begin_rtp(1).empty());
    EXPECT_FALSE(writer.append_rtp(StreamId{1}, 0, {}, as_bytes("x")));
}

TEST(TapRecord, APacketMayTurnOutShorterOrNotAtAll) {
    RecordWriter writer;
    auto room = writer.begin_rtp(1000);
    ASSERT_EQ(room.size(), 1000U);
    room[0] = 'a';
    writer.end_rtp(StreamId{1}, 0, {}, 1);
    ASSERT_EQ(writer.begin_rtp(1000).size(), 1000U);
    writer.end_rtp(StreamId{1}, 0, {}, 0);
    RecordReader reader{writer.message()};
    EXPECT_EQ(as_text(reader.next()->body), "a");
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.broken());
}

} // namespace
} // namespace parley::tap
