// What the figures rest on: the account of sequence numbers, the stamps, and the patterns.
#include "bench/sfu/description.hpp"
#include "bench/sfu/payload.hpp"
#include "bench/sfu/recording.hpp"
#include "bench/sfu/statistics.hpp"
#include "bench/sfu/traffic.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/packet.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace parley::bench {
namespace {

TEST(SequenceAccount, CountsEachNumberOnceOverTheWrap) {
    SequenceAccount account;
    for (int i = 0; i < 200'000; ++i)
        account.add(static_cast<std::uint16_t>(60'000 + i));
    EXPECT_EQ(account.unique(), 200'000u);
    EXPECT_EQ(account.duplicates(), 0u);
    EXPECT_EQ(account.reordered(), 0u);
}

TEST(SequenceAccount, LossIsWhatIsMissing) {
    SequenceAccount account;
    for (int i = 0; i < 10'000; ++i) {
        if (i % 10 != 3) account.add(static_cast<std::uint16_t>(i));
    }
    EXPECT_EQ(account.unique(), 9'000u);
}

TEST(SequenceAccount, TellsDuplicatesFromLatecomers) {
    SequenceAccount account;
    for (const int s : {1, 2, 4, 5, 5, 3, 3, 4})
        account.add(static_cast<std::uint16_t>(s));
    EXPECT_EQ(account.unique(), 5u);
    EXPECT_EQ(account.reordered(), 1u);
    EXPECT_EQ(account.duplicates(), 3u);
}

TEST(SequenceAccount, ALeapForgetsTheWindow) {
    SequenceAccount account;
    account.add(10);
    account.add(10'000);
    account.add(10);
    EXPECT_EQ(account.unique(), 2u);
    EXPECT_EQ(account.ancient(), 1u);
    // Numbers that fall on the places of old ones are new all the same.
    account.add(10'000 + 1024);
    EXPECT_EQ(account.unique(), 3u);
}

TEST(SequenceAccount, ResetKeepsWhatWasSeen) {
    SequenceAccount account;
    account.add(7);
    account.reset_counts();
    account.add(7);
    account.add(8);
    EXPECT_EQ(account.unique(), 1u);
    EXPECT_EQ(account.duplicates(), 1u);
}

TEST(Percentile, OfAHundredValues) {
    std::vector<int> values;
    for (int i = 100; i > 0; --i)
        values.push_back(i);
    EXPECT_EQ(percentile(values, 0.5), 51);
    EXPECT_EQ(percentile(values, 0.99), 100);
    EXPECT_EQ(percentile(values, 1), 100);
    values.clear();
    EXPECT_EQ(percentile(values, 0.5), 0);
}

TEST(Traffic, BothPatternsOfferTheSameLoad) {
    for (const auto& pattern : {single_pattern(150), frame_pattern(150)}) {
        EXPECT_EQ(pattern.packets.size(), packets_a_frame);
        EXPECT_NEAR(std::chrono::duration<double>(pattern.period).count(), 1.0 / 30, 1e-6);
        EXPECT_TRUE(pattern.packets.front().first);
        EXPECT_TRUE(pattern.packets.back().marker);
    }
    EXPECT_EQ(frame_pattern(150).packets.back().at, Duration{0});
    EXPECT_GT(single_pattern(150).packets[1].at, 6ms);
}

TEST(Traffic, RefusesWhatIsNoRecording) {
    EXPECT_FALSE(make_pattern("/nowhere/at/all", 150));
    EXPECT_FALSE(make_pattern("fives", 0));
}

class PayloadOf : public testing::TestWithParam<VideoCodec> {};

TEST_P(PayloadOf, IsTakenForVideoAndKeepsItsStamp) {
    const auto codec = GetParam() == VideoCodec::vp8 ? Codec::vp8 : Codec::h264;
    for (const bool keyframe : {true, false}) {
        for (std::size_t index = 0; index < packets_a_frame; ++index) {
            std::vector<std::uint8_t> payload(1080);
            const Stamp stamp{Instant{12'345'678ns}, 77 + index};
            write_payload(payload, GetParam(), {index, index + 1 == packets_a_frame, keyframe, 9},
                          stamp);
            const auto info = rtp::inspect(codec, payload);
            EXPECT_TRUE(info.valid);
            EXPECT_EQ(info.keyframe_start, keyframe && index == 0) << index;
            const auto read = read_stamp(payload);
            ASSERT_TRUE(read);
            EXPECT_EQ(read->sent, stamp.sent);
            EXPECT_EQ(read->count, stamp.count);
        }
    }
}

TEST_P(PayloadOf, OfOnePacketAFrameIsWhole) {
    const auto codec = GetParam() == VideoCodec::vp8 ? Codec::vp8 : Codec::h264;
    for (const std::size_t size : {28u, 60u, 80u, 1080u}) {
        std::vector<std::uint8_t> payload(size);
        write_payload(payload, GetParam(), {0, true, true, 1}, {});
        EXPECT_TRUE(rtp::inspect(codec, payload).keyframe_start) << size;
        EXPECT_EQ(read_stamp(payload).has_value(), size >= stamped_payload_size || size == 60);
    }
}

INSTANTIATE_TEST_SUITE_P(Codecs, PayloadOf, testing::Values(VideoCodec::vp8, VideoCodec::h264));

TEST(Recording, WritesWhatThePatternReads) {
    Recording recording{VideoCodec::vp8};
    Instant now{1s};
    for (std::uint16_t i = 0; i < 40; ++i) {
        std::array<std::uint8_t, 612> packet{};
        rtp::FixedHeader header;
        header.sequence = static_cast<std::uint16_t>(65'530 + i);
        header.timestamp = i / 2 * 3000u;
        header.marker = i % 2 == 1;
        rtp::write_fixed_header(packet.data(), header);
        write_payload(MutBytes{packet}.subspan(12), VideoCodec::vp8,
                      {i % 2u, i % 2 == 1, i == 4, 0}, {});
        recording.add(packet, now);
        now += i % 2 == 0 ? 5ms : 28ms;
    }
    const auto path = testing::TempDir() + "recording.txt";
    const auto frames = recording.write(path, "test");
    ASSERT_TRUE(frames) << frames.error().text;
    EXPECT_EQ(*frames, 18u); // from the keyframe on
    const auto pattern = recorded_pattern(path);
    ASSERT_TRUE(pattern) << pattern.error().text;
    EXPECT_EQ(pattern->packets.size(), 36u);
    EXPECT_TRUE(pattern->packets[0].keyframe);
    EXPECT_TRUE(pattern->packets[1].keyframe);
    EXPECT_FALSE(pattern->packets[2].keyframe);
    EXPECT_EQ(pattern->packets[1].at, 5ms);
    EXPECT_EQ(pattern->packets[1].size, 612u);
    std::remove(path.c_str());
}

TEST(Description, OffersAndAnswersHoldWhatConnects) {
    LocalDescription local;
    local.credentials = ice::Credentials::random();
    local.fingerprint =
        dtls::Fingerprint::of(as_bytes("a certificate"), dtls::HashAlgorithm::sha256);
    local.candidate = {IpAddress::v4(127, 0, 0, 1), 4242};
    for (const auto codec : {VideoCodec::vp8, VideoCodec::h264}) {
        local.codec = codec;
        for (const auto& sdp : {publisher_offer(local), viewer_offer(local)}) {
            const auto read = read_description(sdp);
            ASSERT_TRUE(read) << read.error().text;
            EXPECT_EQ(read->credentials, local.credentials);
            EXPECT_EQ(read->fingerprint, local.fingerprint);
            EXPECT_EQ(read->candidate, local.candidate);
            EXPECT_EQ(read->payload_type, video_payload_type);
            const auto answer = viewer_answer(sdp, local);
            ASSERT_TRUE(answer) << answer.error().text;
            const auto back = read_description(*answer);
            ASSERT_TRUE(back) << back.error().text;
            EXPECT_TRUE(back->active);
        }
    }
}

} // namespace
} // namespace parley::bench
