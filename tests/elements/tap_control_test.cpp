// docs/tap.md's messages: what one end prints the other reads, and what is refused.
#include "elements/tap/control.hpp"
#include "tests/elements/support/document_examples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace parley::tap {
namespace {

std::vector<Up> every_up() {
    using Kind = LayerChoice::Kind;
    return {
        Hello{1, "call", "ey.J.x", Purpose::recording, true},
        Hello{},
        Subscribe{StreamId{3}, "p-1/camera", {}, false},
        Subscribe{StreamId{0xFFFFFFFF}, "p-1/camera", {Kind::rid, "q", 0, 0, true}, true},
        Unsubscribe{StreamId{3}},
        ChooseLayer{StreamId{3}, {Kind::lowest, {}, 0, 0}},
        ChooseLayer{StreamId{3}, {Kind::rid, "", 0, 0, true}},
        ChooseLayer{StreamId{3}, {Kind::fit, {}, 640, 0}},
        ChooseLayer{StreamId{3}, {Kind::fit, {}, 0, 0}},
        Pause{StreamId{3}, true},
        RequestKeyframe{StreamId{3}, KeyframeReason::segment},
        Join{"pattern", "Pat \"tern\" \u00e9", room::Role::agent, true},
        Join{"", "Ada", room::Role::participant},
        Leave{},
        Publish{room::TrackSource::screen_audio,
                "opus",
                "minptime=10;useinbandfec=1",
                111,
                true,
                false,
                {{StreamId{7}, ""}}},
        Publish{room::TrackSource::camera,
                "VP8",
                "",
                96,
                false,
                true,
                {{StreamId{1}, "q"}, {StreamId{2}, "h"}}},
        Unpublish{StreamId{7}},
        Mute{StreamId{7}, false},
        SendMessage{"p-1", R"("text":"a \"b\"")"},
        SendMessage{"", R"("data":{"a":[1,null]})"},
    };
}

std::vector<Down> every_down() {
    const NtpTime time = ntp_since_1970(Duration{1'764'163'921'123'456'789});
    const room::TrackInfo track{"p-1/camera",
                                "p-1",
                                room::TrackKind::video,
                                room::TrackSource::screen,
                                "VP8",
                                true,
                                {{"q", 320, 180}, {"h", 640, 360}}};
    return {
        Welcome{1, "call", {Instant{Duration{123'456'789'012}}, time}, true, true},
        ParticipantJoined{{"p-1", "Ada", room::Role::agent, true}},
        ParticipantLeft{"p-1", "timeout"},
        TrackAdded{track, {96, 90'000, 1, "profile-id=0", {{3, "urn:ietf:params:rtp-hdrext:x"}}}},
        TrackAdded{{"p-1/mic",
                    "p-1",
                    room::TrackKind::audio,
                    room::TrackSource::microphone,
                    "opus",
                    false,
                    {}},
                   {111, 48'000, 2, "", {}}},
        TrackRemoved{"p-1/camera"},
        TrackMuted{"p-1/camera", false},
        TrackLayers{"p-1/camera", {{"", 1280, 720}}},
        Speakers{{{"p-1", 31}, {"p-2", 60}}},
        Speakers{},
        ConsentChanged{"p-1", true},
        RecordingChanged{true, true},
        RecordingChanged{false, true},
        MessageReceived{"p-1", "p-2", R"("text":"hello")"},
        StreamStarted{StreamId{3}, 0xFFFFFFFF, "q", 320, 180},
        StreamEnded{StreamId{3}, "no-consent"},
        Gap{StreamId{3}, "tap", 120, 4, time, 133ms},
        Gap{StreamId{3}, "loss", 1, 0, {}, 0ms},
        Joined{{"pattern", "Pattern", room::Role::participant}},
        Published{StreamId{7}, "pattern/camera"},
        KeyframeWanted{StreamId{7}, KeyframeReason::layer_switch},
        Wanted{StreamId{7}, true},
        Refused{room::ErrorCode::unknown_track, "there is no such track", StreamId{3}},
        Refused{room::ErrorCode::unauthorized, "no token", no_stream},
        Closed{"draining"},
    };
}

/// The same text again means the same values: each member is printed, and differs from its default
/// in one of the messages above.
TEST(TapControl, WhatAClientSaysTheRoomReads) {
    std::vector<bool> seen(std::variant_size_v<Up>);
    for (const auto& message : every_up()) {
        const auto text = to_json(message);
        const auto back = parse_up(text);
        ASSERT_TRUE(back) << text << ": " << back.error().text;
        EXPECT_EQ(back->index(), message.index()) << text;
        EXPECT_EQ(to_json(*back), text);
        seen[message.index()] = true;
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 0) << "a message has no example";
}

TEST(TapControl, WhatTheRoomSaysAClientReads) {
    std::vector<bool> seen(std::variant_size_v<Down>);
    for (const auto& message : every_down()) {
        const auto text = to_json(message);
        const auto back = parse_down(text);
        ASSERT_TRUE(back) << text << ": " << back.error().text;
        ASSERT_TRUE(*back) << text;
        EXPECT_EQ((*back)->index(), message.index()) << text;
        EXPECT_EQ(to_json(**back), text);
        seen[message.index()] = true;
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), false), 0) << "a message has no example";
}

TEST(TapControl, EveryExampleOfTheDocumentIsTakenAndEveryMessageHasOne) {
    std::vector<bool> up(std::variant_size_v<Up>);
    for (const auto& example : test::examples("tap.md", "Client to room")) {
        const auto message = parse_up(example);
        ASSERT_TRUE(message) << example << ": " << message.error().text;
        up[message->index()] = true;
    }
    EXPECT_EQ(std::count(up.begin(), up.end(), false), 0);
    std::vector<bool> down(std::variant_size_v<Down>);
    for (const auto& example : test::examples("tap.md", "Room to client")) {
        const auto message = parse_down(example);
        ASSERT_TRUE(message && *message) << example;
        down[(*message)->index()] = true;
    }
    EXPECT_EQ(std::count(down.begin(), down.end(), false), 0);
}

TEST(TapControl, ValuesArriveAsTheyWereMeant) {
    const auto subscribe = std::get<Subscribe>(*parse_up(
        R"({"type":"subscribe","stream":9,"track":"a/b","layer":{"rid":"q","exact":true}})"));
    EXPECT_EQ(subscribe.stream, StreamId{9});
    EXPECT_EQ(subscribe.layer, (LayerChoice{LayerChoice::Kind::rid, "q", 0, 0, true}));
    const auto plain =
        std::get<ChooseLayer>(*parse_up(R"({"type":"choose-layer","stream":9,"layer":"h"})"));
    EXPECT_EQ(plain.layer, (LayerChoice{LayerChoice::Kind::rid, "h", 0, 0}));

    const auto sent =
        Gap{StreamId{3}, "tap", 12, 4, NtpTime{std::uint64_t{3'900'000'000} << 32}, 2s};
    const auto gap = std::get<Gap>(**parse_down(to_json(Down{sent})));
    EXPECT_EQ(gap.start, sent.start);
    EXPECT_EQ(gap.duration, sent.duration);
    EXPECT_EQ(gap.packets, 12U);
    EXPECT_EQ(gap.frames, 4U);
    const auto unknown =
        std::get<Gap>(**parse_down(to_json(Down{Gap{StreamId{3}, "tap", 1, 1, {}, {}}})));
    EXPECT_EQ(unknown.start, NtpTime{}) << "0 says that the time is not known";
}

TEST(TapControl, WhatIsWrongGoingUpIsRefusedByName) {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"[]", "must be a JSON object"},
        {R"({"type":7})", "type: must be a string"},
        {R"({"type":"dance"})", "type: \"dance\" is unknown"},
        {R"({"type":"leave","loudly":true})", "leave: loudly: is unknown"},
        {R"({"type":"hello"})", "hello: version: missing"},
        {R"({"type":"hello","version":1,"purpose":"fun"})", "hello: purpose: must be"},
        {R"({"type":"hello","version":1,"room":"a b"})", "hello: room: must be"},
        {R"({"type":"hello","version":1,"token":")" + std::string(3073, 'x') + "\"}",
         "hello: token: is too long"},
        {R"({"type":"unsubscribe","stream":0})", "unsubscribe: stream: must be from 1"},
        {R"({"type":"unsubscribe","stream":4294967296})", "unsubscribe: stream: must be from 1"},
        {R"({"type":"subscribe","stream":1,"track":""})", "subscribe: track: must be"},
        {R"({"type":"subscribe","stream":1,"track":"t","layer":"abcdefghijklmnopq"})",
         "subscribe: layer: must be"},
        {R"({"type":"subscribe","stream":1,"track":"t","layer":{"rid":"a b"}})",
         "subscribe: layer.rid: must be"},
        {R"({"type":"subscribe","stream":1,"track":"t","layer":{"maxwidth":3}})",
         "subscribe: layer.maxwidth: is unknown"},
        {R"({"type":"choose-layer","stream":1})", "choose-layer: layer: missing"},
        {R"({"type":"request-keyframe","stream":1,"reason":"whim"})", "request-keyframe: reason"},
        {R"({"type":"join","name":"  "})", "join: name: must be"},
        {R"({"type":"join","name":")" + std::string(65, 'x') + "\"}", "join: name: must be"},
        {"{\"type\":\"join\",\"name\":\"\xff\xfe\"}", ""},
        {R"({"type":"join","name":"A","role":"king"})", "join: role: must be"},
        {R"({"type":"publish","source":"camera","codec":"VP8","payloadType":96,"layers":[]})",
         "publish: layers: must be 1 to 8"},
        {R"({"type":"publish","source":"camera","codec":"VP8","payloadType":128,"layers":[{"stream":1}]})",
         "publish: payloadType"},
        {R"({"type":"publish","source":"camera","codec":"VP8","payloadType":96,"fmtp":"a\r\nb","layers":[{"stream":1}]})",
         "publish: fmtp: must be"},
        {R"({"type":"publish","source":"camera","codec":"VP8","payloadType":96,"layers":[{"stream":1,"rid":"a"},{"stream":1,"rid":"b"}]})",
         "publish: layers[1].stream: is there twice"},
        {R"({"type":"publish","source":"camera","codec":"VP8","payloadType":96,"layers":[{"stream":1,"rid":"a"},{"stream":2,"rid":"a"}]})",
         "publish: layers[1].rid: is there twice"},
        {R"({"type":"publish","source":"camera","codec":"VP8","payloadType":96,"layers":[{"stream":1,"rid":"a"},{"stream":2}]})",
         "publish: layers[1].rid: must be"},
        {R"({"type":"message","text":"a","data":1})", "message: a message has either"},
    };
    for (const auto& [text, error] : wrong) {
        const auto message = parse_up(text);
        ASSERT_FALSE(message) << text;
        EXPECT_NE(message.error().text.find(error), std::string::npos) << message.error().text;
    }
}

TEST(TapControl, ANewerServerIsUnderstoodAsFarAsItGoes) {
    const auto unknown = parse_down(R"({"type":"weather","sunny":true})");
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(*unknown);
    const auto more = parse_down(
        R"({"type":"keyframe-wanted","stream":1,"reason":"whim","urgency":{"very":true}})");
    ASSERT_TRUE(more && *more);
    EXPECT_EQ(std::get<KeyframeWanted>(**more).reason, KeyframeReason::decoder_refresh);
    const auto refused = parse_down(R"({"type":"error","code":"too-late","text":"no"})");
    ASSERT_TRUE(refused && *refused);
    EXPECT_EQ(std::get<Refused>(**refused).code, room::ErrorCode::internal);

    EXPECT_FALSE(parse_down(R"({"type":"stream-started","stream":0,"ssrc":1})"));
    EXPECT_FALSE(parse_down(R"({"type":"wanted","stream":1})"));
    EXPECT_FALSE(parse_down("{"));
}

} // namespace
} // namespace parley::tap
