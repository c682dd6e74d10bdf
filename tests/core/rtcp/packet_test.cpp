#include "core/rtcp/packet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace parley::rtcp {
namespace {

using testing::ElementsAre;
using Packet = std::vector<std::uint8_t>;

std::vector<Item> read(Bytes bytes, std::size_t malformed = 0) {
    std::vector<Item> items;
    auto reader = CompoundReader::open(bytes);
    EXPECT_TRUE(reader) << "the headers are wrong";
    if (!reader) return items;
    while (auto item = reader->next())
        items.push_back(*item);
    EXPECT_EQ(reader->malformed(), malformed);
    return items;
}

template <class T>
T only(Bytes bytes) {
    const auto items = read(bytes);
    EXPECT_EQ(items.size(), 1U);
    if (items.size() != 1 || !std::holds_alternative<T>(items[0])) {
        ADD_FAILURE() << "another item";
        return {};
    }
    return std::get<T>(items[0]);
}

Packet join(std::initializer_list<Packet> packets) {
    Packet all;
    for (const auto& packet : packets)
        all.insert(all.end(), packet.begin(), packet.end());
    return all;
}

// RFC 3550, section 6.4.1.
const Packet sender_report{
    0x81, 200,  0x00, 0x0C,                         // V=2, RC=1, 13 words
    0x11, 0x22, 0x33, 0x44,                         // SSRC of the sender
    0xE6, 0x00, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00, // NTP
    0x00, 0x01, 0x51, 0x80,                         // RTP timestamp
    0x00, 0x00, 0x03, 0xE8,                         // packets
    0x00, 0x0F, 0x42, 0x40,                         // octets
    0xAA, 0xBB, 0xCC, 0xDD,                         // SSRC_1
    0x40, 0xFF, 0xFF, 0xFE,                         // a quarter lost, cumulative -2
    0x00, 0x01, 0x00, 0x07,                         // highest sequence number
    0x00, 0x00, 0x00, 0x5A,                         // jitter
    0x00, 0x01, 0x80, 0x00,                         // LSR
    0x00, 0x00, 0x80, 0x00,                         // DLSR: half a second
};
const Packet empty_receiver_report{0x80, 201, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01};
const Packet sdes{0x81, 202, 0x00, 0x03, 0x00, 0x00, 0x00, 0x09, 0x01, 0x02, 'm', 'e', 0, 0, 0, 0};
const Packet pli{0x81, 206, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02};

TEST(CompoundReader, ReadsASenderReport) {
    const auto report = only<SenderReport>(sender_report);
    EXPECT_EQ(report.sender,
              (SenderInfo{0x11223344, NtpTime{0xE600000180000000}, 0x15180, 1000, 1'000'000}));
    EXPECT_THAT(report.reports,
                ElementsAre(ReportBlock{0xAABBCCDD, 0x40, -2, 0x10007, 90, 0x18000, 0x8000}));
    EXPECT_EQ(report.reports[0].ssrc, 0xAABBCCDDU);
}

TEST(CompoundReader, DeliversTheItemsOfACompoundInOrder) {
    const auto compound = join({empty_receiver_report, sdes, pli});
    const auto items = read(compound);
    ASSERT_EQ(items.size(), 3U);
    EXPECT_TRUE(std::get<ReceiverReport>(items[0]).reports.empty());
    EXPECT_EQ(std::get<SdesChunk>(items[1]).cname, "me");
    EXPECT_EQ(std::get<SdesChunk>(items[1]).ssrc, 9U);
    EXPECT_EQ(std::get<Pli>(items[2]).media_ssrc, 2U);
}

TEST(CompoundReader, TakesReducedSizePackets) {
    EXPECT_EQ(only<Pli>(pli).sender_ssrc, 1U);
}

TEST(CompoundReader, ReadsSeveralSdesChunksAndPassesOverOtherItems) {
    const Packet packet{
        0x82, 202,  0x00, 0x07,                         // two chunks
        0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 'B',  'o',  // NAME "Bob"
        'b',  0x01, 0x01, 'c',  0x00, 0x00, 0x00, 0x00, // CNAME "c"
        0x00, 0x00, 0x00, 0x02, 0x01, 0x01, 'd',  0x00, // CNAME "d"
        0x00, 0x00, 0x00, 0x00,
    };
    const auto items = read(Bytes{packet}.first(28 + 4), 0);
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(std::get<SdesChunk>(items[0]).cname, "c");
    EXPECT_EQ(std::get<SdesChunk>(items[1]).ssrc, 2U);
    EXPECT_EQ(std::get<SdesChunk>(items[1]).cname, "d");
}

TEST(CompoundReader, ReadsBye) {
    const Packet packet{0x82, 203, 0x00, 0x04, 0,   0,   0,   1, 0, 0,
                        0,    2,   0x04, 'g',  'o', 'n', 'e', 0, 0, 0};
    const auto bye = only<Bye>(packet);
    EXPECT_THAT(bye.ssrcs, ElementsAre(1U, 2U));
    EXPECT_EQ(bye.reason, "gone");
}

TEST(CompoundReader, ReadsNack) {
    const Packet packet{0x81, 205, 0x00, 0x04, 0, 0, 0, 1,   0,    0,
                        0,    2,   0xFF, 0xFF, 0, 5, 0, 100, 0x80, 0x00};
    const auto nack = only<Nack>(packet);
    std::vector<std::uint16_t> asked;
    for (const auto item : nack.items) {
        item.for_each([&](std::uint16_t sequence) { asked.push_back(sequence); });
    }
    EXPECT_THAT(asked, ElementsAre(0xFFFF, 0, 2, 100, 116));
}

TEST(CompoundReader, ReadsFir) {
    const Packet packet{0x84, 206, 0x00, 0x04, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 42, 0, 0, 0};
    EXPECT_THAT(only<Fir>(packet).entries, ElementsAre(FirEntry{7, 42}));
}

TEST(CompoundReader, ReadsRemb) {
    // Two SSRCs, exponent 3, mantissa 0x2FAF0: 1,563,520 bit/s.
    const Packet packet{0x8F, 206, 0x00, 0x06, 0,    0,    0, 1, 0, 0, 0, 0, 'R', 'E',
                        'M',  'B', 0x02, 0x0E, 0xFA, 0xF0, 0, 0, 0, 8, 0, 0, 0,   9};
    const auto remb = only<Remb>(packet);
    EXPECT_EQ(remb.bitrate, 0x2FAF0U << 3);
    EXPECT_THAT(remb.ssrcs, ElementsAre(8U, 9U));
}

TEST(CompoundReader, AnAbsurdRembSaturates) {
    const Packet packet{0x8F, 206, 0x00, 0x04, 0,   0,   0,    1,    0,    0,
                        0,    0,   'R',  'E',  'M', 'B', 0x00, 0xFF, 0xFF, 0xFF};
    EXPECT_EQ(only<Remb>(packet).bitrate, std::numeric_limits<std::uint64_t>::max());
}

TEST(CompoundReader, ReadsExtendedReports) {
    const Packet packet{
        0x80, 207,  0x00, 0x09, 0,    0,    0,    1,                            // SSRC 1
        0x04, 0x00, 0x00, 0x02, 0xE6, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, // RRTR
        0x05, 0x00, 0x00, 0x03, 0,    0,    0,    2,    0x00, 0x01, 0x80, 0x00, // DLRR
        0x00, 0x00, 0x40, 0x00, 0x07, 0x00, 0x00, 0x00, // a block of another type
    };
    const auto items = read(packet);
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(std::get<XrReceiverReferenceTime>(items[0]).ntp, NtpTime{0xE600000080000000});
    EXPECT_THAT(std::get<XrDlrr>(items[1]).entries,
                ElementsAre(DlrrEntry{2, 0x00018000, 0x00004000}));
    EXPECT_EQ(std::get<Unknown>(items[2]).format, 7);
}

TEST(CompoundReader, NamesWhatItDoesNotKnow) {
    const Packet app{0x83, 204, 0x00, 0x02, 0, 0, 0, 1, 'x', 'y', 'z', 'w'};
    EXPECT_EQ(only<Unknown>(app).type, 204);
    const Packet other_afb{0x8F, 206, 0x00, 0x03, 0, 0, 0, 1, 0, 0, 0, 0, 'A', 'B', 'C', 'D'};
    EXPECT_EQ(only<Unknown>(other_afb).format, 15);
    const Packet sli{0x82, 206, 0x00, 0x03, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0};
    EXPECT_EQ(only<Unknown>(sli).format, 2);
}

TEST(CompoundReader, DropsPaddingAlsoOfTheKindThatLibwebrtcMakes) {
    auto padded = pli;
    padded[0] |= 0x20;
    padded[3] = 3;
    padded.insert(padded.end(), {0, 0, 0, 4});
    EXPECT_EQ(only<Pli>(padded).media_ssrc, 2U);

    // One byte of padding, and not on the last packet.
    const Packet feedback{0xAF, 205, 0x00, 0x05, 0, 0, 0, 1, 0,    0,    0, 2,
                          0,    9,   0x00, 0x01, 0, 0, 1, 0, 0x20, 0x01, 5, 1};
    const auto both = join({feedback, pli});
    const auto items = read(both);
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(std::get<TransportFeedback>(items[0]).base_sequence, 9);
}

TEST(CompoundReader, RefusesBrokenHeaders) {
    const auto opens = [](const Packet& packet) {
        return CompoundReader::open(packet).has_value();
    };
    EXPECT_FALSE(opens({}));
    for (std::size_t size = 1; size < sender_report.size(); ++size) {
        EXPECT_FALSE(CompoundReader::open(Bytes{sender_report}.first(size))) << size;
    }
    auto version = pli;
    version[0] = 0x41;
    EXPECT_FALSE(opens(version));
    auto type = pli;
    type[1] = 100;
    EXPECT_FALSE(opens(type));
    EXPECT_FALSE(opens(join({pli, {0x80}}))) << "lengths do not add up";
    auto padding = pli;
    padding[0] |= 0x20;
    padding[11] = 0;
    EXPECT_FALSE(opens(padding)) << "padding of no bytes";
    padding[11] = 12;
    EXPECT_FALSE(opens(padding)) << "more padding than body";
    EXPECT_FALSE(opens(join({pli, version}))) << "the second header counts too";
}

TEST(CompoundReader, PassesOverBrokenBodiesAndGoesOn) {
    const Packet short_report{0x82, 201, 0x00, 0x01, 0, 0, 0, 1}; // two blocks, none there
    const Packet short_nack{0x81, 205, 0x00, 0x02, 0, 0, 0, 1, 0, 0, 0, 2};
    const Packet short_bye{0x81, 203, 0x00, 0x00};
    const Packet long_reason{0x80, 203, 0x00, 0x01, 9, 'x', 'y', 'z'};
    const Packet short_remb{0x8F, 206, 0x00, 0x04, 0,   0,   0, 1, 0, 0,
                            0,    0,   'R',  'E',  'M', 'B', 3, 0, 0, 1};
    const Packet open_sdes{0x81, 202, 0x00, 0x02, 0, 0, 0, 1, 1, 2, 'm', 'e'}; // no end of items
    const Packet missing_chunk{0x82, 202, 0x00, 0x02, 0, 0, 0, 1, 1, 1, 'm', 0};
    const Packet short_block{0x80, 207, 0x00, 0x02, 0, 0, 0, 1, 5, 0, 0, 3};
    const Packet short_fir{0x84, 206, 0x00, 0x03, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7};
    for (const auto& broken : {short_report, short_nack, short_bye, long_reason, short_remb,
                               open_sdes, short_block, short_fir}) {
        const auto packet = join({broken, pli});
        const auto items = read(packet, 1);
        ASSERT_EQ(items.size(), 1U) << int{broken[1]};
        EXPECT_TRUE(std::holds_alternative<Pli>(items[0]));
    }
    EXPECT_EQ(read(missing_chunk, 1).size(), 1U);
}

TEST(IsRtcp, TellsThemFromRtpWithAMarker) {
    EXPECT_TRUE(is_rtcp(pli));
    EXPECT_FALSE(is_rtcp(Packet{0x80, 0x80 | 96, 0, 1}));
    EXPECT_FALSE(is_rtcp(Packet{0x80, 111, 0, 1}));
}

} // namespace
} // namespace parley::rtcp
