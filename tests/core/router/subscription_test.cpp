#include "core/router/subscription.hpp"
#include "core/rtcp/builder.hpp"
#include "tests/core/router/harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace parley {
namespace {

using namespace test;

/// What any receiver relies on: consecutive indexes, timestamps that do not go back, picture ids
/// that go on by one from frame to frame, and no index used twice.
void expect_continuous(const std::vector<RecordingSink::Packet>& packets) {
    ASSERT_FALSE(packets.empty());
    std::optional<std::uint16_t> picture_id;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const auto& packet = packets[i];
        EXPECT_EQ(packet.index & 0xFFFF, packet.view().sequence());
        if (i != 0) {
            EXPECT_EQ(packet.index, packets[i - 1].index + 1) << "packet " << i;
            EXPECT_GE(rtp::distance(packets[i - 1].view().timestamp(), packet.view().timestamp()),
                      0);
        }
        const auto descriptor = packet.vp8();
        if (descriptor.frame_start && picture_id) {
            EXPECT_EQ(descriptor.picture_id, (*picture_id + 1) & 0x7FFF) << "packet " << i;
        }
        picture_id = descriptor.picture_id;
    }
}

class SubscriptionTest : public testing::Test {
  protected:
    SubscriptionTest() {
        track.bind(0, layer.ssrc);
        viewer.enter(room);
    }
    void play(unsigned frames, bool keyframe_first = false) {
        for (unsigned i = 0; i < frames; ++i) {
            room.tick(33ms);
            room.deliver(track, 0, layer.frame(keyframe_first && i == 0));
        }
    }
    auto& sent() { return viewer.sink.packets; }

    Room room;
    IncomingTrack track{vp8_config(), room.clock};
    Vp8Layer layer;
    Subscriber viewer{video_subscription()};
    Subscription& subscription{viewer.subscription};
};

TEST_F(SubscriptionTest, WaitsForAKeyframeAndAsksOnce) {
    subscription.switch_source(track, room.now);
    EXPECT_EQ(room.plis(track), 1U);
    play(5);
    EXPECT_TRUE(sent().empty()) << "delta frames are of no use";
    EXPECT_EQ(subscription.layer(), no_layer);
    play(3, true);
    EXPECT_EQ(sent().size(), 9U);
    EXPECT_TRUE(sent()[0].vp8().keyframe);
    EXPECT_EQ(subscription.source(), &track);
    expect_continuous(sent());
    EXPECT_EQ(room.plis(track), 0U);
    EXPECT_EQ(track.layer(0).keyframes().counters().sent, 1U);
}

TEST_F(SubscriptionTest, HeaderIsOursAndPayloadIsTheSources) {
    subscription.switch_source(track, room.now);
    const auto frame = layer.frame(true);
    room.deliver(track, 0, frame);
    ASSERT_EQ(sent().size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto view = sent()[i].view();
        EXPECT_EQ(view.ssrc(), rtp::Ssrc{0x5000});
        EXPECT_EQ(view.payload_type(), 102);
        EXPECT_EQ(view.marker(), i == 2);
        EXPECT_EQ(as_text(view.find(rtp::canonical_id(rtp::Extension::mid))), "v1");
        const Bytes payload = view.payload();
        EXPECT_EQ(Buffer(payload.begin(), payload.end()), frame[i].payload)
            << "nothing to rewrite for the first source";
    }
    EXPECT_LT(sent()[0].index, 0x8000U);
    EXPECT_TRUE(viewer.sink.fits);
}

TEST_F(SubscriptionTest, ContinuesOverPauses) {
    subscription.switch_source(track, room.now);
    play(10, true);
    const auto before = sent().size();
    const auto last_timestamp = sent().back().view().timestamp();
    subscription.set_paused(true, room.now);
    play(60);
    EXPECT_EQ(sent().size(), before);
    subscription.set_paused(false, room.now);
    EXPECT_GE(room.plis(track), 1U);
    play(2);
    EXPECT_EQ(sent().size(), before) << "resumes with a keyframe only";
    play(10, true);
    EXPECT_EQ(sent().size(), before + 30);
    expect_continuous(sent());
    // 63 frames after the last one: the source's own spacing.
    EXPECT_EQ(sent()[before].view().timestamp() - last_timestamp, 63U * 3000U);
}

TEST_F(SubscriptionTest, PausedBeforeAnythingAndShortPauseWithAYoungKeyframe) {
    subscription.switch_source(track, room.now);
    play(6, true);
    const auto before = sent().size();
    subscription.set_paused(true, room.now);
    play(2);
    subscription.set_paused(false, room.now);
    EXPECT_GT(sent().size(), before) << "the ring's group of pictures is young enough";
    play(5);
    for (std::size_t i = 1; i < sent().size(); ++i) {
        EXPECT_EQ(sent()[i].index, sent()[i - 1].index + 1);
        EXPECT_GE(rtp::distance(sent()[i - 1].view().timestamp(), sent()[i].view().timestamp()), 0);
    }
    expect_continuous(sent());
}

TEST_F(SubscriptionTest, SinkThatOpensLateStartsAtOnce) {
    viewer.sink.open = false;
    subscription.switch_source(track, room.now);
    play(10, true);
    EXPECT_TRUE(sent().empty());
    viewer.sink.open = true;
    subscription.poll(room.now);
    EXPECT_EQ(sent().size(), 30U) << "the young group of pictures";
    play(1);
    expect_continuous(sent());

    viewer.sink.open = false; // the transport restarts
    play(40);
    viewer.sink.open = true;
    subscription.poll(room.now);
    EXPECT_GE(room.plis(track), 1U);
    play(5, true);
    expect_continuous(sent());
    EXPECT_EQ(sent().size(), 33U + 15U);
}

TEST_F(SubscriptionTest, LossAtTheSourceStaysAGapAndLatePacketsFillIt) {
    subscription.switch_source(track, room.now);
    play(2, true);
    room.tick(33ms);
    auto frame = layer.frame(false);
    const auto late = frame[1];
    frame.erase(frame.begin() + 1);
    room.deliver(track, 0, frame);
    play(1);
    const auto base = sent()[0].index;
    EXPECT_EQ(sent()[6].index, base + 6);
    EXPECT_EQ(sent()[7].index, base + 8) << "the lost packet has its place";
    const auto count = sent().size();
    room.tick(5ms);
    room.deliver(track, 0, {late});
    ASSERT_EQ(sent().size(), count + 1);
    EXPECT_EQ(sent().back().index, base + 7);
    room.deliver(track, 0, {late});
    EXPECT_EQ(sent().size(), count + 1) << "duplicates go nowhere";
    std::set<std::uint64_t> indexes;
    for (const auto& packet : sent())
        EXPECT_TRUE(indexes.insert(packet.index).second);
}

TEST_F(SubscriptionTest, PaddingOfTheSourceLeavesNoGap) {
    subscription.switch_source(track, room.now);
    play(2, true);
    for (int i = 0; i < 5; ++i) {
        RawPacket padding;
        padding.sequence = layer.sequence++;
        padding.timestamp = layer.timestamp;
        padding.ssrc = layer.ssrc;
        room.deliver(track, 0, {padding});
        play(1);
    }
    EXPECT_EQ(sent().size(), 21U);
    expect_continuous(sent());
}

TEST_F(SubscriptionTest, LatePacketFromBeforePaddingKeepsItsPlace) {
    subscription.switch_source(track, room.now);
    play(1, true);
    const auto base = sent()[0].index;
    auto frame = layer.frame(false);
    const auto late = frame[2];
    frame.pop_back();
    room.deliver(track, 0, frame);
    RawPacket padding;
    padding.sequence = layer.sequence++;
    padding.ssrc = layer.ssrc;
    padding.timestamp = layer.timestamp;
    room.deliver(track, 0, {padding});
    room.deliver(track, 0, layer.frame(false));
    room.deliver(track, 0, {late});
    std::vector<std::uint64_t> offsets;
    for (const auto& packet : sent())
        offsets.push_back(packet.index - base);
    EXPECT_EQ(offsets, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 6, 7, 8, 5}));
}

TEST_F(SubscriptionTest, IndexesCountOnThroughTheWrap) {
    layer.sequence = 65'530;
    subscription.switch_source(track, room.now);
    play(25'000, true);
    ASSERT_EQ(sent().size(), 75'000U);
    EXPECT_EQ(sent().back().index - sent().front().index, 74'999U);
    EXPECT_GT(sent().back().index, 0x10000U) << "the rollover counter is in the index";
    expect_continuous(sent());
}

TEST_F(SubscriptionTest, SinkWithoutRoomLosesItsOwnPacketsOnly) {
    subscription.switch_source(track, room.now);
    play(1, true);
    viewer.sink.full = true;
    play(1);
    viewer.sink.full = false;
    play(1);
    EXPECT_EQ(sent().size(), 6U);
    EXPECT_EQ(subscription.stats().packets_dropped, 3U);
    EXPECT_EQ(sent()[3].index, sent()[2].index + 4) << "a gap, which the peer may NACK";
    EXPECT_TRUE(subscription.retransmit(static_cast<std::uint16_t>(sent()[2].index + 1), room.now));
}

TEST_F(SubscriptionTest, HopelessGapWaitsForAKeyframe) {
    subscription.switch_source(track, room.now);
    play(3, true);
    layer.sequence = static_cast<std::uint16_t>(layer.sequence + 5000);
    room.tick(2s);
    play(3);
    EXPECT_EQ(sent().size(), 9U);
    EXPECT_EQ(room.plis(track), 1U);
    play(3, true);
    EXPECT_EQ(sent().size(), 18U);
    expect_continuous(sent());
}

TEST_F(SubscriptionTest, PublishersNewSsrcContinuesTheStream) {
    subscription.switch_source(track, room.now);
    play(30, true);
    const auto last = sent().back().view().timestamp();
    layer.ssrc = rtp::Ssrc{777};
    layer.sequence = 12;
    layer.timestamp = 4'000'000'000;
    layer.picture_id = 5;
    track.bind(0, layer.ssrc);
    play(2);
    EXPECT_EQ(sent().size(), 90U);
    EXPECT_EQ(room.plis(track), 1U);
    play(10, true);
    ASSERT_EQ(sent().size(), 120U);
    expect_continuous(sent());
    const auto step = sent()[90].view().timestamp() - last;
    EXPECT_NEAR(step, 90 * 99, 90 * 40) << "elapsed time, not the source's leap";
}

TEST_F(SubscriptionTest, DetachKeepsTheStreamForTheNextSource) {
    subscription.switch_source(track, room.now);
    play(10, true);
    subscription.detach(track, room.now);
    EXPECT_FALSE(subscription.uses(track));
    EXPECT_FALSE(subscription.retransmit(static_cast<std::uint16_t>(sent().back().index), room.now))
        << "its packets are gone";
    room.tick(3s);
    IncomingTrack other{vp8_config(), room.clock};
    Vp8Layer camera;
    camera.ssrc = rtp::Ssrc{9};
    camera.timestamp = 1;
    camera.sequence = 9;
    other.bind(0, camera.ssrc);
    subscription.switch_source(other, room.now);
    room.deliver(other, 0, camera.frame(true));
    ASSERT_EQ(sent().size(), 33U);
    expect_continuous(sent());
    EXPECT_NEAR(sent()[30].view().timestamp() - sent()[29].view().timestamp(), 3.0 * 90'000, 200);
    subscription.detach_all(room.now);
}

TEST_F(SubscriptionTest, InterruptedSourceIsInUseUntilTheNextOneIsJoined) {
    subscription.switch_source(track, room.now);
    play(3, true);
    viewer.sink.open = false;
    play(1);
    IncomingTrack other{vp8_config(), room.clock};
    Vp8Layer camera;
    camera.ssrc = rtp::Ssrc{9};
    other.bind(0, camera.ssrc);
    subscription.switch_source(other, room.now);
    EXPECT_TRUE(subscription.uses(track)) << "its packets may still be asked for";
    viewer.sink.open = true;
    subscription.poll(room.now);
    EXPECT_TRUE(subscription.retransmit(static_cast<std::uint16_t>(sent().back().index), room.now));
    room.deliver(other, 0, camera.frame(true));
    EXPECT_EQ(subscription.source(), &other);
    EXPECT_FALSE(subscription.uses(track));
    subscription.detach_all(room.now);
    EXPECT_FALSE(subscription.uses(other));
}

TEST_F(SubscriptionTest, SourceSwitchHappensAtTheNewSourcesKeyframe) {
    subscription.switch_source(track, room.now);
    play(10, true);
    IncomingTrack other{vp8_config(), room.clock};
    Vp8Layer camera;
    camera.ssrc = rtp::Ssrc{9};
    camera.picture_id = 32'000;
    other.bind(0, camera.ssrc);
    room.deliver(other, 0, camera.frame(true)); // before anybody looks at it
    room.tick(2s);
    subscription.switch_source(other, {110, 111}, room.now);
    EXPECT_EQ(room.plis(other), 1U);
    for (int i = 0; i < 5; ++i) {
        room.tick(33ms);
        room.deliver(track, 0, layer.frame(false));
        room.deliver(other, 0, camera.frame(false));
    }
    EXPECT_EQ(subscription.source(), &track) << "the old one goes on until then";
    EXPECT_EQ(sent().size(), 45U);
    EXPECT_EQ(sent().back().view().payload_type(), 102);
    room.tick(33ms);
    room.deliver(other, 0, camera.frame(true));
    room.deliver(track, 0, layer.frame(false));
    EXPECT_EQ(subscription.source(), &other);
    EXPECT_FALSE(subscription.uses(track));
    ASSERT_EQ(sent().size(), 48U);
    EXPECT_EQ(sent().back().view().payload_type(), 110);
    EXPECT_NEAR(sent()[45].view().timestamp() - sent()[44].view().timestamp(), 33 * 90, 90);
    expect_continuous(sent());
    subscription.detach_all(room.now);
}

TEST_F(SubscriptionTest, KeyframeRequestsGoThroughTheArbiter) {
    subscription.switch_source(track, room.now);
    play(1, true);
    EXPECT_EQ(room.plis(track), 0U) << "the keyframe has come by itself";
    subscription.handle_keyframe_request(room.now);
    subscription.handle_keyframe_request(room.now);
    EXPECT_EQ(subscription.stats().pli_count, 2U);
    EXPECT_EQ(room.plis(track), 1U);
    const auto& counters = track.layer(0).keyframes().counters();
    EXPECT_EQ(counters.requests[static_cast<std::size_t>(KeyframeReason::decoder_refresh)], 2U);
    EXPECT_EQ(counters.merged, 1U);
}

TEST_F(SubscriptionTest, RotationServesEveryoneFirstInTurn) {
    ServiceRotation rotation;
    std::set<std::size_t> firsts;
    for (int round = 0; round < 5; ++round) {
        std::vector<std::size_t> order;
        rotation.for_each(5, [&](std::size_t i) { order.push_back(i); });
        ASSERT_EQ(order.size(), 5U);
        firsts.insert(order.front());
        EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 5U);
    }
    EXPECT_EQ(firsts.size(), 5U);
    rotation.for_each(0, [](std::size_t) { FAIL(); });
}

// --- retransmission ------------------------------------------------------------------------------

class RetransmissionTest : public SubscriptionTest {
  protected:
    auto rtx() { return viewer.sink.of(rtp::Ssrc{0x5001}); }
    auto media() { return viewer.sink.of(rtp::Ssrc{0x5000}); }
};

TEST_F(RetransmissionTest, CarriesTheSamePacketOnItsOwnSsrc) {
    subscription.switch_source(track, room.now);
    play(10, true);
    const auto wanted = media()[12];
    std::uint8_t buffer[64];
    rtcp::CompoundBuilder builder{buffer};
    const std::uint16_t lost[] = {wanted.view().sequence()};
    builder.nack(1, 0x5000, lost);
    auto reader = rtcp::CompoundReader::open(builder.written());
    ASSERT_TRUE(reader);
    subscription.handle_nack(std::get<rtcp::Nack>(*reader->next()).items, room.now);
    ASSERT_EQ(rtx().size(), 1U);
    const auto packet = rtx()[0];
    EXPECT_EQ(packet.view().payload_type(), 103);
    EXPECT_EQ(packet.view().timestamp(), wanted.view().timestamp());
    EXPECT_EQ(packet.view().marker(), wanted.view().marker());
    EXPECT_EQ(as_text(packet.view().find(rtp::canonical_id(rtp::Extension::mid))), "v1");
    EXPECT_EQ(load_be16(packet.payload().data()), wanted.view().sequence());
    const Bytes original = packet.payload().subspan(2);
    EXPECT_EQ(Buffer(original.begin(), original.end()),
              Buffer(wanted.payload().begin(), wanted.payload().end()));
    EXPECT_EQ(subscription.stats().nack_count, 1U);
    EXPECT_EQ(subscription.stats().retransmitted_packets_sent, 1U);
}

TEST_F(RetransmissionTest, NotTwiceWithinARoundTrip) {
    subscription.switch_source(track, room.now);
    play(3, true);
    const auto sequence = media()[4].view().sequence();
    EXPECT_TRUE(subscription.retransmit(sequence, room.now));
    room.tick(20ms);
    EXPECT_FALSE(subscription.retransmit(sequence, room.now));
    EXPECT_EQ(subscription.stats().nacks_skipped, 1U);
    room.tick(300ms);
    EXPECT_TRUE(subscription.retransmit(sequence, room.now));
    ASSERT_EQ(rtx().size(), 2U);
    EXPECT_EQ(rtx()[1].index, rtx()[0].index + 1);
}

TEST_F(RetransmissionTest, UnknownNumbersAreCountedNotAnswered) {
    EXPECT_FALSE(subscription.retransmit(5, room.now)) << "before anything was sent";
    subscription.switch_source(track, room.now);
    play(3, true);
    const auto last = media().back().view().sequence();
    EXPECT_FALSE(subscription.retransmit(static_cast<std::uint16_t>(last + 1), room.now));
    EXPECT_FALSE(subscription.retransmit(static_cast<std::uint16_t>(last - 500), room.now));
    EXPECT_FALSE(subscription.retransmit(static_cast<std::uint16_t>(last - 0x7FFF), room.now));
    EXPECT_EQ(subscription.stats().nacks_unknown, 4U);
    EXPECT_TRUE(rtx().empty());
}

TEST_F(RetransmissionTest, StaysWithinTheBudget) {
    viewer.context.retransmissions = ByteBudget{1000, 1000};
    subscription.switch_source(track, room.now);
    play(10, true);
    unsigned answered = 0;
    for (const auto& packet : media()) {
        if (subscription.retransmit(packet.view().sequence(), room.now)) ++answered;
    }
    EXPECT_EQ(answered, 5U) << "1000 bytes are five packets of 200";
    room.tick(1s);
    EXPECT_TRUE(subscription.retransmit(media()[20].view().sequence(), room.now));
}

TEST_F(RetransmissionTest, WithoutAnRtxSsrcOnlyWhenItIsTheVerySamePacket) {
    auto config = video_subscription(0x6000);
    config.rtx_ssrc.reset();
    Subscriber plain{config};
    plain.enter(room);
    config.ssrc = rtp::Ssrc{0x7000};
    config.extensions = rtp::ExtensionMap::canonical();
    Subscriber counting{config};
    counting.enter(room);
    plain.subscription.switch_source(track, room.now);
    counting.subscription.switch_source(track, room.now);
    play(3, true);
    const auto original = plain.sink.packets[4];
    EXPECT_TRUE(plain.subscription.retransmit(original.view().sequence(), room.now));
    EXPECT_EQ(plain.sink.packets.back().bytes, original.bytes);
    EXPECT_EQ(plain.sink.packets.back().index, original.index);
    EXPECT_FALSE(
        counting.subscription.retransmit(counting.sink.packets[4].view().sequence(), room.now))
        << "transport-cc would differ under the same SRTP index";
}

// --- simulcast -----------------------------------------------------------------------------------

class SimulcastTest : public testing::Test {
  protected:
    SimulcastTest() {
        for (unsigned i = 0; i < 3; ++i) {
            layers[i].ssrc = rtp::Ssrc{10 + i};
            layers[i].sequence = static_cast<std::uint16_t>(20'000 * i + 77);
            layers[i].timestamp = 1'000'000'007 * (i + 1);
            layers[i].picture_id = static_cast<std::uint16_t>(9000 * i + 32'760 * (i == 2));
            layers[i].width = 320U << i;
            layers[i].height = 180U << i;
            track.bind(static_cast<LayerIndex>(i), layers[i].ssrc);
        }
        viewer.enter(room);
    }
    /// All layers that run, a frame each; asks for and delivers keyframes as a browser does.
    void play(unsigned frames) {
        for (unsigned n = 0; n < frames; ++n) {
            room.tick(33ms);
            std::set<rtp::Ssrc> wanted;
            track.take_feedback(room.now,
                                [&](rtp::Ssrc ssrc, std::span<const std::uint16_t>, bool pli) {
                                    if (pli) wanted.insert(ssrc);
                                });
            for (unsigned i = 0; i < 3; ++i) {
                if (!running[i]) {
                    layers[i].timestamp += 2970;
                    continue;
                }
                const bool keyframe = first[i] || wanted.count(layers[i].ssrc) != 0;
                first[i] = false;
                room.deliver(track, static_cast<LayerIndex>(i), layers[i].frame(keyframe, 2970));
            }
        }
    }
    unsigned width_sent() {
        unsigned width = 0;
        for (const auto& packet : viewer.sink.packets) {
            if (packet.vp8().keyframe) width = packet.vp8().width;
        }
        return width;
    }

    Room room;
    IncomingTrack track{vp8_config({"q", "h", "f"}), room.clock};
    Vp8Layer layers[3];
    bool running[3] = {true, true, true};
    bool first[3] = {true, true, true};
    Subscriber viewer{video_subscription()};
    Subscription& subscription{viewer.subscription};
};

TEST_F(SimulcastTest, HighestLayerByDefaultThenWhateverIsChosen) {
    subscription.switch_source(track, room.now);
    play(30);
    EXPECT_EQ(width_sent(), 1280U);
    subscription.choose_layer({LayerChoice::Kind::lowest, {}, 0, 0}, room.now);
    play(30);
    EXPECT_EQ(width_sent(), 320U);
    EXPECT_EQ(subscription.layer(), 0);
    subscription.choose_layer({LayerChoice::Kind::rid, "h", 0, 0}, room.now);
    play(30);
    EXPECT_EQ(width_sent(), 640U);
    subscription.choose_layer({LayerChoice::Kind::fit, {}, 500, 500}, room.now);
    play(30);
    EXPECT_EQ(width_sent(), 320U);
    subscription.choose_layer({LayerChoice::Kind::fit, {}, 100, 100}, room.now);
    play(5);
    EXPECT_EQ(width_sent(), 320U) << "nothing fits: the lowest";
    expect_continuous(viewer.sink.packets);
    EXPECT_GE(subscription.stats().layer_switches, 3U);
    // Time passes evenly whichever layer it is told by: each has its own timestamp origin.
    const auto& packets = viewer.sink.packets;
    const double elapsed = static_cast<double>((packets.back().at - packets.front().at) / 1ms) * 90;
    EXPECT_NEAR(packets.back().view().timestamp() - packets.front().view().timestamp(), elapsed,
                300);
}

TEST_F(SimulcastTest, ALayerThatStopsFallsBackAndReturns) {
    subscription.switch_source(track, room.now);
    play(60);
    ASSERT_EQ(subscription.layer(), 2);
    running[2] = false;
    const auto stopped = room.now;
    play(30);
    EXPECT_EQ(subscription.layer(), 1);
    const auto& packets = viewer.sink.packets;
    Duration freeze{};
    for (std::size_t i = 1; i < packets.size(); ++i) {
        freeze = std::max(freeze, packets[i].at - packets[i - 1].at);
    }
    EXPECT_LT(freeze, 1s) << "no picture frozen for longer";
    EXPECT_GT(room.now, stopped);
    running[2] = true;
    first[2] = true;
    play(30);
    EXPECT_EQ(subscription.layer(), 2);
    expect_continuous(packets);
}

TEST_F(SimulcastTest, AnExactLayerIsSentAloneAndOnlyWhileItIsThere) {
    running[2] = false;
    subscription.switch_source(track, room.now);
    play(30);
    ASSERT_EQ(width_sent(), 640U);
    subscription.choose_layer({LayerChoice::Kind::rid, "f", 0, 0, true}, room.now);
    const auto before = viewer.sink.packets.size();
    play(30);
    EXPECT_EQ(viewer.sink.packets.size(), before) << "another layer is not what is wanted";
    running[2] = true;
    play(30);
    EXPECT_EQ(subscription.layer(), 2);
    EXPECT_EQ(width_sent(), 1280U);
    running[2] = false;
    play(30);
    const auto stopped = viewer.sink.packets.size();
    play(30);
    EXPECT_EQ(viewer.sink.packets.size(), stopped);
    running[2] = true;
    first[2] = true;
    play(30);
    EXPECT_GT(viewer.sink.packets.size(), stopped);
    EXPECT_EQ(width_sent(), 1280U);
}

TEST_F(SimulcastTest, RetransmissionFindsTheLayerOfThatTime) {
    subscription.switch_source(track, room.now);
    play(20);
    const auto high = viewer.sink.packets.back();
    subscription.choose_layer({LayerChoice::Kind::lowest, {}, 0, 0}, room.now);
    play(10);
    ASSERT_EQ(subscription.layer(), 0);
    const auto low = viewer.sink.packets.back();
    for (const auto& wanted : {high, low}) {
        ASSERT_TRUE(subscription.retransmit(wanted.view().sequence(), room.now));
        const auto again = viewer.sink.of(rtp::Ssrc{0x5001}).back();
        EXPECT_EQ(again.view().timestamp(), wanted.view().timestamp());
        const Bytes payload = again.payload().subspan(2);
        EXPECT_EQ(Buffer(payload.begin(), payload.end()),
                  Buffer(wanted.payload().begin(), wanted.payload().end()));
    }
}

TEST_F(SimulcastTest, SenderReportsPlaceEveryLayerOnOneTimeline) {
    // Reports of the publisher, whose clock is 100 s off ours and whose layers' timestamps differ.
    const auto report = [&](unsigned i) {
        rtcp::SenderInfo info;
        info.ntp = wall.ntp_at(room.now) + 100s;
        info.rtp_timestamp = layers[i].timestamp;
        room.clock.on_sender_report(info.ntp, room.now);
        track.handle_sender_report(static_cast<LayerIndex>(i), info, room.now);
    };
    subscription.switch_source(track, room.now);
    play(10);
    for (unsigned i = 0; i < 3; ++i)
        report(i);
    play(10);
    const auto expect_mapped = [&] {
        const auto info = subscription.sender_report(room.now);
        ASSERT_TRUE(info);
        EXPECT_EQ(info->ntp, wall.ntp_at(room.now));
        EXPECT_NEAR(
            rtp::distance(viewer.sink.packets.back().view().timestamp(), info->rtp_timestamp), 0,
            90 * 3)
            << "a frame sent when it was captured has now's timestamp";
    };
    expect_mapped();
    subscription.choose_layer({LayerChoice::Kind::lowest, {}, 0, 0}, room.now);
    play(10);
    expect_mapped();
    EXPECT_EQ(subscription.sender_report(room.now)->packet_count,
              viewer.sink.of(rtp::Ssrc{0x5000}).size());
}

} // namespace
} // namespace parley
