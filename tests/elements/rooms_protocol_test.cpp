// The rooms protocol as a client speaks it, against the server's own parser and the document.
#include "elements/room/remote/rooms_protocol.hpp"
#include "elements/signaling/protocol.hpp"
#include "tests/elements/support/document_examples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <variant>

namespace parley::rooms {
namespace {

using ::testing::SizeIs;

template <class Body>
Body as_the_server_reads(const std::string& text) {
    const auto message = signaling::parse_client_message(text);
    EXPECT_TRUE(message) << text << ": " << (message ? "" : message.error().text);
    if (!message) return {};
    const auto* body = std::get_if<Body>(&message->body);
    EXPECT_NE(body, nullptr) << text;
    return body != nullptr ? *body : Body{};
}

TEST(RoomsProtocol, TheServerUnderstandsWhatIsSaid) {
    JoinRequest request;
    request.room = "call";
    request.name = "Grace \"Amazing\" Hopper";
    request.token = "abc";
    request.participant = "grace";
    request.role = room::Role::agent;
    request.consent = true;
    const auto join = as_the_server_reads<signaling::JoinRequest>(print_join(request));
    EXPECT_EQ(join.room, "call");
    EXPECT_EQ(join.name, request.name);
    EXPECT_EQ(join.participant, "grace");
    EXPECT_EQ(join.role, room::Role::agent);
    EXPECT_TRUE(join.consent);
    EXPECT_TRUE(join.one_shot);
    EXPECT_FALSE(join.auto_subscribe);

    const auto offer = as_the_server_reads<room::Offer>(
        print_offer("v=0\r\n", {{"0", room::TrackSource::screen, true}}));
    EXPECT_EQ(offer.connection, "publisher");
    ASSERT_THAT(offer.tracks, SizeIs(1));
    EXPECT_EQ(offer.tracks[0].source, room::TrackSource::screen);
    EXPECT_TRUE(offer.tracks[0].muted);

    const auto answer =
        as_the_server_reads<room::Answer>(print_answer("subscriber/ada", 3, "v=0\r\n"));
    EXPECT_EQ(answer.connection, "subscriber/ada");
    EXPECT_EQ(answer.revision, 3U);

    const auto candidate = as_the_server_reads<room::AddCandidate>(
        print_candidate("publisher", "candidate:1 1 udp 1 192.0.2.1 9 typ host", 0));
    EXPECT_EQ(candidate.connection, "publisher");

    LayerChoice layer;
    layer.kind = LayerChoice::Kind::fit;
    layer.max_width = 640;
    const auto subscribe =
        as_the_server_reads<room::Subscribe>(print_subscribe("ada/camera", layer));
    EXPECT_EQ(subscribe.track, "ada/camera");
    EXPECT_EQ(subscribe.layer, layer);

    EXPECT_EQ(as_the_server_reads<room::Unsubscribe>(print_unsubscribe("ada/camera")).track,
              "ada/camera");
    EXPECT_EQ(as_the_server_reads<room::Unpublish>(print_unpublish("ada/camera")).track,
              "ada/camera");
    EXPECT_TRUE(as_the_server_reads<room::Mute>(print_mute("ada/camera", true)).muted);
    EXPECT_EQ(as_the_server_reads<room::RestartIce>(print_restart_ice("subscriber/ada")).connection,
              "subscriber/ada");
    as_the_server_reads<room::Leave>(print_leave());
}

TEST(RoomsProtocol, UnderstandsWhatTheDocumentSaysThatServersSay) {
    std::ifstream file{std::string{PARLEY_SOURCE_DIR} + "/docs/signaling.md"};
    std::stringstream whole;
    whole << file.rdbuf();
    const auto text = whole.str();
    const auto from = text.find("## Server to client");
    const auto to = text.find("\n## ", from + 1);
    ASSERT_NE(from, std::string::npos);
    unsigned understood = 0;
    const auto part = text.substr(from, to - from);
    const std::string fence = "```json\n";
    for (auto at = part.find(fence); at != std::string::npos; at = part.find(fence, at + 1)) {
        const auto begin = at + fence.size();
        const auto example = part.substr(begin, part.find("\n```", begin) - begin);
        const auto message = parse_server_message(example);
        EXPECT_TRUE(message) << example << ": " << (message ? "" : message.error().text);
        if (message && *message) ++understood;
    }
    EXPECT_GE(understood, 14U);
}

TEST(RoomsProtocol, ReadsJoined) {
    const auto message = parse_server_message(
        R"({"type":"joined","participant":"p","resume":"k","iceServers":[{"urls":"stun:a"},)"
        R"({"urls":["turn:b","turns:c"],"username":"u","credential":"s"}],)"
        R"("participants":[{"id":"ada","name":"Ada","role":"agent"}],)"
        R"("tracks":[{"id":"ada/camera","participant":"ada","kind":"video","codec":"VP8"}]})");
    ASSERT_TRUE(message && *message);
    const auto& joined = std::get<Joined>(**message);
    ASSERT_THAT(joined.ice_servers, SizeIs(2));
    EXPECT_EQ(joined.ice_servers[0].urls.front(), "stun:a");
    EXPECT_THAT(joined.ice_servers[1].urls, SizeIs(2));
    ASSERT_THAT(joined.participants, SizeIs(1));
    EXPECT_EQ(joined.participants[0].role, room::Role::agent);
    ASSERT_THAT(joined.tracks, SizeIs(1));
    EXPECT_EQ(joined.tracks[0].source, room::TrackSource::camera);
}

TEST(RoomsProtocol, RefusesWhatCannotBeMeant) {
    for (const auto* wrong :
         {"", "[]", "{}", R"({"type":7})", R"({"type":"offer","connection":"c","sdp":"x"})",
          R"({"type":"offer","connection":"c","revision":-1,"sdp":"x"})",
          R"({"type":"track-published","track":{"id":"a"}})",
          R"({"type":"joined","participant":"p","iceServers":[{"urls":[1]}]})",
          R"({"type":"mute","track":"t"})"}) {
        EXPECT_FALSE(parse_server_message(wrong)) << wrong;
    }
    const auto unknown = parse_server_message(R"({"type":"weather"})");
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(*unknown) << "a newer server may say more";
}

} // namespace
} // namespace parley::rooms
