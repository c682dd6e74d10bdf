#include "core/rtcp/builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace parley::rtcp {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

class CompoundBuilderTest : public testing::Test {
  protected:
    std::vector<Item> items() {
        std::vector<Item> all;
        auto reader = CompoundReader::open(out.written());
        EXPECT_TRUE(reader);
        while (auto item = reader->next())
            all.push_back(*item);
        EXPECT_EQ(reader->malformed(), 0U);
        return all;
    }
    template <class T>
    T item(std::size_t index = 0) {
        return std::get<T>(items().at(index));
    }

    std::array<std::uint8_t, 2048> buffer{};
    CompoundBuilder out{buffer};
};

TEST_F(CompoundBuilderTest, WritesASenderReportToTheByte) {
    const ReportBlock block{0xAABBCCDD, 0x40, -2, 0x10007, 90, 0x18000, 0x8000};
    ASSERT_TRUE(out.sender_report(
        {0x11223344, NtpTime{0xE600000180000000}, 0x15180, 1000, 1'000'000}, {&block, 1}));
    EXPECT_THAT(out.written(),
                ElementsAreArray({
                    0x81, 0xC8, 0x00, 0x0C, 0x11, 0x22, 0x33, 0x44, 0xE6, 0x00, 0x00, 0x01, 0x80,
                    0x00, 0x00, 0x00, 0x00, 0x01, 0x51, 0x80, 0x00, 0x00, 0x03, 0xE8, 0x00, 0x0F,
                    0x42, 0x40, 0xAA, 0xBB, 0xCC, 0xDD, 0x40, 0xFF, 0xFF, 0xFE, 0x00, 0x01, 0x00,
                    0x07, 0x00, 0x00, 0x00, 0x5A, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00, 0x80, 0x00,
                }));
}

TEST_F(CompoundBuilderTest, ContinuesMoreThan31BlocksInFurtherReports) {
    std::vector<ReportBlock> blocks(70);
    for (std::uint32_t i = 0; i < blocks.size(); ++i)
        blocks[i].ssrc = i;
    ASSERT_TRUE(out.sender_report({.ssrc = 5}, blocks));
    EXPECT_EQ(item<SenderReport>(0).reports.size(), 31U);
    EXPECT_EQ(item<ReceiverReport>(1).reports.size(), 31U);
    EXPECT_EQ(item<ReceiverReport>(1).ssrc, 5U);
    EXPECT_EQ(item<ReceiverReport>(2).reports.size(), 8U);
    EXPECT_EQ(item<ReceiverReport>(2).reports[7].ssrc, 69U);
}

TEST_F(CompoundBuilderTest, ClampsTheCumulativeLoss) {
    const std::array<ReportBlock, 2> blocks{
        {{.ssrc = 1, .cumulative_lost = 0x1000000}, {.ssrc = 2, .cumulative_lost = -0x1000000}}};
    ASSERT_TRUE(out.receiver_report(9, blocks));
    const auto report = item<ReceiverReport>();
    EXPECT_EQ(report.reports[0].cumulative_lost, 0x7FFFFF);
    EXPECT_EQ(report.reports[1].cumulative_lost, -0x800000);
}

TEST_F(CompoundBuilderTest, EndsSdesItemsWithAtLeastOneZero) {
    ASSERT_TRUE(out.sdes_cname(0x01020304, "me"));
    EXPECT_THAT(out.written(),
                ElementsAre(0x81, 0xCA, 0, 3, 1, 2, 3, 4, 1, 2, 'm', 'e', 0, 0, 0, 0));
    out.clear();
    for (std::size_t length = 0; length < 9; ++length) {
        const std::string name(length, 'x');
        out.clear();
        ASSERT_TRUE(out.sdes_cname(7, name));
        EXPECT_EQ(item<SdesChunk>().cname, name);
    }
    EXPECT_FALSE(out.sdes_cname(7, std::string(256, 'x')));
}

TEST_F(CompoundBuilderTest, WritesByeWithAndWithoutReason) {
    const std::array<std::uint32_t, 2> ssrcs{1, 2};
    ASSERT_TRUE(out.bye(ssrcs));
    EXPECT_THAT(out.written(), ElementsAre(0x82, 0xCB, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2));
    out.clear();
    ASSERT_TRUE(out.bye(ssrcs, "gone"));
    EXPECT_EQ(item<Bye>().reason, "gone");
    EXPECT_THAT(item<Bye>().ssrcs, ElementsAre(1U, 2U));
}

TEST_F(CompoundBuilderTest, PacksNacksAcrossTheWrap) {
    const std::array<std::uint16_t, 6> lost{0xFFFE, 0xFFFF, 3, 14, 15, 100};
    EXPECT_EQ(out.nack(1, 2, lost), 6U);
    // FFFE: +1, +5 and +16; 15 is 17 ahead and starts a new pair.
    EXPECT_THAT(out.written(), ElementsAre(0x81, 0xCD, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 0xFE,
                                           0x80, 0x11, 0, 15, 0, 0, 0, 100, 0, 0));
}

TEST_F(CompoundBuilderTest, NacksWhatFitsAndSaysHowMuch) {
    std::vector<std::uint16_t> lost;
    for (int i = 0; i < 10; ++i)
        lost.push_back(static_cast<std::uint16_t>(i * 20));
    CompoundBuilder small{MutBytes{buffer}.first(12 + 3 * 4 + 3)};
    EXPECT_EQ(small.nack(1, 2, lost), 3U);
    EXPECT_EQ(small.size(), 24U);
    EXPECT_EQ(small.nack(1, 2, lost), 0U);
    EXPECT_EQ(small.size(), 24U);
}

TEST_F(CompoundBuilderTest, WritesPliAndFir) {
    ASSERT_TRUE(out.pli(0x01020304, 0x05060708));
    EXPECT_THAT(out.written(), ElementsAre(0x81, 0xCE, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8));
    out.clear();
    const FirEntry entry{0x05060708, 9};
    ASSERT_TRUE(out.fir(0x01020304, {&entry, 1}));
    EXPECT_THAT(out.written(),
                ElementsAre(0x84, 0xCE, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8, 9, 0, 0, 0));
}

TEST_F(CompoundBuilderTest, WritesRembToTheByte) {
    const std::array<std::uint32_t, 2> ssrcs{8, 9};
    ASSERT_TRUE(out.remb(1, 0x2FAF0U << 3, ssrcs));
    EXPECT_THAT(out.written(), ElementsAre(0x8F, 0xCE, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M',
                                           'B', 2, 0x0E, 0xFA, 0xF0, 0, 0, 0, 8, 0, 0, 0, 9));
}

TEST_F(CompoundBuilderTest, RembRoundsDownByLessThanOneIn131072) {
    for (const std::uint64_t bitrate :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0x3FFFF}, std::uint64_t{0x40000},
          std::uint64_t{2'500'001}, std::uint64_t{123'456'789'123}, ~std::uint64_t{0}}) {
        out.clear();
        ASSERT_TRUE(out.remb(1, bitrate, {}));
        const auto back = item<Remb>().bitrate;
        EXPECT_LE(back, bitrate);
        EXPECT_LE(bitrate - back, bitrate >> 17) << bitrate;
    }
}

TEST_F(CompoundBuilderTest, WritesExtendedReports) {
    ASSERT_TRUE(out.xr_receiver_reference_time(1, NtpTime{0xE600000080000000}));
    EXPECT_THAT(out.written(), ElementsAre(0x80, 0xCF, 0, 4, 0, 0, 0, 1, 4, 0, 0, 2, 0xE6, 0, 0, 0,
                                           0x80, 0, 0, 0));
    const DlrrEntry entry{2, 0x18000, 0x4000};
    ASSERT_TRUE(out.xr_dlrr(1, {&entry, 1}));
    EXPECT_THAT(item<XrDlrr>(1).entries, ElementsAre(entry));
}

TEST_F(CompoundBuilderTest, WithoutRoomNothingIsWritten) {
    const ReportBlock block;
    const FirEntry entry;
    const DlrrEntry dlrr;
    const std::array<std::uint32_t, 1> ssrc{1};
    const std::array<std::uint16_t, 1> sequence{1};
    const PacketArrival arrival{1, 1};
    for (std::size_t room = 0; room < 12; ++room) {
        CompoundBuilder small{MutBytes{buffer}.first(room)};
        EXPECT_FALSE(small.sender_report({}, {&block, 1}));
        EXPECT_FALSE(small.receiver_report(1, {&block, 1}));
        EXPECT_FALSE(small.sdes_cname(1, "abc"));
        EXPECT_FALSE(small.bye(ssrc, "gone"));
        EXPECT_EQ(small.nack(1, 2, sequence), 0U);
        EXPECT_FALSE(small.pli(1, 2));
        EXPECT_FALSE(small.fir(1, {&entry, 1}));
        EXPECT_FALSE(small.remb(1, 1, ssrc));
        EXPECT_EQ(small.transport_feedback(1, 2, 0, 1, {&arrival, 1}), 0U);
        EXPECT_FALSE(small.xr_receiver_reference_time(1, {}));
        EXPECT_FALSE(small.xr_dlrr(1, {&dlrr, 1}));
        EXPECT_TRUE(small.empty());
    }
}

} // namespace
} // namespace parley::rtcp
