#include "core/media/opus.hpp"
#include "tests/core/media/packets.hpp"

#include <gtest/gtest.h>

namespace parley::media::test {
namespace {

const Octets mono{0x78, 1, 2, 3, 4, 5};   // CELT, 20 ms
const Octets stereo{0xFC, 1, 2, 3, 4, 5}; // CELT, 20 ms

TEST(OpusPacket, TellsHowLongItIs) {
    const auto duration = [](const Octets& packet) {
        const auto parsed = OpusPacket::parse(packet);
        return parsed ? parsed->duration : 0;
    };
    EXPECT_EQ(duration({0x00, 1}), 480U);         // SILK, 10 ms
    EXPECT_EQ(duration({3 << 3, 1}), 2880U);      // SILK, 60 ms
    EXPECT_EQ(duration({13 << 3, 1}), 960U);      // hybrid, 20 ms
    EXPECT_EQ(duration({16 << 3, 1}), 120U);      // CELT, 2.5 ms
    EXPECT_EQ(duration({31 << 3 | 1, 1}), 1920U); // two frames
    EXPECT_EQ(duration({31 << 3 | 2, 1, 2}), 1920U);
    EXPECT_EQ(duration({31 << 3 | 3, 5, 2}), 4800U);
    EXPECT_EQ(duration({31 << 3}), 960U) << "DTX: a frame of no bytes";
    EXPECT_EQ(duration({}), 0U);
    EXPECT_EQ(duration({31 << 3 | 3}), 0U) << "no count of frames";
    EXPECT_EQ(duration({31 << 3 | 3, 0, 2}), 0U) << "no frames";
    EXPECT_EQ(duration({31 << 3 | 3, 7, 2}), 0U) << "140 ms";
}

std::vector<std::optional<StreamFormat>> formats(std::string_view fmtp,
                                                 std::initializer_list<Octets> packets) {
    Stream stream{Codec::opus, fmtp};
    for (const auto& packet : packets)
        stream.send(packet);
    std::vector<std::optional<StreamFormat>> all;
    for (auto& unit : stream.units())
        all.push_back(std::move(unit.format));
    return all;
}

TEST(Opus, ChannelsAreThoseOfSdpOrOfTheFirstPackets) {
    const auto channels = [](std::string_view fmtp, const Octets& packet) {
        return unsigned{formats(fmtp, {packet})[0]->channels};
    };
    EXPECT_EQ(channels("", mono), 1U);
    EXPECT_EQ(channels("", stereo), 2U);
    EXPECT_EQ(channels("minptime=10;useinbandfec=1;stereo=1", mono), 2U);
    EXPECT_EQ(channels("sprop-stereo=1", mono), 2U);
    EXPECT_EQ(channels("sprop-stereo=0", mono), 1U);
    EXPECT_EQ(channels("", {0xF8, 0xFF, 0xFE}), 2U) << "silence tells nothing";
}

TEST(Opus, TheHeaderIsThatOfOgg) {
    const auto format = *formats("", {stereo})[0];
    EXPECT_EQ(format.sample_rate, 48000U);
    EXPECT_EQ(format.configuration, (Octets{'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 2, 0, 0,
                                            0x80, 0xBB, 0, 0, 0, 0, 0}));
}

TEST(Opus, MonoThatTurnsStereoIsANewFormatOnce) {
    const auto all = formats("", {mono, mono, stereo, mono});
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0]->channels, 1);
    EXPECT_FALSE(all[1]);
    EXPECT_EQ(all[2]->channels, 2);
    EXPECT_FALSE(all[3]);
}

TEST(Opus, OnlyMissingNumbersAreALoss) {
    Stream stream{Codec::opus};
    stream.send(mono);
    stream.timestamp += 48000; // DTX
    stream.send(mono).send_padding().send(mono).lose(2).send(mono);
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 4U);
    EXPECT_TRUE(units[0].unit.keyframe);
    EXPECT_FALSE(units[0].discontinuity);
    EXPECT_FALSE(units[1].discontinuity);
    EXPECT_FALSE(units[2].discontinuity);
    EXPECT_TRUE(units[3].discontinuity);
    EXPECT_EQ(units[3].duration, 960U);
    EXPECT_EQ(stream.depacketizer().counters().missing, 2U);
    EXPECT_FALSE(stream.depacketizer().frozen());
    EXPECT_FALSE(stream.depacketizer().take_keyframe_wish());
}

TEST(Opus, ABrokenPacketIsLeftOutAndCounted) {
    Stream stream{Codec::opus};
    stream.send(mono).send({0xFF}).send(mono);
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_TRUE(units[1].discontinuity);
    EXPECT_EQ(stream.depacketizer().counters().broken, 1U);
}

TEST(G711, APacketIsAsLongAsItsBytes) {
    Stream stream{Codec::pcmu};
    stream.payload_type = 0;
    stream.send(Octets(240, 0x12));
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 1U);
    EXPECT_EQ(units[0].duration, 240U);
    ASSERT_TRUE(units[0].format);
    EXPECT_EQ(units[0].format->codec, Codec::pcmu);
    EXPECT_EQ(units[0].format->sample_rate, 8000U);
    EXPECT_EQ(units[0].format->channels, 1);
    EXPECT_TRUE(units[0].format->configuration.empty());
}

TEST(G711, ComfortNoiseIsNeitherSoundNorALoss) {
    Stream stream{Codec::pcma};
    stream.payload_type = 8;
    stream.send(Octets(160, 0x12));
    stream.payload_type = 13;
    stream.send({0x40}).send({0x40, 1, 2});
    stream.payload_type = 8;
    stream.send(Octets(160, 0x12));
    const auto units = stream.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_FALSE(units[1].discontinuity);
}

} // namespace
} // namespace parley::media::test
