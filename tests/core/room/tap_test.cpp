// What a pipeline that is tapped into a room relies on.
#include "tests/core/room/test_tap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::room::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr tap::StreamId video{1};
constexpr tap::StreamId audio{2};

class TapTest : public testing::Test {
  protected:
    /// Ada's camera and microphone run, a frame and two packets of sound each 40 ms.
    void film(Duration time, bool keyframe = false) {
        for (Duration passed{}; passed < time; passed += 40ms) {
            camera->send_video(video_sequence++, video_timestamp, keyframe, picture++);
            keyframe = false;
            camera->send_audio(audio_sequence, 960U * audio_sequence, 30);
            ++audio_sequence;
            video_timestamp += 3600;
            world.run(40ms);
            if (auto_read) tap->read();
        }
    }

    void open(tap::Hello hello = {}, tap::QueueLimits limits = {}) {
        tap.reset();
        tap = std::make_unique<TestTap>(world, 1, TapAccess{"call", {}}, limits);
        ASSERT_TRUE(tap->send(hello));
        tap->read();
    }

    void subscribe() {
        ASSERT_TRUE(tap->send(tap::Subscribe{video, "ada/camera", {}, false}));
        ASSERT_TRUE(tap->send(tap::Subscribe{audio, "ada/microphone", {}, false}));
    }

    void come_in() {
        Join join;
        join.participant = "ada";
        ada = world.join("call", "Ada", join);
        camera = &world.publish(ada, "call");
    }

    [[nodiscard]] std::vector<TestTap::Packet> of(tap::StreamId stream) const {
        std::vector<TestTap::Packet> found;
        for (const auto& packet : tap->packets) {
            if (packet.stream == stream) found.push_back(packet);
        }
        return found;
    }

    /// A recording for which consent is required.
    const tap::Hello asking{tap::protocol_version, "", "", tap::Purpose::recording, true};
    World world{TapRequests::config()};
    ClientId ada{};
    ClientPeer* camera = nullptr;
    std::unique_ptr<TestTap> tap;
    bool auto_read = true;
    std::uint16_t video_sequence = 100;
    std::uint32_t video_timestamp = 5000;
    std::uint16_t audio_sequence = 700;
    std::uint16_t picture = 1;
};

TEST_F(TapTest, WelcomesAndTellsWhoIsThere) {
    come_in();
    open();
    ASSERT_FALSE(tap->news.empty());
    const auto* welcome = std::get_if<tap::Welcome>(&tap->news.front());
    ASSERT_NE(welcome, nullptr);
    EXPECT_EQ(welcome->room, "call");
    EXPECT_FALSE(welcome->recording);
    ASSERT_THAT(tap->all<tap::ParticipantJoined>(), SizeIs(1));
    EXPECT_EQ(tap->all<tap::ParticipantJoined>()[0].participant.name, "Ada");
    ASSERT_THAT(tap->all<tap::TrackAdded>(), SizeIs(2));
    for (const auto& added : tap->all<tap::TrackAdded>()) {
        const bool sound = added.track.kind == MediaKind::audio;
        EXPECT_EQ(added.format.clock_rate, sound ? 48000u : 90000u);
        EXPECT_EQ(added.format.channels, sound ? 2u : 1u);
    }
}

TEST_F(TapTest, HearsOfComingsAndGoings) {
    open();
    come_in();
    world.post(ada, "call", Mute{"ada/microphone", true});
    tap->read();
    EXPECT_THAT(tap->all<tap::ParticipantJoined>(), SizeIs(1));
    EXPECT_THAT(tap->all<tap::TrackAdded>(), SizeIs(2));
    ASSERT_THAT(tap->all<tap::TrackMuted>(), SizeIs(1));
    EXPECT_EQ(tap->all<tap::TrackMuted>()[0].track, "ada/microphone");

    subscribe();
    film(200ms, true);
    ASSERT_THAT(tap->all<tap::TrackLayers>(), SizeIs(1));
    EXPECT_EQ(tap->all<tap::TrackLayers>()[0].layers.at(0).width, 320u);

    world.post(ada, "call", Leave{});
    tap->read();
    EXPECT_THAT(tap->all<tap::StreamEnded>(), SizeIs(2));
    EXPECT_THAT(tap->all<tap::TrackRemoved>(), SizeIs(2));
    ASSERT_THAT(tap->all<tap::ParticipantLeft>(), SizeIs(1));
    EXPECT_EQ(tap->all<tap::ParticipantLeft>()[0].participant, "ada");
}

TEST_F(TapTest, ReceivesEveryPacketInOrder) {
    come_in();
    open();
    subscribe();
    film(2s, true);
    ASSERT_THAT(of(video), SizeIs(50));
    ASSERT_THAT(of(audio), SizeIs(50));
    for (const auto stream : {video, audio}) {
        const auto packets = of(stream);
        for (std::size_t i = 1; i < packets.size(); ++i) {
            EXPECT_EQ(packets[i].sequence, static_cast<std::uint16_t>(packets[i - 1].sequence + 1));
        }
    }
    ASSERT_THAT(tap->all<tap::StreamStarted>(), SizeIs(2));
}

TEST_F(TapTest, EachPacketCarriesItsTimeOnTheRoomsTimeline) {
    come_in();
    open();
    subscribe();
    film(2s, true);
    const auto pictures = of(video);
    for (std::size_t i = 1; i < pictures.size(); ++i) {
        EXPECT_NEAR(std::chrono::duration<double>(pictures[i].ntp - pictures[i - 1].ntp).count(),
                    0.040, 0.001);
    }
    const auto welcome = tap->all<tap::Welcome>().at(0);
    const auto last = welcome.wall.ntp_at(world.now) - pictures.back().ntp;
    EXPECT_LE(last, 50ms);
    EXPECT_GE(last, 0ms);
}

TEST_F(TapTest, TwoStreamsOfATrackAreIndependent) {
    come_in();
    open();
    subscribe();
    ASSERT_TRUE(tap->send(tap::Subscribe{tap::StreamId{9}, "ada/camera", {}, true}));
    film(200ms, true);
    EXPECT_THAT(of(tap::StreamId{9}), IsEmpty());
    ASSERT_TRUE(tap->send(tap::Pause{tap::StreamId{9}, false}));
    film(200ms, true);
    EXPECT_THAT(of(tap::StreamId{9}), SizeIs(10)) << "from the last keyframe on";
    EXPECT_THAT(of(video), SizeIs(10));
    ASSERT_TRUE(tap->send(tap::Unsubscribe{video}));
    film(200ms);
    EXPECT_THAT(of(tap::StreamId{9}), SizeIs(15));
    EXPECT_THAT(of(video), SizeIs(10));
}

TEST_F(TapTest, APausedStreamResumesWithAKeyframe) {
    come_in();
    open();
    subscribe();
    film(200ms, true);
    tap->send(tap::Pause{video, true});
    film(2s);
    EXPECT_THAT(of(video), SizeIs(5));
    camera->plis.clear();
    tap->send(tap::Pause{video, false});
    film(200ms);
    EXPECT_THAT(of(video), SizeIs(5)) << "nothing can be decoded yet";
    EXPECT_FALSE(camera->plis.empty());
    film(200ms, true);
    EXPECT_THAT(of(video), SizeIs(10));
    EXPECT_EQ(of(video)[5].sequence, static_cast<std::uint16_t>(of(video)[4].sequence + 1));
}

TEST_F(TapTest, AKeyframeIsAskedForWithItsReason) {
    come_in();
    open();
    subscribe();
    film(2s, true);
    camera->plis.clear();
    tap->send(tap::RequestKeyframe{video, KeyframeReason::recorder});
    world.run(1ms);
    EXPECT_THAT(camera->plis, SizeIs(1));
}

TEST_F(TapTest, ASlowClientLosesWholeFramesAndIsTold) {
    come_in();
    open({}, {std::size_t{1} << 20, 1s});
    subscribe();
    // Frames of three packets.
    const auto frame = [&](bool key) {
        for (int i = 0; i < 3; ++i) {
            camera->send_video(video_sequence++, video_timestamp, key && i == 0, picture);
        }
        ++picture;
        video_timestamp += 3600;
        world.run(40ms);
        tap->queue().seal(world.now); // as net does at the end of each turn
    };
    frame(true);
    tap->read();
    const auto before = of(video).size();
    // Nobody reads for three seconds.
    for (int i = 0; i < 75; ++i)
        frame(false);
    camera->plis.clear();
    tap->read();
    const auto kept = of(video).size() - before;
    EXPECT_LT(kept, 75u * 3) << "a second's worth waits, not more";
    EXPECT_GE(kept, 24u * 3);

    frame(false);
    EXPECT_FALSE(camera->plis.empty()) << "there is room again: the next picture has to be whole";
    frame(true);
    frame(false);
    tap->read();
    ASSERT_THAT(tap->all<tap::Gap>(), SizeIs(1));
    const auto gap = tap->all<tap::Gap>()[0];
    EXPECT_EQ(gap.stream, video);
    EXPECT_EQ(gap.reason, "tap");
    // Everything sent is either here or counted.
    EXPECT_EQ(of(video).size() + gap.packets, (1 + 75 + 3) * 3u);
    EXPECT_GT(gap.duration, 1s);
    EXPECT_LT(gap.duration, 3s);
}

TEST_F(TapTest, ASlowClientHoldsNobodyUp) {
    come_in();
    const auto grace = world.join("call", "Grace");
    auto& screen = world.answer(grace, "call");
    open({}, {1024, 100ms});
    subscribe();
    auto_read = false;
    film(2s, true);
    EXPECT_THAT(screen.rtp, SizeIs(100));
}

TEST_F(TapTest, ARecordingIsAnnounced) {
    come_in();
    open(tap::Hello{tap::protocol_version, "", "", tap::Purpose::recording, false});
    ASSERT_THAT(world.events<RecordingChanged>(ada), SizeIs(1));
    EXPECT_TRUE(world.events<RecordingChanged>(ada)[0].recording);
    const auto grace = world.join("call", "Grace");
    EXPECT_TRUE(world.events<Joined>(grace)[0].recording);
    tap.reset();
    world.turn();
    ASSERT_THAT(world.events<RecordingChanged>(ada), SizeIs(2));
    EXPECT_FALSE(world.events<RecordingChanged>(ada)[1].recording);
}

TEST_F(TapTest, ARecordingGetsNothingWithoutConsent) {
    come_in();
    open(tap::Hello{tap::protocol_version, "", "", tap::Purpose::recording, true});
    subscribe();
    film(1s, true);
    EXPECT_THAT(tap->packets, IsEmpty());

    world.post(ada, "call", Consent{true});
    film(400ms, true);
    EXPECT_THAT(of(video), SizeIs(10));
    EXPECT_THAT(of(audio), SizeIs(10));

    world.post(ada, "call", Consent{false});
    film(1s, true);
    EXPECT_THAT(of(video), SizeIs(10));
    EXPECT_THAT(of(audio), SizeIs(10));
    ASSERT_THAT(tap->all<tap::ConsentChanged>(), SizeIs(2));
}

TEST_F(TapTest, ConsentTakenBackStopsWhatStillWaits) {
    come_in();
    open(asking);
    subscribe();
    world.post(ada, "call", Consent{true});
    film(400ms, true);
    ASSERT_THAT(of(video), SizeIs(10));
    auto_read = false; // a client that is behind
    film(400ms);
    world.post(ada, "call", Consent{false});
    tap->read();
    EXPECT_THAT(of(video), SizeIs(10));
    EXPECT_THAT(of(audio), SizeIs(10));
    EXPECT_THAT(tap->all<tap::ConsentChanged>(), SizeIs(2)) << "the news is not taken out";
    film(400ms, true);
    tap->read();
    EXPECT_THAT(tap->packets, SizeIs(20));

    auto_read = true;
    camera->plis.clear();
    world.post(ada, "call", Consent{true});
    film(200ms);
    EXPECT_FALSE(camera->plis.empty()) << "a keyframe is asked for";
    EXPECT_THAT(of(video), SizeIs(10)) << "nothing can be decoded yet";
    EXPECT_THAT(of(audio), SizeIs(15));
    film(200ms, true);
    EXPECT_THAT(of(video), SizeIs(15));
}

TEST_F(TapTest, NothingFromBeforeConsentIsRecorded) {
    come_in();
    open(asking);
    subscribe();
    film(400ms, true); // waits in the ring, from a keyframe that late joiners begin with
    world.post(ada, "call", Consent{true});
    film(200ms);
    EXPECT_THAT(of(video), IsEmpty());
    EXPECT_THAT(of(audio), SizeIs(5));
    film(200ms, true);
    EXPECT_THAT(of(video), SizeIs(5));

    // Nor by a recording that begins later.
    world.post(ada, "call", Consent{false});
    film(200ms, true);
    world.post(ada, "call", Consent{true});
    open(asking);
    subscribe();
    film(200ms);
    EXPECT_THAT(of(video), IsEmpty());
    film(200ms, true);
    EXPECT_THAT(of(video), SizeIs(5));
}

TEST_F(TapTest, OnlyRecordingsAskForConsent) {
    come_in();
    open(tap::Hello{tap::protocol_version, "", "", tap::Purpose::mix, true});
    subscribe();
    film(400ms, true);
    EXPECT_THAT(of(video), SizeIs(10));
    EXPECT_THAT(world.events<RecordingChanged>(ada), IsEmpty());
}

TEST_F(TapTest, MessagesOfThoseWithoutConsentAreNotRecorded) {
    come_in();
    open(asking);
    world.post(ada, "call", Message{"", R"("text":"before")"});
    world.post(ada, "call", Consent{true});
    world.post(ada, "call", Message{"", R"("text":"after")"});
    tap->read();
    ASSERT_THAT(tap->all<tap::MessageReceived>(), SizeIs(1));
    EXPECT_EQ(tap->all<tap::MessageReceived>()[0].payload, R"("text":"after")");
}

TEST_F(TapTest, EverybodyKnowsWhetherConsentIsRequiredAndWhoHasGivenIt) {
    come_in();
    open(asking);
    ASSERT_THAT(world.events<RecordingChanged>(ada), SizeIs(1));
    EXPECT_TRUE(world.events<RecordingChanged>(ada)[0].consent_required);
    EXPECT_TRUE(tap->all<tap::Welcome>().at(0).consent_required);
    EXPECT_FALSE(tap->all<tap::ParticipantJoined>().at(0).participant.consent);
    world.post(ada, "call", Consent{true});
    ASSERT_THAT(world.events<ConsentEvent>(ada), SizeIs(1));

    Join join;
    join.consent = true; // said while coming in
    const auto grace = world.join("call", "Grace", join);
    const auto joined = world.events<Joined>(grace).at(0);
    EXPECT_TRUE(joined.consent_required);
    ASSERT_THAT(joined.participants, SizeIs(1));
    EXPECT_TRUE(joined.participants[0].consent);
    EXPECT_TRUE(world.events<ParticipantJoined>(ada).at(0).participant.consent);

    tap.reset();
    world.turn();
    EXPECT_FALSE(world.events<RecordingChanged>(ada).back().consent_required);
}

TEST_F(TapTest, AnAnswerIsToldOnce) {
    come_in();
    world.post(ada, "call", Consent{false}); // has not agreed before either, but now says so
    world.post(ada, "call", Consent{false});
    world.post(ada, "call", Consent{true});
    world.post(ada, "call", Consent{true});
    EXPECT_THAT(world.events<ConsentEvent>(ada), SizeIs(2));
}

TEST_F(TapTest, WhoSaysNoToOneRecordingIsInNone) {
    come_in();
    open(tap::Hello{tap::protocol_version, "", "", tap::Purpose::recording, false});
    subscribe();
    film(400ms, true);
    EXPECT_THAT(of(video), SizeIs(10)) << "consent is assumed";
    {
        TestTap strict{world, 2, TapAccess{"call", {}}};
        ASSERT_TRUE(strict.send(asking));
        film(400ms, true);
        EXPECT_THAT(of(video), SizeIs(10));
        ASSERT_THAT(world.events<RecordingChanged>(ada), SizeIs(2));
        EXPECT_TRUE(world.events<RecordingChanged>(ada)[1].recording);
        EXPECT_TRUE(world.events<RecordingChanged>(ada)[1].consent_required);
    }
    world.turn();
    film(400ms, true);
    EXPECT_THAT(of(video), SizeIs(10)) << "not even when that one is over";
}

TEST_F(TapTest, WhoRunsTheServerCanConsentForAMachine) {
    come_in();
    open(asking);
    subscribe();
    world.post(ClientId{}, "call", ConsentFor{"ada", true});
    film(400ms, true);
    EXPECT_THAT(of(video), SizeIs(10));
    world.post(ClientId{}, "call", ConsentFor{"ada", false});
    film(400ms, true);
    EXPECT_THAT(of(video), SizeIs(10));
    world.post(ClientId{}, "call", ConsentFor{"nobody", true});
    world.post(ClientId{}, "nowhere", ConsentFor{"ada", true});
    EXPECT_THAT(world.events<ConsentEvent>(ada), SizeIs(2));
}

TEST_F(TapTest, WhatATapPublishesIsRecordedWhereItAgrees) {
    come_in();
    open(asking);
    TestTap machine{world, 2, TapAccess{"call", {}}};
    ASSERT_TRUE(machine.send(tap::Hello{}));
    ASSERT_TRUE(machine.send(tap::Join{"machine", "Machine", Role::participant, true}));
    EXPECT_TRUE(world.events<ParticipantJoined>(ada).at(0).participant.consent);
    tap->read();
    EXPECT_TRUE(tap->all<tap::ParticipantJoined>().back().participant.consent);
}

TEST_F(TapTest, WaitsInAnEmptyRoom) {
    open();
    world.run(10s);
    come_in();
    subscribe();
    film(200ms, true);
    EXPECT_THAT(of(video), SizeIs(5));
    world.post(ada, "call", Leave{});
    world.run(10s);
    tap->read();
    EXPECT_THAT(tap->all<tap::Closed>(), IsEmpty());
}

TEST_F(TapTest, BeginsWithHello) {
    TestTap other{world, 7, TapAccess{"call", {}}};
    EXPECT_FALSE(other.send(tap::Subscribe{video, "ada/camera", {}, false}));
    other.read();
    ASSERT_THAT(other.all<tap::Closed>(), SizeIs(1));
}

TEST_F(TapTest, RefusesAnotherVersionAndAnotherRoom) {
    TestTap newer{world, 7, TapAccess{"call", {}}};
    EXPECT_FALSE(newer.send(tap::Hello{2, "", "", tap::Purpose::none, false}));
    TestTap astray{world, 8, TapAccess{"call", {}}};
    EXPECT_FALSE(astray.send(tap::Hello{1, "other", "", tap::Purpose::none, false}));
    TestTap nameless{world, 9, TapAccess{}};
    EXPECT_FALSE(nameless.send(tap::Hello{1, "", "", tap::Purpose::none, false}));
}

TEST_F(TapTest, AMistakeIsNamedAndEndsNothing) {
    open();
    EXPECT_TRUE(tap->send(tap::Subscribe{video, "nobody/camera", {}, false}));
    EXPECT_TRUE(tap->send_text("broken"));
    EXPECT_TRUE(tap->send(tap::Publish{}));
    tap->read();
    ASSERT_THAT(tap->all<tap::Refused>(), SizeIs(3));
    EXPECT_EQ(tap->all<tap::Refused>()[0].code, ErrorCode::unknown_track);
    EXPECT_EQ(tap->all<tap::Refused>()[0].stream, video);
}

class PublishingTapTest : public TapTest {
  protected:
    void SetUp() override {
        grace = world.join("call", "Grace");
        open();
        tap->send(tap::Join{"pattern", "Test pattern", Role::participant});
    }
    tap::Publish camera_of(std::string codec = "VP8") {
        tap::Publish publish;
        publish.source = TrackSource::camera;
        publish.codec = std::move(codec);
        publish.payload_type = 96;
        publish.layers = {{video, ""}};
        return publish;
    }
    void send_frame(bool keyframe) {
        std::vector<std::uint8_t> packet(12);
        rtp::write_fixed_header(
            packet.data(), {96, true, false, video_sequence++, video_timestamp, rtp::Ssrc{4711}});
        const std::vector<std::uint8_t> key{0x10, 0x10, 0x02, 0x00, 0x9d, 0x01,
                                            0x2a, 0x40, 0x01, 0xb4, 0x00};
        const std::vector<std::uint8_t> delta{0x10, 0x11, 0x02, 0x00, 0x01, 0x02};
        packet.insert(packet.end(), (keyframe ? key : delta).begin(),
                      (keyframe ? key : delta).end());
        const auto wall = tap->all<tap::Welcome>().at(0).wall;
        tap->send_rtp(video, wall.ntp_at(world.now - 5ms), packet);
        video_timestamp += 3600;
        world.run(40ms);
        tap->read();
    }
    ClientId grace{};
};

TEST_F(PublishingTapTest, IsAParticipantLikeAnyOther) {
    ASSERT_THAT(world.events<ParticipantJoined>(grace), SizeIs(1));
    EXPECT_EQ(world.events<ParticipantJoined>(grace)[0].participant.name, "Test pattern");
    tap->send(camera_of());
    tap->read();
    ASSERT_THAT(tap->all<tap::Published>(), SizeIs(1));
    EXPECT_EQ(tap->all<tap::Published>()[0].track, "pattern/camera");
    EXPECT_THAT(world.events<TrackPublished>(grace), SizeIs(1));
    EXPECT_THAT(tap->all<tap::TrackAdded>(), IsEmpty()) << "one's own track is no news";
}

TEST_F(PublishingTapTest, IsSeenByBrowsers) {
    tap->send(camera_of());
    auto& screen = world.answer(grace, "call");
    ASSERT_TRUE(screen.connected());
    tap->read();
    ASSERT_THAT(tap->all<tap::Wanted>(), SizeIs(1));
    for (int i = 0; i < 10; ++i)
        send_frame(i == 0);
    EXPECT_THAT(screen.rtp, SizeIs(10));
}

TEST_F(PublishingTapTest, IsAskedForKeyframes) {
    tap->send(camera_of());
    for (int i = 0; i < 100; ++i)
        send_frame(i == 0);
    EXPECT_THAT(tap->all<tap::KeyframeWanted>(), IsEmpty());
    world.answer(grace, "call");
    send_frame(false);
    ASSERT_THAT(tap->all<tap::KeyframeWanted>(), SizeIs(1));
    EXPECT_EQ(tap->all<tap::KeyframeWanted>()[0].stream, video);
}

TEST_F(PublishingTapTest, ItsTimesAreTakenAsTheyAre) {
    tap->send(camera_of());
    TestTap other{world, 2, TapAccess{"call", {}}};
    other.send(tap::Hello{});
    other.send(tap::Subscribe{audio, "pattern/camera", {}, false});
    for (int i = 0; i < 50; ++i)
        send_frame(i == 0);
    other.read();
    ASSERT_THAT(other.packets, SizeIs(50));
    const auto wall = other.all<tap::Welcome>().at(0).wall;
    EXPECT_TRUE(other.packets.back().synchronized);
    const auto age = wall.ntp_at(world.now) - other.packets.back().ntp;
    EXPECT_NEAR(std::chrono::duration<double>(age).count(), 0.045, 0.001);
}

TEST_F(PublishingTapTest, LeavesWithTheTap) {
    tap->send(camera_of());
    world.answer(grace, "call");
    tap.reset();
    world.turn();
    EXPECT_THAT(world.events<TrackUnpublished>(grace), SizeIs(1));
    EXPECT_THAT(world.events<ParticipantLeft>(grace), SizeIs(1));
}

TEST_F(PublishingTapTest, CannotPublishWhatBrowsersRefuse) {
    auto publish = camera_of("MPEG4");
    tap->send(publish);
    publish = camera_of("H264");
    publish.fmtp = "profile-level-id=7a1034";
    tap->send(publish);
    publish = camera_of("opus");
    tap->send(publish);
    tap->read();
    ASSERT_THAT(tap->all<tap::Refused>(), SizeIs(3));
    for (const auto& refused : tap->all<tap::Refused>())
        EXPECT_EQ(refused.code, ErrorCode::track_unsupported);
}

TEST_F(PublishingTapTest, OneIdIsOnePersonOnly) {
    TestTap other{world, 2, TapAccess{"call", {}}};
    other.send(tap::Hello{});
    other.send(tap::Join{"pattern", "Impostor", Role::participant});
    other.read();
    ASSERT_THAT(other.all<tap::Refused>(), SizeIs(1));
    EXPECT_EQ(other.all<tap::Refused>()[0].code, ErrorCode::name_taken);
}

TEST_F(PublishingTapTest, ADrainingServerSaysGoodbye) {
    tap->send(camera_of());
    world.engine->drain(world.now);
    tap->read();
    EXPECT_THAT(tap->all<tap::Closed>(), SizeIs(1));
}

} // namespace
} // namespace parley::room::test
