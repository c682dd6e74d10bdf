// The rooms protocol over a real WebSocket.
#include "elements/common/json.hpp"
#include "tests/elements/support/server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <jwt.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace parley::test {
namespace {

std::string code_of(const std::optional<std::string>& message) {
    if (!message) return "nothing";
    const auto document = json::Document::parse_object(*message);
    return document ? document->root().text_or("code", "no code").value() : "no JSON";
}

void expect_error(WebSocket& socket, const char* code) {
    EXPECT_EQ(code_of(socket.receive_type("error")), code);
}

TEST(WebSocketTest, JoinsLeavesAndIsClosed) {
    const Server server;
    const auto socket = server.connect();
    ASSERT_TRUE(socket);
    socket->send(join_text);
    const auto command = server.media->next<room::Join>();
    ASSERT_TRUE(command);
    EXPECT_EQ(command->room, "call");
    EXPECT_EQ(command->request_id, "1");
    const auto& join = std::get<room::Join>(command->body);
    EXPECT_EQ(join.name, "Ada");
    EXPECT_TRUE(join.loopback_candidates);

    const auto joined = socket->receive();
    ASSERT_TRUE(joined);
    const auto document = json::Document::parse_object(*joined);
    ASSERT_TRUE(document) << *joined;
    EXPECT_EQ(document->root().text("type").value(), "joined");
    EXPECT_EQ(document->root().integer("id", 0, 9).value(), 1);
    EXPECT_EQ(document->root().text("room").value(), "call");
    EXPECT_EQ(document->root().text("participant").value(), "p-1");

    socket->send(R"({"type":"leave"})");
    EXPECT_TRUE(server.media->next<room::Leave>());
    EXPECT_TRUE(socket->receive_type("left"));
    EXPECT_EQ(socket->wait_closed(), 1000);
}

TEST(WebSocketTest, ALostConnectionIsToldToTheRoom) {
    const Server server;
    auto socket = server.connect();
    socket->send(join_text);
    ASSERT_TRUE(socket->receive_type("joined"));
    socket.reset();
    const auto command = server.media->next<room::Detach>();
    ASSERT_TRUE(command);
    EXPECT_EQ(command->room, "call");
}

TEST(WebSocketTest, EventsOfTheRoomArriveInOrder) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    const auto client = server.media->next<room::Join>()->client;
    ASSERT_TRUE(socket->receive_type("joined"));
    std::thread worker{[&] {
        for (int i = 0; i < 1000; ++i) {
            server.media->emit(
                {client, "", room::MessageEvent{"p-2", "", fmt::format("\"text\":\"{}\"", i)}});
        }
    }};
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(socket->receive().value_or(""),
                  fmt::format(R"({{"type":"message","from":"p-2","text":"{}"}})", i));
    }
    worker.join();
}

TEST(WebSocketTest, PingIsAnswered) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    ASSERT_TRUE(socket->receive_type("joined"));
    socket->send(R"({"type":"ping","id":"x"})");
    EXPECT_EQ(socket->receive().value_or(""), R"({"type":"pong","id":"x"})");
}

TEST(WebSocketTest, AMessageBeforeJoinClosesTheConnection) {
    const Server server;
    for (const auto* text :
         {R"({"type":"ping"})", R"({"type":"leave"})", R"({"type":"message","text":"x"})"}) {
        const auto socket = server.connect();
        socket->send(text);
        expect_error(*socket, "not-joined");
        EXPECT_EQ(socket->wait_closed(), 1008);
    }
}

TEST(WebSocketTest, ASecondJoinIsAnErrorAndTheFirstHolds) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    ASSERT_TRUE(socket->receive_type("joined"));
    socket->send(join_text);
    expect_error(*socket, "already-joined");
    socket->send(R"({"type":"ping"})");
    EXPECT_TRUE(socket->receive_type("pong"));
}

TEST(WebSocketTest, ABadRoomNameIsAnErrorAndMayBeMended) {
    const Server server;
    const auto socket = server.connect();
    socket->send(R"({"type":"join","room":"a/../b","name":"Ada"})");
    expect_error(*socket, "bad-request");
    socket->send(join_text);
    EXPECT_TRUE(socket->receive_type("joined"));
}

TEST(WebSocketTest, TenBadRequestsAreEnough) {
    const Server server;
    const auto socket = server.connect();
    for (int i = 0; i < 10; ++i)
        socket->send("nonsense");
    for (int i = 0; i < 10; ++i)
        expect_error(*socket, "bad-request");
    EXPECT_EQ(socket->wait_closed(), 1008);
}

TEST(WebSocketTest, BinaryIsABadRequest) {
    const Server server;
    const auto socket = server.connect();
    socket->send_binary("{}");
    expect_error(*socket, "bad-request");
}

TEST(WebSocketTest, AFloodIsClosed) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    ASSERT_TRUE(socket->receive_type("joined"));
    for (int i = 0; i < 400; ++i)
        socket->send(R"({"type":"ping"})");
    expect_error(*socket, "rate-limited");
    EXPECT_EQ(socket->wait_closed(), 1008);
    EXPECT_TRUE(server.media->next<room::Detach>());
}

TEST(WebSocketTest, AnOversizedMessageIsClosed) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    ASSERT_TRUE(socket->receive_type("joined"));
    // Exactly the limit is taken ...
    std::string text = R"({"type":"message","text":""})";
    text.insert(text.size() - 2, 64 * 1024 - text.size(), 'x');
    socket->send(text);
    EXPECT_TRUE(server.media->next<room::Message>());
    // ... one byte more is not.
    text.insert(text.size() - 2, 1, 'x');
    socket->send(text);
    expect_error(*socket, "too-large");
    EXPECT_EQ(socket->wait_closed(), 1009);
}

TEST(WebSocketTest, ErrorsOfTheRoomDoToTheConnectionWhatTheDocumentSays) {
    const Server server{local_config(), [](FakeMediaServer& media, const room::Command& command) {
                            if (std::holds_alternative<room::Join>(command.body)) {
                                media.emit(
                                    {command.client, command.request_id,
                                     room::ErrorEvent{room::ErrorCode::room_full, "full", ""}});
                            }
                        }};
    const auto socket = server.connect();
    socket->send(join_text);
    expect_error(*socket, "room-full");
    socket->send(join_text); // not joined: may try again
    expect_error(*socket, "room-full");
    socket->send(R"({"type":"ping"})");
    expect_error(*socket, "not-joined");
    EXPECT_EQ(socket->wait_closed(), 1008);
}

TEST(WebSocketTest, WithoutAMediaServerAJoinIsToldSo) {
    const Server server;
    server.service->set_media_server(nullptr);
    const auto socket = server.connect();
    socket->send(join_text);
    expect_error(*socket, "internal");
    server.service->set_media_server(server.media);
    socket->send(join_text);
    EXPECT_TRUE(socket->receive_type("joined"));
}

TEST(WebSocketTest, WhenTheMediaServerGoesEverybodyIsToldToComeBack) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    ASSERT_TRUE(socket->receive_type("joined"));
    server.service->set_media_server(nullptr);
    EXPECT_FALSE(server.media->has_handler());
    EXPECT_EQ(socket->receive().value_or(""), R"({"type":"left","reason":"draining"})");
    EXPECT_EQ(socket->wait_closed(), 1001);
}

TEST(WebSocketTest, StoppingTellsClientsAndRoom) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    ASSERT_TRUE(socket->receive_type("joined"));
    std::thread stopper{[&] { server.service->stop(); }};
    EXPECT_EQ(socket->receive().value_or(""), R"({"type":"left","reason":"draining"})");
    EXPECT_EQ(socket->wait_closed(), 1001);
    stopper.join();
    EXPECT_TRUE(server.media->next<room::Detach>());
}

TEST(WebSocketTest, DrainingLetsNobodyInAndSaysWhenTheLastHasGone) {
    auto config = local_config();
    config.drain_timeout = 300ms;
    std::atomic<bool> drained{false};
    const Server server{config, friendly, [&] { drained = true; }};
    const auto early = server.connect();
    early->send(join_text);
    ASSERT_TRUE(early->receive_type("joined"));
    EXPECT_EQ(server.request({"GET", "/readyz", {}, {}}).status, 200U);

    server.service->drain();
    while (server.request({"GET", "/readyz", {}, {}}).status != 503U)
        g_usleep(1000);
    const auto late = server.connect();
    expect_error(*late, "server-draining");
    EXPECT_EQ(late->wait_closed(), 1001);
    EXPECT_FALSE(drained);
    EXPECT_TRUE(early->receive_type("left"));
    EXPECT_EQ(early->wait_closed(), 1001);
    for (int i = 0; i < 2000 && !drained; ++i)
        g_usleep(1000);
    EXPECT_TRUE(drained);
}

TEST(WebSocketTest, AClientThatDoesNotReadIsCutOff) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    const auto client = server.media->next<room::Join>()->client;
    ASSERT_TRUE(socket->receive_type("joined"));
    // This thread does not turn its main context, so that nothing is read.
    const std::string payload = "\"text\":\"" + std::string(60'000, 'x') + "\"";
    for (int i = 0; i < 400; ++i) {
        server.media->emit({client, "", room::MessageEvent{"p-2", "", payload}});
    }
    EXPECT_TRUE(server.media->next<room::Detach>());
}

TEST(WebSocketTest, AClientThatReadsSlowlyGetsEverything) {
    const Server server;
    const auto socket = server.connect();
    socket->send(join_text);
    const auto client = server.media->next<room::Join>()->client;
    ASSERT_TRUE(socket->receive_type("joined"));
    const std::string payload = "\"text\":\"" + std::string(60'000, 'x') + "\"";
    for (int i = 0; i < 50; ++i) {
        server.media->emit({client, "", room::MessageEvent{"p-2", "", payload}});
    }
    g_usleep(100'000);
    for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(socket->receive_type("message")) << i;
}

/// A WebSocket by hand, for what no library would send.
class RawWebSocket {
  public:
    explicit RawWebSocket(unsigned port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval limit{10, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_TRUE(send("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                         "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                         "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));
        handshake = receive();
    }
    ~RawWebSocket() { ::close(fd_); }
    RawWebSocket(const RawWebSocket&) = delete;
    RawWebSocket& operator=(const RawWebSocket&) = delete;

    bool send(const std::string& bytes) {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
    }
    /// What comes next; empty at the end.
    std::string receive() {
        char buffer[4096];
        const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
        return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string{};
    }

    std::string handshake;

  private:
    int fd_;
};

TEST(WebSocketTest, NoExtensionIsTaken) {
    const Server server;
    const RawWebSocket socket{server.port()};
    EXPECT_EQ(socket.handshake.rfind("HTTP/1.1 101", 0), 0U) << socket.handshake;
    EXPECT_EQ(socket.handshake.find("deflate"), std::string::npos) << socket.handshake;
}

TEST(WebSocketTest, AClientThatAnswersNoPingIsDropped) {
    auto config = local_config();
    config.ping_interval = 1s;
    config.silence_limit = 2500ms; // timers of whole seconds may be late by one
    const Server server{config};
    const auto reader = server.connect(); // answers pings
    std::string said;
    std::atomic<bool> dropped{false};
    std::thread silent{[&] {
        RawWebSocket socket{server.port()};
        for (std::string some; !(some = socket.receive()).empty();) {
            said += some;
        }
        dropped = true;
    }};
    while (!dropped) {
        EXPECT_FALSE(reader->receive(0.05));
    }
    silent.join();
    EXPECT_NE(said.find('\x89'), std::string::npos) << "a ping";
    reader->send(join_text);
    EXPECT_TRUE(reader->receive_type("joined")) << "who answers stays";
}

// Fragments of one message that never ends would fill the server's memory.
TEST(WebSocketTest, AMessageInEndlessFragmentsIsCutOff) {
    const Server server;
    RawWebSocket socket{server.port()};
    // 1 KiB a frame, masked with zeroes: a text frame without FIN, then continuations.
    std::string frame{"\x01\xfe\x04\x00\0\0\0\0", 8};
    frame += std::string(1024, 'x');
    for (int i = 0; i < 4096 && socket.send(frame); ++i) {
        frame[0] = 0;
        if (i % 64 == 0) g_usleep(1000);
    }
    // What the server says before it closes: too-large, 1009.
    std::string said;
    const auto complete = [&] {
        const auto error = said.find("too-large");
        return error != std::string::npos && said.find('\x88', error) != std::string::npos;
    };
    for (std::string some; !complete() && !(some = socket.receive()).empty();)
        said += some;
    EXPECT_NE(said.find("too-large"), std::string::npos);
    EXPECT_NE(said.find('\x88'), std::string::npos) << "a close frame";
}

TEST(WebSocketTest, AnOrdinaryRequestIsToldToUpgrade) {
    const Server server;
    EXPECT_EQ(server.request({"GET", "/ws", {}, {}}).status, 426U);
    EXPECT_EQ(server.request({"POST", "/ws", {}, "x"}).status, 426U);
    EXPECT_EQ(server.request({"GET", "/ws/other", {}, {}}).status, 404U);
}

TEST(WebSocketTest, PagesOfOtherSitesDoNotReachAnOpenLoopbackServer) {
    const Server server;
    EXPECT_FALSE(WebSocket::connect(server.port(), "https://evil.example"));
    EXPECT_FALSE(WebSocket::connect(server.port(), "null"));
    EXPECT_TRUE(WebSocket::connect(server.port(), "http://localhost:3000"));
    EXPECT_TRUE(WebSocket::connect(server.port(), "http://127.0.0.1:8080"));
    auto config = local_config();
    config.jwt_secret = "secret";
    const Server with_tokens{config};
    EXPECT_TRUE(WebSocket::connect(with_tokens.port(), "https://other.example"));
}

std::string token(const char* claims) {
    jwt_t* made = nullptr;
    jwt_new(&made);
    const std::unique_ptr<jwt_t, FreeWith<jwt_free>> jwt{made};
    jwt_add_grants_json(jwt.get(), claims);
    jwt_set_alg(jwt.get(), JWT_ALG_HS256, reinterpret_cast<const unsigned char*>("secret"), 6);
    const std::unique_ptr<char, FreeWith<free>> text{jwt_encode_str(jwt.get())};
    return text.get();
}

class WithTokens : public testing::Test {
  protected:
    WithTokens() {
        auto config = local_config();
        config.jwt_secret = "secret";
        server = std::make_unique<Server>(config);
        socket = server->connect();
    }
    void join(const std::string& token_text, const char* more = "") {
        socket->send(fmt::format(R"({{"type":"join","room":"call","name":"Ada","token":"{}"{}}})",
                                 token_text, more));
    }

    std::unique_ptr<Server> server;
    std::unique_ptr<WebSocket> socket;
};

TEST_F(WithTokens, NoTokenIsUnauthorized) {
    socket->send(join_text);
    expect_error(*socket, "unauthorized");
    EXPECT_EQ(socket->wait_closed(), 1008);
}

TEST_F(WithTokens, AnExpiredTokenIsUnauthorized) {
    join(token(R"({"room":"call","exp":1000})"));
    expect_error(*socket, "unauthorized");
    EXPECT_EQ(socket->wait_closed(), 1008);
}

TEST_F(WithTokens, AnotherRoomsTokenIsForbiddenAndTheRightOneStillOpens) {
    join(token(R"({"room":"other"})"));
    expect_error(*socket, "forbidden");
    join(token(R"({"room":"ca*","sub":"ada","name":"Countess","message":false})"));
    const auto command = server->media->next<room::Join>();
    ASSERT_TRUE(command);
    const auto& admitted = std::get<room::Join>(command->body);
    EXPECT_EQ(admitted.participant, "ada");
    EXPECT_EQ(admitted.name, "Countess");
    EXPECT_FALSE(admitted.permissions.message);
    EXPECT_TRUE(admitted.permissions.publish);
}

TEST_F(WithTokens, AnotherParticipantsTokenIsForbidden) {
    join(token(R"({"room":"call","sub":"ada"})"), R"(,"participant":"grace")");
    expect_error(*socket, "forbidden");
}

} // namespace
} // namespace parley::test
