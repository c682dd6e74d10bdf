// docs/signaling.md is the contract: its examples are read from the file itself.
#include "elements/common/json.hpp"
#include "elements/signaling/protocol.hpp"
#include "tests/elements/support/document_examples.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace parley::signaling {
namespace {

std::vector<std::string> examples(const std::string& section) {
    return test::examples("signaling.md", section);
}

std::string compact(const std::string& text) {
    auto parser = adopt_ptr(json_parser_new());
    EXPECT_TRUE(json_parser_load_from_data(parser.get(), text.c_str(), -1, nullptr)) << text;
    return json::to_text(json_parser_get_root(parser.get())).value_or("");
}

std::string type_of(const std::string& text) {
    return json::Document::parse_object(text).value().root().text("type").value();
}

TEST(Protocol, EveryClientExampleOfTheDocumentIsTaken) {
    const auto all = examples("Client to server");
    std::set<std::string> types;
    for (const auto& example : all) {
        const auto message = parse_client_message(example);
        EXPECT_TRUE(message) << example << "\n" << (message ? "" : message.error().text);
        types.insert(type_of(example));
    }
    EXPECT_EQ(types, (std::set<std::string>{"join", "offer", "answer", "ice-candidate",
                                            "restart-ice", "subscribe", "unsubscribe", "unpublish",
                                            "mute", "message", "consent", "ping", "leave"}));
}

const room::TrackInfo camera{"p-9fQa/camera",           "p-9fQa", room::TrackKind::video,
                             room::TrackSource::camera, "VP8",    false,
                             {{"q", 320, 180}}};
const room::TrackInfo screen{
    "p-9fQa/screen", "p-9fQa", room::TrackKind::video, room::TrackSource::screen, "VP8", false, {}};

/// What the document's examples say, as the room says it.
const std::vector<room::Event>& documented_events() {
    using namespace room;
    static const std::vector<Event> events{
        {{},
         "1",
         Joined{{"p-Xk3v", "Ada", Role::participant},
                "kq3...",
                false,
                false,
                false,
                {{"p-9fQa", "Grace", Role::participant}},
                {camera}}},
        {{}, "", ParticipantJoined{{"p-9fQa", "Grace", Role::participant}}},
        {{}, "", ParticipantLeft{"p-9fQa", "left"}},
        {{},
         "",
         OfferEvent{
             "subscriber", 3, "v=0\r\n...", {{"0", "p-9fQa/microphone"}, {"1", "p-9fQa/camera"}}}},
        {{}, "2", AnswerEvent{"publisher", "v=0\r\n...", {{"0", "p-Xk3v/microphone"}}}},
        {{},
         "",
         CandidateEvent{"subscriber",
                        {"candidate:1 1 udp 2130706431 192.0.2.1 10000 typ host", "0"}}},
        {{}, "", ConnectionClosed{"subscriber/p-9fQa"}},
        {{}, "", TrackPublished{screen}},
        {{}, "", TrackUnpublished{"p-9fQa/screen", "p-9fQa"}},
        {{}, "", TrackMuted{"p-9fQa/microphone", "p-9fQa", true}},
        {{}, "", Speakers{{{"p-9fQa", 31}}}},
        {{}, "", MessageEvent{"p-9fQa", "", "\"text\":\"hello\""}},
        {{}, "", RecordingChanged{true, true}},
        {{}, "", RecordingChanged{false, false}},
        {{}, "", ConsentEvent{"p-9fQa", true}},
        {{}, "", Closed{"draining"}},
        {{},
         "3",
         ErrorEvent{ErrorCode::unknown_track, "there is no track \"p-9fQa/camera\" in this room",
                    "p-9fQa/camera"}},
    };
    return events;
}

TEST(Protocol, EveryServerExampleOfTheDocumentIsWhatWeSay) {
    const JoinedExtras extras{"call",
                              {{{"turn:turn.example.org:3478"}, "1700000000:p-Xk3v", "..."}}};
    std::vector<std::string> said;
    for (const auto& event : documented_events())
        said.push_back(to_json(event, extras));
    said.push_back(pong_json("6"));

    for (const auto& example : examples("Server to client")) {
        const auto text = compact(example);
        EXPECT_NE(std::find(said.begin(), said.end(), text), said.end()) << text;
    }
    EXPECT_EQ(examples("Server to client").size(), said.size());
    for (const auto& text : said)
        EXPECT_EQ(compact(text), text) << "is not valid JSON";
}

TEST(Protocol, ReadsWhatTheExamplesMean) {
    const auto join = parse_client_message(
        R"({"type":"join","id":"a\"b","room":"call","name":"Ada","role":"agent",
            "peer":"one-shot","autoSubscribe":false,"resume":"k","participant":"p.1","token":"t","consent":true})");
    ASSERT_TRUE(join) << join.error().text;
    EXPECT_EQ(join->request_id, R"("a\"b")") << "the id is echoed as it was written";
    const auto& request = std::get<JoinRequest>(join->body);
    EXPECT_EQ(request.room, "call");
    EXPECT_EQ(request.role, room::Role::agent);
    EXPECT_TRUE(request.one_shot);
    EXPECT_FALSE(request.auto_subscribe);
    EXPECT_EQ(request.participant, "p.1");
    EXPECT_TRUE(request.consent);

    const auto subscribe = parse_client_message(
        R"({"type":"subscribe","track":"a/camera","layer":{"maxWidth":640,"maxHeight":360}})");
    ASSERT_TRUE(subscribe);
    const auto& layer = std::get<room::Subscribe>(subscribe->body).layer;
    EXPECT_EQ(layer.kind, room::LayerWish::Kind::fit);
    EXPECT_EQ(layer.max_width, 640U);

    const auto end = parse_client_message(
        R"({"type":"ice-candidate","connection":"publisher","candidate":null})");
    ASSERT_TRUE(end);
    EXPECT_EQ(std::get<room::AddCandidate>(end->body).candidate.candidate, "");

    const auto data = parse_client_message(R"({"type":"message","data":{"a":[1,"x"]},"to":"p-1"})");
    ASSERT_TRUE(data);
    EXPECT_EQ(std::get<room::Message>(data->body).payload, R"("data":{"a":[1,"x"]})");
}

TEST(Protocol, EachWrongMessageIsToldWhatIsWrong) {
    const std::string long_name(65, 'x');
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"", "not JSON"},
        {"hello", "not JSON"},
        {"[]", "must be a JSON object"},
        {R"({"room":"x"})", "type: missing"},
        {R"({"type":7})", "type: must be a string"},
        {R"({"type":"dance"})", "type: \"dance\" is unknown"},
        {R"({"type":"ping","id":{}})", "id: must be a string or a number"},
        {R"({"type":"ping","id":true})", "id: must be a string or a number"},
        {R"({"type":"join","name":"Ada"})", "join: room: missing"},
        {R"({"type":"join","room":"a b","name":"Ada"})", "join: room: must be 1 to 64"},
        {R"({"type":"join","room":"","name":"Ada"})", "join: room: must be 1 to 64"},
        {R"({"type":"join","room":"..","name":"Ada"})", "join: room: must be 1 to 64"},
        {R"({"type":"join","room":"é","name":"Ada"})", "join: room: must be 1 to 64"},
        {R"({"type":"join","room":")" + long_name + R"(","name":"Ada"})", "join: room: must be"},
        {R"({"type":"join","room":"a","name":""})", "join: name: must be 1 to 64"},
        {R"({"type":"join","room":"a","name":"a\u0007"})", "join: name: must be 1 to 64"},
        {R"({"type":"join","room":"a","name":"   "})", "join: name: must be 1 to 64"},
        {R"({"type":"join","room":"a","name":")" + long_name + R"("})", "join: name: must be 1"},
        {R"({"type":"join","room":"a","name":"Ada","role":"king"})", "join: role: must be"},
        {R"({"type":"join","room":"a","name":"Ada","peer":"two"})", "join: peer: must be"},
        {R"({"type":"join","room":"a","name":"Ada","autoSubscribe":1})",
         "join: autoSubscribe: must be true or false"},
        {R"({"type":"offer","connection":"subscriber","sdp":"v=0"})",
         "offer: connection: only \"publisher\""},
        {R"({"type":"offer","connection":"publisher"})", "offer: sdp: missing"},
        {R"({"type":"offer","connection":"publisher","sdp":""})", "offer: sdp: must be"},
        {R"({"type":"offer","connection":"publisher","sdp":"v=0","tracks":[{"mid":"0"}]})",
         "offer: tracks[0].source: missing"},
        {R"({"type":"offer","connection":"publisher","sdp":"v=0","tracks":[{"mid":"0","source":"x"}]})",
         "offer: tracks[0].source: must be"},
        {R"({"type":"offer","connection":"publisher","sdp":"v=0","tracks":{}})",
         "offer: tracks: must be an array"},
        {R"({"type":"answer","connection":"publisher","revision":1,"sdp":"v=0"})",
         "answer: connection"},
        {R"({"type":"answer","connection":"subscriber","sdp":"v=0"})", "answer: revision: missing"},
        {R"({"type":"answer","connection":"subscriber","revision":-1,"sdp":"v=0"})",
         "answer: revision: must be from 0"},
        {R"({"type":"answer","connection":"subscriber/a b","revision":1,"sdp":"v=0"})",
         "answer: connection: must be"},
        {R"({"type":"ice-candidate","connection":"publisher"})", "candidate: missing"},
        {R"({"type":"ice-candidate","connection":"publisher","candidate":"x"})",
         "candidate: must be an object"},
        {R"({"type":"ice-candidate","connection":"publisher","candidate":{"sdpMid":"0"}})",
         "candidate.candidate: missing"},
        {R"({"type":"restart-ice","connection":"publisher"})", "restart-ice: connection"},
        {R"({"type":"subscribe"})", "subscribe: track: missing"},
        {R"({"type":"subscribe","track":"t","layer":7})", "subscribe: layer: must be a string"},
        {R"({"type":"subscribe","track":"t","layer":{"maxWidth":0,"maxHeight":1}})",
         "layer.maxWidth: must be from 1"},
        {R"({"type":"subscribe","track":"t","layer":"a b"})", "subscribe: layer: must be"},
        {R"({"type":"mute","track":"t"})", "mute: muted: missing"},
        {R"({"type":"message"})", "message: a message has either text or data"},
        {R"({"type":"message","text":"a","data":1})", "message: a message has either"},
        {R"({"type":"message","text":1})", "message: text: must be a string"},
        {R"({"type":"message","to":"a b","text":"x"})", "message: to: must be"},
        {R"({"type":"consent"})", "consent: recording: missing"},
    };
    for (const auto& [text, part] : wrong) {
        const auto message = parse_client_message(text);
        ASSERT_FALSE(message) << text;
        EXPECT_EQ(message.error().code, room::ErrorCode::bad_request);
        EXPECT_NE(message.error().text.find(part), std::string::npos)
            << text << "\nanswered: " << message.error().text;
        EXPECT_EQ(compact(error_json(message.error())), error_json(message.error()));
    }
}

TEST(Protocol, ErrorsCarryTheRequestsId) {
    const auto message = parse_client_message(R"({"type":"dance","id":7})");
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().request_id, "7");
    EXPECT_NE(error_json(message.error()).find(R"("id":7)"), std::string::npos);
}

TEST(Protocol, UnknownMembersAreIgnored) {
    EXPECT_TRUE(parse_client_message(R"({"type":"ping","future":{"x":[]}})"));
}

TEST(Protocol, AnUnknownTypeIsRepeatedCutAtACharacter) {
    std::string type;
    for (int i = 0; i < 500; ++i)
        type += "\u00e9";
    const auto message = parse_client_message(R"({"type":")" + type + R"("})");
    ASSERT_FALSE(message);
    EXPECT_TRUE(g_utf8_validate(message.error().text.c_str(), -1, nullptr));
    EXPECT_LT(message.error().text.size(), 200U);
}

} // namespace
} // namespace parley::signaling
