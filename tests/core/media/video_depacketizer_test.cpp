// What follows from losses, by the example of VP8.
#include "tests/core/media/packets.hpp"

#include <gtest/gtest.h>

namespace parley::media::test {
namespace {

const Octets key_frame{0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A, 0x40, 0x01, 0xF0, 0x00, 0x55};
const Octets delta_frame{0x31, 0x02, 0x00, 0x77};
const Octets more{0xAA, 0xBB};

Octets first(const Octets& frame) { // S, partition 0
    return joined({{0x10}, frame});
}
Octets rest(const Octets& data = more) {
    return joined({{0x00}, data});
}

class Video : public testing::Test {
  protected:
    void expect(const std::vector<Octets>& expected) { EXPECT_EQ(stream_.data(), expected); }
    bool wish() { return stream_.depacketizer().take_keyframe_wish(); }
    bool frozen() { return stream_.depacketizer().frozen(); }
    const DepacketizerCounters& counters() { return stream_.depacketizer().counters(); }

    Stream stream_{Codec::vp8};
};

TEST_F(Video, AMarkerEndsAUnit) {
    EXPECT_TRUE(frozen());
    stream_.send(first(key_frame)).send(rest());
    expect({});
    stream_.send_last(rest());
    expect({joined({key_frame, more, more})});
    EXPECT_FALSE(frozen());
    EXPECT_FALSE(wish());
}

TEST_F(Video, SoDoesAnotherTimestamp) {
    stream_.send(first(key_frame)).next_picture().send(first(delta_frame)).send(rest());
    expect({key_frame});
    stream_.next_picture().send(first(delta_frame));
    expect({joined({delta_frame, more})});
    stream_.finish();
    expect({delta_frame});
}

TEST_F(Video, AtTheEndWhatLacksItsMarkerIsNotWhole) {
    stream_.send_last(first(key_frame)).send(first(delta_frame)).finish();
    expect({key_frame});
}

TEST_F(Video, UnitsTellTimesKeyframesAndTheFormatOnce) {
    const auto start = stream_.timestamp;
    stream_.send_last(first(key_frame)).send_last(first(delta_frame)).send_last(first(key_frame));
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 3U);
    for (unsigned i = 0; i < 3; ++i) {
        EXPECT_EQ(units[i].timestamp, start + i * 3000);
        EXPECT_EQ(units[i].unit.keyframe, i != 1);
        EXPECT_EQ(units[i].format.has_value(), i == 0);
        EXPECT_FALSE(units[i].discontinuity);
        EXPECT_EQ(units[i].duration, 0U);
    }
    EXPECT_EQ(units[0].format->width, 320);
    EXPECT_EQ(units[0].format->height, 240);
}

TEST_F(Video, TheFormatComesAgainWithTheKeyframeThatChangesIt) {
    auto larger = key_frame;
    larger[6] = 0x80;
    larger[7] = 0x02;
    stream_.send_last(first(key_frame)).send_last(first(larger)).send_last(first(larger));
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 3U);
    ASSERT_TRUE(units[1].format);
    EXPECT_EQ(units[1].format->width, 640);
    EXPECT_FALSE(units[2].format);
}

TEST_F(Video, NothingComesBeforeAKeyframeAndItIsWishedOnce) {
    stream_.send_last(first(delta_frame)).send_last(first(delta_frame));
    EXPECT_TRUE(wish());
    EXPECT_FALSE(wish());
    expect({});
    EXPECT_EQ(counters().dropped, 2U);
    stream_.send_last(first(key_frame)).send_last(first(delta_frame));
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 2U);
    EXPECT_FALSE(units[0].discontinuity) << "nothing has come out before it";
    EXPECT_FALSE(wish());
}

TEST_F(Video, AStreamJoinedAmidAFrameWaitsForTheNextKeyframe) {
    stream_.send(rest()).send_last(rest());
    EXPECT_TRUE(wish());
    stream_.send_last(first(key_frame));
    expect({key_frame});
}

TEST_F(Video, ALossFreezesAsFarAsTheNextKeyframe) {
    stream_.send_last(first(key_frame));
    stream_.send(first(delta_frame)).lose().send_last(rest());
    EXPECT_TRUE(frozen());
    EXPECT_TRUE(wish());
    stream_.send_last(first(delta_frame)).send_last(first(delta_frame));
    EXPECT_FALSE(wish());
    expect({key_frame});
    stream_.send_last(first(key_frame));
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 1U);
    EXPECT_TRUE(units[0].discontinuity);
    EXPECT_FALSE(frozen());
    EXPECT_EQ(counters().missing, 1U);
    EXPECT_EQ(counters().dropped, 4U);
    EXPECT_EQ(counters().broken, 0U);
}

TEST_F(Video, EachLossIsAWishOfItsOwn) {
    stream_.send_last(first(key_frame)).lose().send_last(first(delta_frame));
    EXPECT_TRUE(wish());
    stream_.send_last(first(delta_frame)).lose().send_last(first(delta_frame));
    EXPECT_TRUE(wish());
    EXPECT_FALSE(wish());
}

TEST_F(Video, ALossRightBeforeAKeyframeNeedsNoOther) {
    stream_.send_last(first(key_frame)).lose(3).send(first(key_frame));
    EXPECT_TRUE(frozen());
    EXPECT_FALSE(wish());
    stream_.send_last(rest());
    expect({key_frame, joined({key_frame, more})});
    EXPECT_FALSE(wish());
    EXPECT_EQ(counters().missing, 3U);
}

TEST_F(Video, AKeyframeThatLosesAPartIsLeftOut) {
    stream_.send_last(first(key_frame)).lose().send(first(key_frame)).lose().send_last(rest());
    EXPECT_TRUE(wish());
    stream_.send_last(first(delta_frame));
    expect({key_frame});
}

TEST_F(Video, AMissingEndIsALoss) {
    stream_.send_last(first(key_frame)).send(first(delta_frame)).lose().next_picture();
    stream_.send_last(first(delta_frame));
    expect({key_frame});
    EXPECT_TRUE(frozen());
}

TEST_F(Video, DuplicatesAndLatePacketsAreLeftOut) {
    stream_.send_last(first(key_frame)).send(first(delta_frame));
    for (const auto back : {1, 2, 50}) {
        const auto next = stream_.sequence;
        stream_.sequence = static_cast<std::uint16_t>(next - back);
        stream_.send(first(delta_frame));
        stream_.sequence = next;
    }
    stream_.send_last(rest());
    expect({key_frame, joined({delta_frame, more})});
    EXPECT_EQ(counters().missing, 0U);
}

TEST_F(Video, PaddingTakesASequenceNumberAndNothingElse) {
    stream_.send_padding().send(first(key_frame)).send_padding().send_last(rest());
    stream_.send_padding().send_last(first(delta_frame));
    expect({joined({key_frame, more}), delta_frame});
    EXPECT_EQ(counters().missing, 0U);
}

TEST_F(Video, ALossThatPaddingShowsIsALoss) {
    stream_.send_last(first(key_frame)).lose().send_padding();
    EXPECT_TRUE(wish());
    stream_.send_last(first(delta_frame));
    expect({key_frame});
}

TEST_F(Video, AnotherSsrcOrPayloadTypeIsAnotherStream) {
    stream_.send_last(first(key_frame)).send(first(delta_frame));
    stream_.ssrc = 8;
    stream_.sequence = 100;
    stream_.send_last(first(delta_frame));
    EXPECT_TRUE(frozen());
    EXPECT_TRUE(wish());
    stream_.send_last(first(key_frame));
    stream_.payload_type = 97;
    stream_.send_last(first(delta_frame)).send_last(first(key_frame));
    const auto units = stream_.units();
    ASSERT_EQ(units.size(), 3U);
    EXPECT_TRUE(units[1].discontinuity);
    EXPECT_TRUE(units[2].discontinuity);
    EXPECT_FALSE(units[2].format) << "it is the same";
    EXPECT_EQ(counters().missing, 0U);
}

TEST_F(Video, ASenderThatStartsItsNumbersOverIsFollowed) {
    stream_.send_last(first(key_frame));
    stream_.sequence = static_cast<std::uint16_t>(stream_.sequence - 1000);
    stream_.send_last(first(delta_frame)).send_last(first(key_frame)).send_last(first(delta_frame));
    expect({key_frame, key_frame, delta_frame});
}

TEST_F(Video, ABrokenPayloadCountsAndFreezes) {
    stream_.send_last(first(key_frame)).send_last({0x80});
    EXPECT_EQ(counters().broken, 1U);
    EXPECT_TRUE(frozen());
    EXPECT_TRUE(wish());
    stream_.send_last(first(delta_frame)).send_last(first(key_frame));
    expect({key_frame, key_frame});
}

TEST_F(Video, AUnitThatNeverEndsIsGivenUp) {
    stream_.send_last(first(key_frame)).send(first(delta_frame));
    const Octets large(60000, 0x11);
    for (std::size_t size = 0; size <= max_unit_size; size += large.size())
        stream_.send(rest(large));
    EXPECT_TRUE(frozen());
    EXPECT_EQ(counters().broken, 1U);
    stream_.send_last(rest()).send_last(first(key_frame));
    expect({key_frame, key_frame});
}

} // namespace
} // namespace parley::media::test
