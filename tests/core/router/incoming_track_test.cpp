#include "core/router/incoming_track.hpp"
#include "tests/core/router/harness.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace parley {
namespace {

using namespace test;

class IncomingTrackTest : public testing::Test {
  protected:
    IncomingTrackTest() { track.bind(0, layer.ssrc); }

    const MediaPacket* receive(const RawPacket& raw, LayerIndex index = 0) {
        const Buffer bytes = serialize(raw);
        return track.receive(index, *rtp::PacketView::parse(bytes), room.map, room.now);
    }
    std::vector<std::uint16_t> nacks() {
        std::vector<std::uint16_t> out;
        track.take_feedback(room.now, [&](rtp::Ssrc, std::span<const std::uint16_t> some, bool) {
            out.insert(out.end(), some.begin(), some.end());
        });
        return out;
    }
    const LayerReceiver::Counters& counters() { return track.layer(0).counters(); }

    Room room;
    IncomingTrack track{vp8_config(), room.clock};
    Vp8Layer layer;
};

TEST_F(IncomingTrackTest, KeepsWhatSubscriptionsNeed) {
    auto raw = layer.frame(true)[0];
    raw.extensions = {{rtp::Extension::video_orientation, {1}},
                      {rtp::Extension::playout_delay, {0, 1, 2}},
                      {rtp::Extension::mid, {'v'}}};
    const auto* packet = receive(raw);
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(packet->index & 0xFFFF, raw.sequence);
    EXPECT_EQ(packet->timestamp, raw.timestamp);
    EXPECT_EQ(packet->arrival, room.now);
    EXPECT_TRUE(packet->frame.keyframe_start);
    EXPECT_FALSE(packet->discard);
    EXPECT_EQ(packet->values, MediaPacket::has_video_orientation | MediaPacket::has_playout_delay);
    EXPECT_EQ(packet->video_orientation, 1);
    EXPECT_EQ(Buffer(packet->payload().begin(), packet->payload().end()), raw.payload);
    EXPECT_EQ(track.layer(0).width(), 640);
    EXPECT_EQ(track.layer(0).height(), 360);
    EXPECT_EQ(track.layer(0).keyframe(), packet);
    EXPECT_EQ(counters().key_frames, 1U);
    EXPECT_EQ(counters().frames_received, 1U);
}

TEST_F(IncomingTrackTest, DuplicatesAreDroppedAndCounted) {
    const auto frame = layer.frame(true);
    for (const auto& raw : frame)
        EXPECT_NE(receive(raw), nullptr);
    for (const auto& raw : frame)
        EXPECT_EQ(receive(raw), nullptr);
    EXPECT_EQ(counters().packets_discarded, 3U);
    EXPECT_EQ(counters().packets_received, 6U);
}

TEST_F(IncomingTrackTest, AsksForLossAndTakesTheRepair) {
    track.bind_rtx(0, rtp::Ssrc{2});
    for (const auto& raw : layer.frame(true))
        receive(raw);
    const auto frame = layer.frame(false);
    receive(frame[0]);
    receive(frame[2]);
    ASSERT_TRUE(track.next_deadline());
    room.now = *track.next_deadline();
    EXPECT_EQ(nacks(), (std::vector<std::uint16_t>{frame[1].sequence}));
    EXPECT_EQ(counters().nack_count, 1U);
    room.deliver_rtx(track, 0, frame[1], rtp::Ssrc{2}, 500, 98);
    EXPECT_EQ(counters().packets_repaired, 0U) << "another payload type is not our RTX";
    room.deliver_rtx(track, 0, frame[1], rtp::Ssrc{2}, 501);
    EXPECT_EQ(counters().packets_repaired, 1U);
    const auto* repaired = track.layer(0).ring().find(0x10000 + frame[1].sequence);
    ASSERT_NE(repaired, nullptr);
    EXPECT_EQ(Buffer(repaired->payload().begin(), repaired->payload().end()), frame[1].payload);
    room.now += 1s;
    EXPECT_TRUE(nacks().empty());
    EXPECT_EQ(receive(frame[1]), nullptr) << "the original, late";
    room.deliver_rtx(track, 0, frame[0], rtp::Ssrc{2}, 502);
    EXPECT_EQ(counters().packets_repaired, 1U) << "what was not missing repairs nothing";
}

TEST_F(IncomingTrackTest, RtxOfNothingKnownIsDropped) {
    track.bind_rtx(0, rtp::Ssrc{2});
    room.deliver_rtx(track, 0, layer.frame(true)[0], rtp::Ssrc{2}, 1);
    EXPECT_TRUE(track.layer(0).ring().empty()) << "RTX cannot start a stream";
    RawPacket padding;
    padding.payload_type = 97;
    padding.ssrc = rtp::Ssrc{2};
    padding.payload = {1};
    const Buffer bytes = serialize(padding);
    EXPECT_EQ(track.receive_rtx(0, *rtp::PacketView::parse(bytes), room.map, room.now), nullptr);
    EXPECT_EQ(counters().retransmitted_packets_received, 2U);
}

TEST_F(IncomingTrackTest, WhatCannotBeRepairedAsksForAKeyframe) {
    for (const auto& raw : layer.frame(true))
        receive(raw);
    ++layer.sequence;
    for (const auto& raw : layer.frame(false))
        receive(raw);
    bool pli = false;
    for (int i = 0; i < 400; ++i) {
        room.now += 10ms;
        pli = pli || room.plis(track) != 0;
    }
    EXPECT_TRUE(pli);
    EXPECT_EQ(counters().packets_unrepaired, 1U);
    const auto& requests = track.layer(0).keyframes().counters().requests;
    EXPECT_EQ(requests[static_cast<std::size_t>(KeyframeReason::loss)], 1U);
}

TEST_F(IncomingTrackTest, ForeignPayloadTypesAndBrokenDescriptorsAreNotForwarded) {
    auto frame = layer.frame(true);
    frame[0].payload_type = 13;
    frame[1].payload = {0x90, 0xE0}; // ends within the descriptor
    const auto* foreign = receive(frame[0]);
    ASSERT_NE(foreign, nullptr);
    EXPECT_TRUE(foreign->discard);
    const auto* broken = receive(frame[1]);
    ASSERT_NE(broken, nullptr);
    EXPECT_TRUE(broken->discard);
    EXPECT_EQ(counters().packets_ignored, 1U);
    EXPECT_EQ(counters().malformed, 1U);
    EXPECT_EQ(counters().key_frames, 0U);
}

TEST_F(IncomingTrackTest, ASenderThatStartsOverIsFollowedAfterTwoPackets) {
    layer.sequence = 30'000;
    for (int i = 0; i < 3; ++i) {
        for (const auto& raw : layer.frame(i == 0))
            receive(raw);
    }
    const auto newest = *track.layer(0).ring().newest();
    layer.sequence = 100;
    std::vector<const MediaPacket*> got;
    for (const auto& raw : layer.frame(true))
        got.push_back(receive(raw));
    EXPECT_EQ(got[0], nullptr) << "one stray packet is not believed";
    ASSERT_NE(got[1], nullptr);
    EXPECT_GT(got[1]->index, newest);
    ASSERT_NE(got[2], nullptr);
    EXPECT_EQ(got[2]->index, got[1]->index + 1);
}

TEST_F(IncomingTrackTest, ReportsWhatCameAndWhatDidNot) {
    std::vector<rtcp::ReportBlock> blocks;
    track.append_reports(room.now, blocks);
    EXPECT_TRUE(blocks.empty());
    for (int i = 0; i < 100; ++i) {
        room.now += 33ms;
        auto frame = layer.frame(i == 0);
        if (i % 10 == 5) frame.pop_back();
        for (const auto& raw : frame)
            receive(raw);
    }
    rtcp::SenderInfo report;
    report.ntp = wall.ntp_at(room.now);
    report.rtp_timestamp = layer.timestamp;
    room.clock.on_sender_report(report.ntp, room.now);
    track.handle_sender_report(0, report, room.now);
    room.now += 500ms;
    track.append_reports(room.now, blocks);
    ASSERT_EQ(blocks.size(), 1U);
    EXPECT_EQ(blocks[0].ssrc, 1U);
    EXPECT_EQ(blocks[0].cumulative_lost, 10);
    EXPECT_EQ(blocks[0].fraction_lost, 10 * 256 / 300);
    EXPECT_EQ(blocks[0].highest_sequence & 0xFFFF, static_cast<std::uint16_t>(layer.sequence - 1));
    EXPECT_EQ(blocks[0].last_sender_report, report.ntp.middle());
    EXPECT_NEAR(blocks[0].delay_since_last_sender_report, 32'768, 2);
    EXPECT_NEAR(track.layer(0).bits_per_second(room.now), 30.0 / 2 * 3 * 200 * 8, 12'000)
        << "the second's second half was silent";
    EXPECT_NEAR(track.layer(0).frames_per_second(room.now), 15, 2);
}

TEST_F(IncomingTrackTest, H264SliceWaitsForParameterSetsThatAreOnTheWay) {
    auto config = vp8_config();
    config.codec = Codec::h264;
    IncomingTrack h264{config, room.clock};
    h264.bind(0, rtp::Ssrc{1});
    std::uint16_t sequence = 10;
    const auto send = [&](std::uint16_t number, std::uint32_t timestamp, Buffer payload) {
        RawPacket raw;
        raw.sequence = number;
        raw.timestamp = timestamp;
        raw.ssrc = rtp::Ssrc{1};
        raw.payload = std::move(payload);
        const Buffer bytes = serialize(raw);
        return h264.receive(0, *rtp::PacketView::parse(bytes), room.map, room.now);
    };
    const Buffer slice{0x41, 0x9A, 0x00, 0x00};
    const Buffer sps{0x67, 0x42, 0xE0, 0x1F, 0x8C, 0x8D, 0x40, 0x50, 0x1E, 0xD0, 0x0F, 0x08};
    const Buffer idr{0x65, 0x88, 0x80, 0x00};
    send(sequence, 1000, slice);
    // The parameter sets (11) are lost, the IDR slice (12) comes.
    send(12, 4000, idr);
    EXPECT_EQ(h264.layer(0).keyframe(), nullptr) << "cannot be joined at yet";
    const auto* late = send(11, 4000, sps);
    ASSERT_NE(late, nullptr);
    EXPECT_EQ(h264.layer(0).keyframe(), late) << "now it can, from its parameter sets on";
    EXPECT_EQ(h264.layer(0).counters().key_frames, 1U);
}

TEST_F(IncomingTrackTest, AudioLevelIsThatOfTheNewestPacketWhileItComes) {
    IncomingTrack::Config config;
    config.codec = Codec::opus;
    config.payload_type = 111;
    IncomingTrack audio{config, room.clock};
    audio.bind(0, rtp::Ssrc{5});
    EXPECT_EQ(audio.audio_level(room.now).level, 127);
    RawPacket raw;
    raw.payload_type = 111;
    raw.ssrc = rtp::Ssrc{5};
    raw.payload = {1, 2, 3};
    raw.extensions = {{rtp::Extension::audio_level, {0x80 | 20}}};
    room.deliver(audio, 0, {raw});
    EXPECT_EQ(audio.audio_level(room.now), (rtp::AudioLevel{20, true}));
    audio.set_muted(true);
    EXPECT_EQ(audio.audio_level(room.now).level, 127);
    audio.set_muted(false);
    EXPECT_TRUE(audio.active(room.now));
    room.now += 2s;
    EXPECT_EQ(audio.audio_level(room.now).level, 127);
    EXPECT_FALSE(audio.active(room.now));
    audio.request_keyframe(0, KeyframeReason::recorder, room.now);
    EXPECT_EQ(room.plis(audio), 0U) << "audio has no keyframes";
}

TEST_F(IncomingTrackTest, AnExactChoiceIsThatLayerOrNone) {
    const LayerChoice exact{LayerChoice::Kind::rid, "b", 0, 0, true};
    const LayerChoice near{LayerChoice::Kind::rid, "b", 0, 0, false};
    IncomingTrack two{vp8_config({"a", "b"}), room.clock};
    two.bind(0, layer.ssrc);
    const auto arrives = [&](LayerIndex index, bool keyframe) {
        room.deliver(two, index, layer.frame(keyframe));
    };
    arrives(0, true);
    EXPECT_EQ(two.choose(near), 0);
    EXPECT_EQ(two.choose(exact), no_layer) << "nothing of it has come";
    two.bind(1, rtp::Ssrc{77});
    arrives(1, true);
    EXPECT_EQ(two.choose(exact), 1);
    room.now += IncomingTrack::layer_silence + 1ms;
    arrives(0, false);
    EXPECT_EQ(two.choose(near), 0);
    EXPECT_EQ(two.choose(exact), no_layer) << "the publisher has stopped it";

    EXPECT_EQ(track.choose(exact), no_layer) << "a track without that layer";
    EXPECT_EQ(track.choose(near), 0);
    EXPECT_EQ(track.choose({LayerChoice::Kind::rid, "", 0, 0, true}), 0);
}

TEST_F(IncomingTrackTest, LayersWithoutSizesRankByBitrateAndDoNotWaver) {
    auto config = vp8_config({"a", "b"});
    config.codec = Codec::h265; // does not tell its size
    IncomingTrack h265{config, room.clock};
    h265.bind(0, rtp::Ssrc{1});
    h265.bind(1, rtp::Ssrc{2});
    EXPECT_EQ(h265.choose({}), no_layer) << "nothing has come";
    std::uint16_t sequence = 0;
    const auto run = [&](std::size_t first, std::size_t second) {
        for (int i = 0; i < 60; ++i) {
            room.now += 33ms;
            ++sequence;
            for (LayerIndex layer = 0; layer < 2; ++layer) {
                RawPacket raw;
                raw.ssrc = rtp::Ssrc{layer + 1U};
                raw.sequence = sequence;
                raw.timestamp = sequence * 3000U;
                raw.payload = Buffer(layer == 0 ? first : second, 0x02);
                room.deliver(h265, layer, {raw});
            }
        }
    };
    run(900, 300);
    EXPECT_EQ(h265.choose({}), 0);
    EXPECT_EQ(h265.choose({LayerChoice::Kind::lowest, {}, 0, 0}), 1);
    const auto revision = h265.layers_revision();
    run(200, 300); // a still scene: the larger layer needs less for a while
    EXPECT_EQ(h265.choose({}), 0);
    EXPECT_EQ(h265.layers_revision(), revision);
}

TEST_F(IncomingTrackTest, CaptureTimeIsMovedToOurTimeline) {
    auto raw = layer.frame(true)[0];
    const NtpTime theirs = wall.ntp_at(room.now) + 3600s;
    raw.extensions = {{rtp::Extension::abs_capture_time, Buffer(8)}};
    store_be64(raw.extensions[0].second.data(), theirs.value);
    EXPECT_EQ(receive(raw)->values, 0) << "their clock is unknown yet";
    room.clock.on_sender_report(theirs, room.now);
    raw.sequence = layer.sequence++;
    const auto* packet = receive(raw);
    ASSERT_NE(packet, nullptr);
    EXPECT_EQ(packet->values, MediaPacket::has_capture_time);
    EXPECT_NEAR(static_cast<double>((packet->capture - wall.ntp_at(room.now)).count()), 0, 1000);
}

} // namespace
} // namespace parley
