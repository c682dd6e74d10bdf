// WHIP and WHEP as HTTP sees them.
#include "tests/elements/support/server.hpp"

#include <jwt.h>

#include <thread>

namespace parley::test {
namespace {

const std::string offer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
                          "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:clnt\r\n"
                          "a=ice-pwd:clientpassword+clientpassword\r\n";

Request post(std::string path, std::vector<std::string> more = {}) {
    more.push_back("Content-Type: application/sdp");
    return {"POST", std::move(path), std::move(more), offer};
}

Request patch(std::string path, std::string body, const std::string& if_match) {
    Request request{"PATCH",
                    std::move(path),
                    {"Content-Type: application/trickle-ice-sdpfrag"},
                    std::move(body)};
    if (!if_match.empty()) request.headers.push_back("If-Match: " + if_match);
    return request;
}

std::string fragment(const std::string& ufrag) {
    return "a=ice-ufrag:" + ufrag +
           "\r\na=ice-pwd:clientpassword+clientpassword\r\n"
           "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
           "a=candidate:1 1 udp 2130706431 192.0.2.5 61000 typ host\r\n"
           "a=end-of-candidates\r\n";
}

TEST(Whip, PublishesTricklesRestartsAndEnds) {
    const Server server;
    const auto created = server.request(post("/whip/call?name=Camera%201&consent=true"));
    ASSERT_EQ(created.status, 201U) << created.body;
    EXPECT_EQ(created.header("content-type"), "application/sdp");
    EXPECT_EQ(created.header("accept-patch"), "application/trickle-ice-sdpfrag");
    EXPECT_EQ(created.header("access-control-allow-origin"), "*");
    EXPECT_NE(created.header("access-control-expose-headers").find("Location"), std::string::npos);
    EXPECT_EQ(created.body.rfind("v=0", 0), 0U);
    const auto etag = created.header("etag");
    EXPECT_EQ(etag.front(), '"');
    const auto session = created.header("location");
    ASSERT_EQ(session.rfind("/sessions/", 0), 0U);

    const auto join = server.media->next<room::Join>();
    ASSERT_TRUE(join);
    EXPECT_EQ(std::get<room::Join>(join->body).name, "Camera 1");
    EXPECT_FALSE(std::get<room::Join>(join->body).hidden);
    EXPECT_TRUE(std::get<room::Join>(join->body).consent);
    const auto offered = server.media->next<room::Offer>();
    ASSERT_TRUE(offered);
    EXPECT_EQ(std::get<room::Offer>(offered->body).connection, "publisher");
    EXPECT_EQ(std::get<room::Offer>(offered->body).sdp, offer);

    const auto trickled = server.request(patch(session, fragment("clnt"), etag));
    EXPECT_EQ(trickled.status, 204U) << trickled.body;
    EXPECT_EQ(trickled.header("etag"), "");
    const auto candidate = server.media->next<room::AddCandidate>();
    ASSERT_TRUE(candidate);
    EXPECT_EQ(std::get<room::AddCandidate>(candidate->body).candidate.mid, "0");
    const auto end = server.media->next<room::AddCandidate>();
    ASSERT_TRUE(end);
    EXPECT_EQ(std::get<room::AddCandidate>(end->body).candidate.candidate, "");

    const auto restarted = server.request(patch(session, fragment("nwuf"), "*"));
    EXPECT_EQ(restarted.status, 200U) << restarted.body;
    EXPECT_EQ(restarted.header("content-type"), "application/trickle-ice-sdpfrag");
    EXPECT_NE(restarted.header("etag"), etag);
    EXPECT_NE(restarted.body.find("a=ice-ufrag:srvf"), std::string::npos) << restarted.body;
    EXPECT_NE(restarted.body.find("192.0.2.1 10000"), std::string::npos) << restarted.body;
    EXPECT_EQ(server.request(patch(session, fragment("nwuf"), etag)).status, 412U)
        << "the old ICE session's tag";
    EXPECT_EQ(server.request(patch(session, fragment("nwuf"), restarted.header("etag"))).status,
              204U);

    EXPECT_EQ(server.request({"DELETE", session, {}, {}}).status, 200U);
    EXPECT_TRUE(server.media->next<room::Leave>());
    EXPECT_EQ(server.request({"DELETE", session, {}, {}}).status, 404U);
}

TEST(Whip, PatchesHaveConditions) {
    const Server server;
    const auto created = server.request(post("/whip/call"));
    const auto session = created.header("location");
    const auto etag = created.header("etag");
    EXPECT_EQ(server.request(patch(session, fragment("clnt"), "")).status, 428U);
    EXPECT_EQ(server.request(patch(session, fragment("clnt"), "\"other\"")).status, 412U);
    EXPECT_EQ(server.request(patch(session, "nonsense", etag)).status, 400U);
    auto wrong_type = patch(session, fragment("clnt"), etag);
    wrong_type.headers[0] = "Content-Type: application/json";
    EXPECT_EQ(server.request(wrong_type).status, 415U);
    EXPECT_EQ(server.request(patch("/sessions/none", fragment("clnt"), "*")).status, 404U);
    EXPECT_EQ(server.request({"GET", session, {}, {}}).status, 405U);
    EXPECT_EQ(server.request({"PUT", session, {}, "x"}).status, 405U);
}

TEST(Whip, WrongRequestsAreToldWhy) {
    const Server server;
    const auto expect_problem = [&](const Request& request, unsigned status) {
        const auto response = server.request(request);
        EXPECT_EQ(response.status, status) << request.method << ' ' << request.path;
        EXPECT_EQ(response.header("content-type"), "application/problem+json");
        EXPECT_NE(response.body.find("\"detail\":\""), std::string::npos) << response.body;
    };
    expect_problem({"POST", "/whip/call", {"Content-Type: text/plain"}, offer}, 415);
    expect_problem({"POST", "/whip/call", {}, offer}, 415);
    expect_problem({"POST", "/whip/call", {"Content-Type: application/sdp"}, ""}, 400);
    expect_problem({"POST", "/whip/call", {"Content-Type: application/sdp"}, "hello"}, 400);
    expect_problem(post("/whip/call", {"Accept: text/html"}), 406);
    expect_problem(post("/whip"), 404);
    expect_problem(post("/whip/a%20b"), 404);
    expect_problem(post("/whip/call/other"), 404);
    expect_problem(post("/whep/call/ada/other"), 404);
    expect_problem({"GET", "/whip/call", {}, {}}, 405);
    expect_problem({"DELETE", "/whip/call", {}, {}}, 405);
    expect_problem(post("/whip/call?name=%07"), 400);
}

TEST(Whip, OptionsTellWhatThereIs) {
    auto config = local_config();
    config.ice = {{"stun:stun.example.org"}, {"turn:turn.example.org"}, "north", 600};
    const Server server{config};
    const auto options =
        server.request({"OPTIONS", "/whip/call", {"Origin: http://localhost"}, {}});
    EXPECT_EQ(options.status, 200U);
    EXPECT_EQ(options.header("accept-post"), "application/sdp");
    EXPECT_NE(options.header("access-control-allow-methods").find("POST"), std::string::npos);
    EXPECT_NE(options.header("access-control-allow-headers").find("Authorization"),
              std::string::npos);
    EXPECT_NE(options.header("link").find("<stun:stun.example.org>; rel=\"ice-server\""),
              std::string::npos);
    const auto created = server.request(post("/whip/call"));
    EXPECT_NE(created.header("link").find("<turn:turn.example.org>"), std::string::npos);
    EXPECT_NE(created.header("link").find(":p-1\""), std::string::npos) << "whom it is for";
    const auto session = server.request({"OPTIONS", created.header("location"), {}, {}});
    EXPECT_EQ(session.header("accept-patch"), "application/trickle-ice-sdpfrag");
}

TEST(Whep, ViewsAsNobody) {
    const Server server;
    const auto created = server.request(post("/whep/call/ada"));
    ASSERT_EQ(created.status, 201U) << created.body;
    const auto join = server.media->next<room::Join>();
    ASSERT_TRUE(join);
    const auto& viewer = std::get<room::Join>(join->body);
    EXPECT_TRUE(viewer.hidden);
    EXPECT_EQ(viewer.view, "ada");
    const auto offered = server.media->next<room::Offer>();
    EXPECT_EQ(std::get<room::Offer>(offered->body).connection, "viewer");
    EXPECT_EQ(server.request(post("/whep/call")).status, 201U);
    const auto whole = server.media->next<room::Join>();
    EXPECT_EQ(std::get<room::Join>(whole->body).view, "");
}

TEST(Whep, TheRoomsEndEndsTheSession) {
    const Server server;
    const auto created = server.request(post("/whep/call"));
    const auto client = server.media->next<room::Join>()->client;
    server.media->emit({client, "", room::Closed{"timeout"}});
    for (int i = 0; i < 500; ++i) {
        if (server.request({"DELETE", created.header("location"), {}, {}}).status == 404U) return;
        g_usleep(1000);
    }
    FAIL();
}

TEST(Whip, RefusalsOfTheRoomHaveTheirStatus) {
    const std::vector<std::pair<room::ErrorCode, unsigned>> expected{
        {room::ErrorCode::room_full, 503}, {room::ErrorCode::too_many_rooms, 503},
        {room::ErrorCode::bad_sdp, 400},   {room::ErrorCode::name_taken, 409},
        {room::ErrorCode::forbidden, 403}, {room::ErrorCode::track_unsupported, 422},
        {room::ErrorCode::internal, 500},
    };
    for (const auto& [code, status] : expected) {
        const Server server{
            local_config(), [code = code](FakeMediaServer& media, const room::Command& command) {
                if (std::holds_alternative<room::Offer>(command.body)) {
                    media.emit({command.client, "", room::ErrorEvent{code, "because", ""}});
                }
            }};
        const auto response = server.request(post("/whip/call"));
        EXPECT_EQ(response.status, status);
        EXPECT_NE(response.body.find("because"), std::string::npos);
        EXPECT_TRUE(server.media->next<room::Leave>()) << "nothing stays behind";
    }
}

TEST(Whip, WithoutAMediaServerIsUnavailable) {
    const Server server;
    server.service->set_media_server(nullptr);
    const auto response = server.request(post("/whip/call"));
    EXPECT_EQ(response.status, 503U);
    EXPECT_NE(response.header("retry-after"), "");
}

TEST(Whip, AClientThatGoesBeforeTheAnswerLeavesNothingBroken) {
    const Server server{local_config(), [](FakeMediaServer&, const room::Command&) {}};
    const auto waiting = std::make_unique<std::thread>([&] {
        try {
            // Closes after a moment, without an answer.
            http(server.port(), post("/whip/call"));
        } catch (const std::exception&) {
        }
    });
    ASSERT_TRUE(server.media->next<room::Offer>());
    server.service->stop();
    waiting->join();
}

std::string bearer(const char* claims) {
    jwt_t* made = nullptr;
    jwt_new(&made);
    const std::unique_ptr<jwt_t, FreeWith<jwt_free>> jwt{made};
    jwt_add_grants_json(jwt.get(), claims);
    jwt_set_alg(jwt.get(), JWT_ALG_HS256, reinterpret_cast<const unsigned char*>("secret"), 6);
    const std::unique_ptr<char, FreeWith<free>> text{jwt_encode_str(jwt.get())};
    return std::string{"Authorization: Bearer "} + text.get();
}

TEST(Whip, TokensDecide) {
    auto config = local_config();
    config.jwt_secret = "secret";
    config.ice = {{"stun:stun.example.org"}, {}, "", 600};
    const Server server{config};
    const auto refused = server.request(post("/whip/call"));
    EXPECT_EQ(refused.status, 401U);
    EXPECT_EQ(refused.header("www-authenticate"), "Bearer");
    EXPECT_EQ(server.request(post("/whip/call", {"Authorization: Bearer nonsense"})).status, 401U);
    EXPECT_EQ(server.request(post("/whip/call", {bearer(R"({"room":"other"})")})).status, 403U);
    const auto watcher = bearer(R"({"room":"call","publish":false})");
    EXPECT_EQ(server.request(post("/whip/call", {watcher})).status, 403U);
    EXPECT_EQ(server.request(post("/whep/call", {watcher})).status, 201U);
    const auto speaker = bearer(R"({"room":"call","subscribe":false,"sub":"ada"})");
    EXPECT_EQ(server.request(post("/whep/call", {speaker})).status, 403U);
    const auto created = server.request(post("/whip/call", {speaker}));
    EXPECT_EQ(created.status, 201U);
    const auto session = created.header("location");
    EXPECT_EQ(server.request({"DELETE", session, {}, {}}).status, 401U);
    EXPECT_EQ(server.request({"DELETE", session, {speaker}, {}}).status, 200U);

    EXPECT_EQ(server.request({"OPTIONS", "/whip/call", {}, {}}).header("link"), "")
        << "a preflight brings no token, and gets no credentials";
    EXPECT_NE(server.request({"OPTIONS", "/whip/call", {speaker}, {}}).header("link"), "");
}

} // namespace
} // namespace parley::test
