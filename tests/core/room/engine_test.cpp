// What people in a room rely on: who is there, who sees whom, and what happens when somebody goes.
#include "tests/core/room/test_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::room::test {
namespace {

using ::testing::SizeIs;

TEST(Engine, TwoPeopleMeetAndSeeEachOther) {
    World world;
    const auto ada = world.join("call", "Ada");
    const auto grace = world.join("call", "Grace");
    ASSERT_THAT(world.events<Joined>(grace), SizeIs(1));
    ASSERT_THAT(world.events<Joined>(grace)[0].participants, SizeIs(1));
    EXPECT_EQ(world.events<Joined>(grace)[0].participants[0].name, "Ada");
    ASSERT_THAT(world.events<ParticipantJoined>(ada), SizeIs(1));

    auto& camera = world.publish(ada, "call");
    ASSERT_THAT(world.events<TrackPublished>(grace), SizeIs(2));
    ASSERT_THAT(world.events<TrackPublished>(ada), SizeIs(0));
    for (std::uint16_t i = 0; i < 5; ++i) {
        camera.send_video(i, 3000U * i, i == 0, static_cast<std::uint16_t>(100 + i));
        world.run(500ms);
    }
    const auto before = camera.plis.size();
    auto& screen = world.answer(grace, "call");
    ASSERT_TRUE(screen.connected());
    EXPECT_GT(camera.plis.size(), before) << "a new subscriber asks for a keyframe";

    for (std::uint16_t i = 5; i < 15; ++i) {
        camera.send_video(i, 3000U * i, i == 5, static_cast<std::uint16_t>(100 + i));
        camera.send_audio(i, 960U * i, 30);
        world.run(20ms);
    }
    EXPECT_THAT(screen.rtp, SizeIs(20));
}

TEST(Engine, PeopleAreListedInTheOrderOfTheirArrival) {
    World world;
    std::vector<std::string> names;
    for (int i = 0; i < 10; ++i) {
        names.push_back("guest " + std::to_string(i));
        world.join("call", names.back());
    }
    const auto last = world.join("call", "Last");
    std::vector<std::string> listed;
    const auto joined = world.events<Joined>(last);
    for (const auto& participant : joined[0].participants)
        listed.push_back(participant.name);
    EXPECT_EQ(listed, names);
}

TEST(Engine, RoomsDoNotHearOfEachOther) {
    World world;
    const auto ada = world.join("one", "Ada");
    const auto eve = world.join("two", "Eve");
    world.publish(ada, "one");
    EXPECT_THAT(world.events<TrackPublished>(eve), SizeIs(0));
    EXPECT_THAT(world.events<ParticipantJoined>(eve), SizeIs(0));
    world.post(eve, "two", Subscribe{world.events<AnswerEvent>(ada)[0].tracks[0].track, {}});
    ASSERT_THAT(world.events<ErrorEvent>(eve), SizeIs(1));
    EXPECT_EQ(world.events<ErrorEvent>(eve)[0].code, ErrorCode::unknown_track);
}

TEST(Engine, CommandsOfStrangersAreRefused) {
    World world;
    world.join("call", "Ada");
    world.post(ClientId{77}, "call", Leave{});
    ASSERT_THAT(world.events<ErrorEvent>(ClientId{77}), SizeIs(1));
    EXPECT_EQ(world.events<ErrorEvent>(ClientId{77})[0].code, ErrorCode::not_joined);
}

TEST(Engine, AFullRoomSaysSo) {
    World world;
    Join join;
    join.limits.participants = 1;
    world.join("call", "Ada", join);
    const auto late = world.join("call", "Late", join);
    ASSERT_THAT(world.events<ErrorEvent>(late), SizeIs(1));
    EXPECT_EQ(world.events<ErrorEvent>(late)[0].code, ErrorCode::room_full);
    EXPECT_THAT(world.events<Joined>(late), SizeIs(0));
}

TEST(Engine, MLinesAreUsedAgain) {
    World world;
    const auto viewer = world.join("call", "Viewer");
    std::size_t lines = 0;
    for (int i = 0; i < 20; ++i) {
        const auto guest = world.join("call", "Guest");
        world.publish(guest, "call");
        world.answer(viewer, "call");
        world.post(guest, "call", Leave{});
        world.answer(viewer, "call");
        const auto offers = world.events<OfferEvent>(viewer);
        lines = sdp::parse(offers.back().sdp)->media.size();
        EXPECT_LE(offers.back().sdp.size(), 6000U);
    }
    EXPECT_EQ(lines, 2U);
}

TEST(Engine, ALostConnectionIsResumedWithMediaFlowing) {
    World world;
    const auto ada = world.join("call", "Ada");
    const auto grace = world.join("call", "Grace");
    auto& camera = world.publish(ada, "call");
    auto& screen = world.answer(grace, "call");
    const auto key = world.events<Joined>(ada)[0].resume;

    world.post(ada, "call", Detach{});
    world.run(5s);
    camera.send_video(0, 0, true, 1);
    world.run(10ms);
    EXPECT_THAT(screen.rtp, SizeIs(1)) << "media goes on without signalling";

    Join again;
    again.resume = key;
    const auto back = world.join("call", "Ada", again);
    ASSERT_THAT(world.events<Joined>(back), SizeIs(1));
    EXPECT_TRUE(world.events<Joined>(back)[0].resumed);
    EXPECT_EQ(world.events<Joined>(back)[0].self.id, world.events<Joined>(ada)[0].self.id);
    world.run(20s);
    EXPECT_THAT(world.events<ParticipantLeft>(grace), SizeIs(0));
}

TEST(Engine, WhoDoesNotComeBackIsGone) {
    World world;
    const auto ada = world.join("call", "Ada");
    const auto grace = world.join("call", "Grace");
    world.publish(ada, "call");
    world.answer(grace, "call");
    world.post(ada, "call", Detach{});
    world.run(16s);
    ASSERT_THAT(world.events<ParticipantLeft>(grace), SizeIs(1));
    EXPECT_EQ(world.events<ParticipantLeft>(grace)[0].reason, "timeout");
    EXPECT_THAT(world.events<TrackUnpublished>(grace), SizeIs(2));
}

TEST(Engine, AnUnknownResumeKeyIsRefused) {
    World world;
    world.join("call", "Ada");
    Join join;
    join.resume = "nonsense";
    const auto client = world.join("call", "Eve", join);
    ASSERT_THAT(world.events<ErrorEvent>(client), SizeIs(1));
    EXPECT_EQ(world.events<ErrorEvent>(client)[0].code, ErrorCode::resume_failed);
}

TEST(Engine, ACodecThatASubscriberLacksIsToldOnce) {
    World world;
    const auto ada = world.join("call", "Ada");
    const auto fox = world.join("call", "Fox");
    world.publish(ada, "call");
    world.answer(fox, "call", "subscriber",
                 [](const sdp::Media& media) { return media.kind == sdp::SectionKind::audio; });
    ASSERT_THAT(world.events<ErrorEvent>(fox), SizeIs(1));
    EXPECT_EQ(world.events<ErrorEvent>(fox)[0].code, ErrorCode::track_unsupported);
    world.run(2s);
    EXPECT_THAT(world.events<ErrorEvent>(fox), SizeIs(1));
}

TEST(Engine, ASilentPublisherIsGoneAfterConsentExpires) {
    World world;
    const auto ada = world.join("call", "Ada");
    const auto grace = world.join("call", "Grace");
    auto& camera = world.publish(ada, "call");
    world.answer(grace, "call");
    camera.lost = true;
    world.run(35s);
    EXPECT_THAT(world.events<TrackUnpublished>(grace), SizeIs(2));
    ASSERT_THAT(world.events<ConnectionClosed>(ada), SizeIs(1));
    EXPECT_EQ(world.events<ConnectionClosed>(ada)[0].connection, "publisher");
}

TEST(Engine, OneShotClientsGetAConnectionAParticipant) {
    World world;
    const auto ada = world.join("call", "Ada");
    world.publish(ada, "call");
    Join join;
    join.one_shot = true;
    const auto bin = world.join("call", "Bin", join);
    const auto grace = world.join("call", "Grace");
    world.publish(grace, "call");

    const auto offers = world.events<OfferEvent>(bin);
    ASSERT_THAT(offers, SizeIs(2));
    EXPECT_NE(offers[0].connection, offers[1].connection);
    EXPECT_NE(offers[0].revision, offers[1].revision) << "never the same twice in a session";
    for (const auto& offer : offers) {
        EXPECT_THAT(offer.tracks, SizeIs(2));
        world.answer(bin, "call", offer.connection);
    }
    world.post(ada, "call", Leave{});
    EXPECT_THAT(world.events<OfferEvent>(bin), SizeIs(2)) << "never renegotiated";
    ASSERT_THAT(world.events<ConnectionClosed>(bin), SizeIs(1));
}

TEST(Engine, AViewerFollowsTheLoudest) {
    World world;
    const auto ada = world.join("call", "Ada");
    const auto grace = world.join("call", "Grace");
    auto& first = world.publish(ada, "call");
    auto& second = world.publish(grace, "call");

    Join join;
    join.hidden = true;
    join.view = "";
    const auto viewer = world.join("call", "", join);
    EXPECT_THAT(world.events<ParticipantJoined>(ada), SizeIs(1)) << "viewers are not announced";
    auto& screen = world.make_peer();
    world.post(viewer, "call", Offer{"viewer", screen.offer_viewer(), {}});
    ASSERT_THAT(world.events<AnswerEvent>(viewer), SizeIs(1));
    screen.set_remote(world.events<AnswerEvent>(viewer)[0].sdp, world.now);
    world.run(100ms);
    ASSERT_TRUE(screen.connected());

    std::uint16_t sequence = 0;
    const auto speak = [&](std::uint8_t ada_level, std::uint8_t grace_level, int frames) {
        for (int i = 0; i < frames; ++i, ++sequence) {
            const bool key = sequence % 25 == 0;
            first.send_audio(sequence, 960U * sequence, ada_level);
            first.send_video(sequence, 1800U * sequence, key, sequence);
            second.send_audio(sequence, 960U * sequence, grace_level);
            second.send_video(sequence, 1800U * sequence, key, sequence);
            world.run(20ms);
        }
    };
    speak(20, 90, 150);
    const auto before = screen.rtp.size();
    EXPECT_GT(before, 200U);
    speak(90, 20, 250);
    // One stream of each kind, whoever is in it: no sequence number twice, none left out.
    std::map<std::uint32_t, std::vector<std::uint16_t>> sequences;
    for (const auto& packet : screen.rtp)
        sequences[packet.ssrc].push_back(packet.sequence);
    ASSERT_EQ(sequences.size(), 2U);
    for (const auto& [ssrc, list] : sequences) {
        for (std::size_t i = 1; i < list.size(); ++i) {
            ASSERT_EQ(list[i], static_cast<std::uint16_t>(list[i - 1] + 1));
        }
    }
    const auto stats = world.engine->stats(world.now);
    ASSERT_THAT(stats, SizeIs(1));
    const auto grace_id = world.events<Joined>(grace)[0].self.id;
    for (const auto& subscription : stats[0].subscriptions) {
        EXPECT_TRUE(subscription.track.starts_with(grace_id)) << subscription.track;
    }
}

TEST(Engine, AViewerOfAnEmptyRoomHearsSilenceUntilSomebodyPublishes) {
    World world;
    Join join;
    join.hidden = true;
    join.view = "";
    const auto viewer = world.join("call", "", join);
    auto& screen = world.make_peer();
    world.post(viewer, "call", Offer{"viewer", screen.offer_viewer(), {}});
    ASSERT_THAT(world.events<AnswerEvent>(viewer), SizeIs(1));
    screen.set_remote(world.events<AnswerEvent>(viewer)[0].sdp, world.now);
    world.run(1s);
    EXPECT_GT(screen.rtp.size(), 40U);

    const auto ada = world.join("call", "Ada");
    auto& camera = world.publish(ada, "call");
    const auto silence = screen.rtp.size();
    for (std::uint16_t i = 0; i < 10; ++i) {
        camera.send_video(i, 3000U * i, i == 0, i);
        world.run(20ms);
    }
    EXPECT_GE(screen.rtp.size(), silence + 10);
}

TEST(Engine, TheLastOneClosesTheRoom) {
    World world;
    const auto ada = world.join("call", "Ada");
    world.post(ada, "call", Leave{});
    ASSERT_FALSE(world.notices.empty());
    EXPECT_EQ(world.notices.back().kind, Notice::Kind::room_closed);
    EXPECT_TRUE(world.engine->stats(world.now).empty());
    EXPECT_THAT(world.events<Closed>(ada), SizeIs(1));
}

TEST(Engine, DrainingTellsEverybody) {
    World world;
    const auto ada = world.join("call", "Ada");
    world.publish(ada, "call");
    world.engine->drain(world.now);
    world.turn();
    ASSERT_THAT(world.events<Closed>(ada), SizeIs(1));
    EXPECT_EQ(world.events<Closed>(ada)[0].reason, "draining");
}

} // namespace
} // namespace parley::room::test
