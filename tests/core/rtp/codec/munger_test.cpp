#include "core/rtp/codec/munger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace parley::rtp {
namespace {

using Payload = std::vector<std::uint8_t>;

struct Counters {
    unsigned picture_id = 0;
    unsigned tl0 = 0;
    unsigned key_idx = 0;
    unsigned tid = 0;
    bool operator==(const Counters&) const = default;
};

Payload vp8_payload(const Counters& in) {
    return {0x90,
            0xF0,
            static_cast<std::uint8_t>(0x80 | in.picture_id >> 8),
            static_cast<std::uint8_t>(in.picture_id),
            static_cast<std::uint8_t>(in.tl0),
            static_cast<std::uint8_t>(in.tid << 6 | in.key_idx),
            0x01,
            0x02};
}

Counters out_of(Codec codec, Payload payload, const DescriptorOffsets& offsets) {
    std::array<std::uint8_t, DescriptorMunger::max_head> head{};
    const auto size = DescriptorMunger::rewrite(codec, offsets, payload, head);
    std::copy_n(head.begin(), size, payload.begin());
    if (codec == Codec::vp9) {
        const auto packet = Vp9Descriptor::parse(payload);
        return {packet->picture_id, packet->tl0_pic_idx, 0, packet->temporal_id};
    }
    const auto packet = Vp8Descriptor::parse(payload);
    return {packet->picture_id, packet->tl0_pic_idx, packet->key_idx, packet->temporal_id};
}

// One step of a table: what comes in, what is done with it, what goes out.
struct Step {
    enum { keep, skip, switched } action;
    Counters in;
    Counters out = {};
};

void run(Codec codec, const std::vector<Step>& steps, Payload (*payload_of)(const Counters&)) {
    DescriptorMunger munger{codec};
    std::vector<std::pair<Payload, DescriptorOffsets>> sent;
    std::vector<Counters> outputs;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto& step = steps[i];
        const auto payload = payload_of(step.in);
        if (step.action == Step::skip) {
            munger.skip(payload);
            continue;
        }
        if (step.action == Step::switched) munger.switch_source();
        const auto offsets = munger.keep(payload);
        const auto out = out_of(codec, payload, offsets);
        EXPECT_EQ(out.picture_id, step.out.picture_id) << "step " << i;
        EXPECT_EQ(out.tl0, step.out.tl0) << "step " << i;
        EXPECT_EQ(out.key_idx, step.out.key_idx) << "step " << i;
        EXPECT_EQ(out.tid, step.in.tid) << "step " << i;
        sent.emplace_back(payload, offsets);
        outputs.push_back(out);
    }
    // A retransmission at the very end gives what was sent at first.
    for (std::size_t i = 0; i < sent.size(); ++i) {
        EXPECT_EQ(out_of(codec, sent[i].first, sent[i].second), outputs[i]) << i;
    }
}

TEST(Vp8Munger, LeavesASingleSourceAsItIs) {
    run(Codec::vp8,
        {{Step::keep, {100, 7, 3, 0}, {100, 7, 3}},
         {Step::keep, {100, 7, 3, 0}, {100, 7, 3}},
         {Step::keep, {101, 8, 3, 0}, {101, 8, 3}},
         {Step::keep, {105, 9, 4, 0}, {105, 9, 4}}}, // lost ones leave their gap
        vp8_payload);
}

TEST(Vp8Munger, ContinuesAcrossASwitchOfSource) {
    run(Codec::vp8,
        {{Step::keep, {0x7FFE, 254, 30, 0}, {0x7FFE, 254, 30}},
         {Step::keep, {0x7FFF, 255, 31, 0}, {0x7FFF, 255, 31}},
         {Step::switched, {500, 10, 5, 0}, {0, 0, 0}},
         {Step::keep, {500, 10, 5, 0}, {0, 0, 0}},
         {Step::keep, {501, 11, 6, 0}, {1, 1, 1}},
         {Step::switched, {0x7FFF, 255, 31, 0}, {2, 2, 2}},
         {Step::keep, {0, 0, 0, 0}, {3, 3, 3}}},
        vp8_payload);
}

TEST(Vp8Munger, ClosesTheGapsOfSkippedLayers) {
    run(Codec::vp8,
        {{Step::keep, {10, 1, 0, 0}, {10, 1, 0}},
         {Step::skip, {11, 1, 0, 2}},
         {Step::skip, {11, 1, 0, 2}}, // a frame of two packets is one gap
         {Step::keep, {12, 1, 0, 1}, {11, 1, 0}},
         {Step::skip, {13, 1, 0, 2}},
         {Step::keep, {14, 2, 0, 0}, {12, 2, 0}}},
        vp8_payload);
}

TEST(Vp8Munger, LatePacketsMoveNothing) {
    run(Codec::vp8,
        {{Step::keep, {10, 1, 0, 0}, {10, 1, 0}},
         {Step::keep, {12, 2, 0, 0}, {12, 2, 0}},
         {Step::keep, {11, 1, 0, 1}, {11, 1, 0}},
         {Step::skip, {11, 1, 0, 2}},
         {Step::switched, {700, 9, 9, 0}, {13, 3, 1}}},
        vp8_payload);
}

TEST(Vp8Munger, ASwitchBeforeAnythingWasSentChangesNothing) {
    run(Codec::vp8, {{Step::skip, {9, 1, 0, 0}}, {Step::switched, {10, 1, 0, 0}, {10, 1, 0}}},
        vp8_payload);
}

TEST(Vp8Munger, SkippingBetweenSwitchAndKeyframeDoesNotCount) {
    run(Codec::vp8,
        {{Step::keep, {10, 1, 0, 0}, {10, 1, 0}},
         {Step::switched, {50, 5, 0, 0}, {11, 2, 1}},
         {Step::skip, {51, 5, 0, 2}},
         {Step::switched, {80, 7, 0, 0}, {12, 3, 2}}},
        vp8_payload);
}

Payload vp9_payload(const Counters& in) {
    return {0xA8,
            static_cast<std::uint8_t>(0x80 | in.picture_id >> 8),
            static_cast<std::uint8_t>(in.picture_id),
            static_cast<std::uint8_t>(in.tid << 5),
            static_cast<std::uint8_t>(in.tl0),
            0x01,
            0x02};
}

TEST(Vp9Munger, ContinuesAcrossASwitchOfSource) {
    run(Codec::vp9,
        {{Step::keep, {0x7FFF, 255, 0, 0}, {0x7FFF, 255, 0}},
         {Step::switched, {500, 10, 0, 0}, {0, 0, 0}},
         {Step::keep, {501, 11, 0, 0}, {1, 1, 0}}},
        vp9_payload);
}

TEST(Vp9Munger, KeepsTheGapsOfSkippedPicturesBecauseReferencesAreDifferences) {
    run(Codec::vp9,
        {{Step::keep, {10, 1, 0, 0}, {10, 1, 0}},
         {Step::skip, {11, 1, 0, 2}},
         {Step::keep, {12, 2, 0, 0}, {12, 2, 0}}},
        vp9_payload);
}

TEST(Vp8Munger, FollowsShortPictureIdsOverTheirWrap) {
    const auto payload = [](std::uint8_t id) { return Payload{0x90, 0x80, id, 0x01}; };
    DescriptorMunger munger{Codec::vp8};
    const auto send = [&](std::uint8_t id) {
        return out_of(Codec::vp8, payload(id), munger.keep(payload(id))).picture_id;
    };
    EXPECT_EQ(send(126), 126U);
    EXPECT_EQ(send(127), 127U);
    EXPECT_EQ(send(0), 0U);
    munger.skip(payload(1));
    EXPECT_EQ(send(2), 1U);
    munger.switch_source();
    EXPECT_EQ(send(90), 2U);
}

TEST(DescriptorMunger, ChangesNothingOfOtherCodecs) {
    DescriptorMunger munger{Codec::h264};
    const Payload payload{0x65, 0x88, 0x80};
    munger.keep(payload);
    munger.switch_source();
    EXPECT_EQ(munger.keep(payload), DescriptorOffsets{});
    std::array<std::uint8_t, DescriptorMunger::max_head> head{};
    EXPECT_EQ(DescriptorMunger::rewrite(Codec::h264, {1, 1, 1}, payload, head), 0U);
}

} // namespace
} // namespace parley::rtp
