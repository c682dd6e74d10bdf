// Everything plain HTTP: the page, health, statistics, limits, what is refused at start.
#include "elements/common/json.hpp"
#include "tests/elements/support/server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace parley::test {
namespace {

namespace fs = std::filesystem;

class Page : public testing::Test {
  protected:
    Page() {
        GErrorOut error;
        const GStringPtr made{g_dir_make_tmp("parley-page-XXXXXX", error)};
        base = made.get();
        root = base / "web";
        fs::create_directories(root / "js");
        fs::create_directories(root / ".git");
        std::ofstream{root / "index.html"} << "<p>page</p>";
        std::ofstream{root / "js/app.js"} << "run()";
        std::ofstream{root / ".git/config"} << "hidden";
        std::ofstream{base / "secret.txt"} << "secret";
        fs::create_directories(base / "web-other");
        std::ofstream{base / "web-other/x.txt"} << "sibling";
        fs::create_symlink(base / "secret.txt", root / "link.txt");
        fs::create_symlink("js/app.js", root / "inside.js");
        fs::create_symlink(base, root / "up");
        auto config = local_config();
        config.web_root = root.string();
        server = std::make_unique<Server>(config);
    }
    ~Page() override { fs::remove_all(base); }

    Response get(const std::string& path, std::vector<std::string> headers = {}) {
        return server->request({"GET", path, std::move(headers), {}});
    }

    fs::path base;
    fs::path root;
    std::unique_ptr<Server> server;
};

TEST_F(Page, IsServedWithItsType) {
    const auto index = get("/");
    EXPECT_EQ(index.status, 200U);
    EXPECT_EQ(index.body, "<p>page</p>");
    EXPECT_EQ(index.header("content-type"), "text/html; charset=utf-8");
    EXPECT_EQ(index.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(get("/?room=x&name=y").body, "<p>page</p>");
    const auto script = get("/js/app.js");
    EXPECT_EQ(script.body, "run()");
    EXPECT_EQ(script.header("content-type"), "text/javascript; charset=utf-8");
    EXPECT_EQ(get("/inside.js").body, "run()") << "a link that stays inside is no escape";
    EXPECT_EQ(get("/none.js").status, 404U);
}

TEST_F(Page, IsNotSentAgainWhenUnchanged) {
    const auto first = get("/js/app.js");
    const auto again = get("/js/app.js", {"If-None-Match: " + first.header("etag")});
    EXPECT_EQ(again.status, 304U);
    EXPECT_EQ(again.body, "");
    std::ofstream{root / "js/app.js"} << "run(2)";
    EXPECT_EQ(get("/js/app.js", {"If-None-Match: " + first.header("etag")}).body, "run(2)");
}

TEST_F(Page, HeadHasNoBody) {
    const auto head = server->request({"HEAD", "/", {}, {}});
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(server->request({"POST", "/", {}, "x"}).status, 405U);
}

TEST_F(Page, NothingOutsideIsServed) {
    for (const auto* path :
         {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/js/../../secret.txt",
          "/js/%2e%2e/%2e%2e/secret.txt", "/link.txt", "/up/secret.txt", "/../web-other/x.txt",
          "/.git/config", "//etc/passwd", "/%00", "/index.html%00.js", "/..\\secret.txt",
          "/%5c..%5csecret.txt", "/%252e%252e/secret.txt", "/./../secret.txt"}) {
        const auto response = get(path);
        EXPECT_EQ(response.body.find("secret"), std::string::npos) << path;
        EXPECT_EQ(response.body.find("sibling"), std::string::npos) << path;
        EXPECT_NE(response.status, 200U) << path;
    }
}

TEST(Http, HealthAndReadiness) {
    const Server server;
    EXPECT_EQ(server.request({"GET", "/healthz", {}, {}}).status, 200U);
    EXPECT_EQ(server.request({"GET", "/readyz", {}, {}}).status, 200U);
    EXPECT_EQ(server.request({"POST", "/healthz", {}, "x"}).status, 405U);
    server.service->set_media_server(nullptr);
    EXPECT_EQ(server.request({"GET", "/healthz", {}, {}}).status, 200U);
    const auto not_ready = server.request({"GET", "/readyz", {}, {}});
    EXPECT_EQ(not_ready.status, 503U);
    EXPECT_EQ(not_ready.header("content-type"), "application/problem+json");
}

room::ServerStats some_stats() {
    room::TrackStats track;
    track.info = {"p-1/camera", "p-1", room::TrackKind::video, room::TrackSource::camera, "VP8",
                  false,        {}};
    track.layers.resize(1);
    track.layers[0].rid = "q";
    track.layers[0].packets_received = 7;
    room::RoomStats room;
    room.name = "call";
    room.participants = {{"p-1", "A \"quoted\" name", room::Role::participant}};
    room.tracks = {track};
    room::WorkerStats worker;
    worker.port = 10000;
    worker.packets_received = 42;
    worker.rooms = {room};
    return {{worker}};
}

TEST(Http, StatisticsAreJsonAndMetrics) {
    const Server server;
    server.media->stats = some_stats();
    const auto rooms = server.request({"GET", "/api/v1/rooms", {}, {}});
    EXPECT_EQ(rooms.status, 200U);
    EXPECT_EQ(rooms.body, R"({"rooms":[{"name":"call","worker":0,"participants":[{"id":"p-1",)"
                          R"("name":"A \"quoted\" name","role":"participant"}],)"
                          R"("tracks":["p-1/camera"]}]})");
    const auto stats = server.request({"GET", "/api/v1/stats", {}, {}});
    ASSERT_TRUE(json::Document::parse_object(stats.body)) << stats.body;
    EXPECT_NE(stats.body.find(R"("packetsReceived":42)"), std::string::npos);
    const auto metrics = server.request({"GET", "/metrics", {}, {}});
    EXPECT_NE(metrics.body.find("parley_received_packets_total{worker=\"0\"} 42\n"),
              std::string::npos);
    EXPECT_NE(metrics.body.find("parley_layer_received_packets_total{room=\"call\","
                                "track=\"p-1/camera\",rid=\"q\"} 7\n"),
              std::string::npos);
    EXPECT_EQ(server.request({"GET", "/api/v1/other", {}, {}}).status, 404U);
    EXPECT_EQ(server.request({"DELETE", "/api/v1/rooms", {}, {}}).status, 405U);
    server.service->set_media_server(nullptr);
    EXPECT_EQ(server.request({"GET", "/metrics", {}, {}}).status, 503U);
}

TEST(Http, ConsentIsGivenForAMachine) {
    const Server server;
    server.media->stats = some_stats();
    const std::string path = "/api/v1/rooms/call/participants/p-1/consent";
    EXPECT_EQ(server.request({"PUT", path, {}, "true\n"}).status, 204U);
    const auto given = server.media->next<room::ConsentFor>();
    ASSERT_TRUE(given);
    EXPECT_EQ(given->room, "call");
    EXPECT_EQ(std::get<room::ConsentFor>(given->body).participant, "p-1");
    EXPECT_TRUE(std::get<room::ConsentFor>(given->body).recording);
    EXPECT_EQ(server.request({"PUT", path, {}, "false"}).status, 204U);
    const auto taken = server.media->next<room::ConsentFor>();
    ASSERT_TRUE(taken);
    EXPECT_FALSE(std::get<room::ConsentFor>(taken->body).recording);
    EXPECT_EQ(server.request({"PUT", path, {}, "yes"}).status, 400U);
    EXPECT_EQ(server.request({"GET", path, {}, {}}).status, 405U);
    const auto nobody = "/api/v1/rooms/call/participants/p-2/consent";
    EXPECT_EQ(server.request({"PUT", nobody, {}, "true"}).status, 404U);
    server.service->set_media_server(nullptr);
    EXPECT_EQ(server.request({"PUT", path, {}, "true"}).status, 503U);
}

TEST(Http, StatisticsNeedTheAdminRightWhereTokensAreAskedFor) {
    auto config = local_config();
    config.jwt_secret = "secret";
    const Server server{config};
    for (const auto* path : {"/metrics", "/api/v1/rooms", "/api/v1/stats"}) {
        const auto response = server.request({"GET", path, {}, {}});
        EXPECT_EQ(response.status, 401U) << path;
        EXPECT_EQ(response.header("www-authenticate"), "Bearer");
    }
    EXPECT_EQ(server.request({"GET", "/healthz", {}, {}}).status, 200U);
}

TEST(Http, ABodyThatIsTooLargeIsRefused) {
    const Server server;
    const auto response = server.request(
        {"POST", "/whip/call", {"Content-Type: application/sdp"}, std::string(300 * 1024, 'x')});
    EXPECT_EQ(response.status, 413U);
    // Chunked: the size is known only when it has come.
    std::string chunks;
    for (int i = 0; i < 300; ++i)
        chunks += "400\r\n" + std::string(1024, 'x') + "\r\n";
    Request chunked{"POST",
                    "/whip/call",
                    {"Content-Type: application/sdp", "Transfer-Encoding: chunked"},
                    chunks + "0\r\n\r\n"};
    EXPECT_EQ(server.request(chunked).status, 413U);
}

TEST(Http, ConnectionsOfOneAddressAreLimited) {
    auto config = local_config();
    config.max_connections_per_address = 3;
    const Server server{config};
    std::vector<std::unique_ptr<WebSocket>> sockets;
    for (int i = 0; i < 3; ++i)
        sockets.push_back(server.connect());
    EXPECT_TRUE(sockets.back());
    EXPECT_EQ(server.request({"GET", "/healthz", {}, {}}).status, 0U);
    EXPECT_FALSE(server.connect());
    sockets.clear();
    for (int i = 0; i < 200; ++i) {
        if (server.request({"GET", "/healthz", {}, {}}).status == 200U) return;
        g_usleep(10'000);
    }
    FAIL() << "places that were given back stay taken";
}

TEST(Http, AConnectionThatAsksForNothingIsClosed) {
    auto config = local_config();
    config.idle_limit = 300ms;
    config.max_connections_per_address = 1;
    const Server server{config};
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(server.port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval limit{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    // Half a request.
    ASSERT_GT(::send(fd, "GET / HTTP/1.1\r\nHo", 18, MSG_NOSIGNAL), 0);
    char byte = 0;
    errno = 0;
    EXPECT_LE(::recv(fd, &byte, 1, 0), 0);
    EXPECT_NE(errno, EAGAIN) << "nobody has closed it";
    ::close(fd);
}

TEST(Http, Ipv6IsServed) {
    auto config = local_config();
    config.listen = *signaling::parse_listen("[::1]:0");
    const auto started = signaling::Service::start(config);
    if (!started) GTEST_SKIP() << started.error().text;
    auto session = adopt_ptr(soup_session_new());
    const auto message = adopt_ptr(soup_message_new(
        "GET", fmt::format("http://[::1]:{}/healthz", (*started)->address().port).c_str()));
    const auto body =
        adopt_ptr(soup_session_send_and_read(session.get(), message.get(), nullptr, nullptr));
    EXPECT_TRUE(body);
    EXPECT_EQ(soup_message_get_status(message.get()), 200U);
}

/// A certificate of a day, made by the openssl command.
class Tls : public testing::Test {
  protected:
    Tls() {
        GErrorOut error;
        const GStringPtr made{g_dir_make_tmp("parley-tls-XXXXXX", error)};
        folder = made.get();
        const auto command = fmt::format(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
            "-subj /CN=localhost -keyout {0}/key.pem -out {0}/cert.pem 2>/dev/null",
            folder.string());
        ready = std::system(command.c_str()) == 0;
    }
    ~Tls() override { fs::remove_all(folder); }

    fs::path folder;
    bool ready = false;
};

TEST_F(Tls, SpeaksHttpsAndWss) {
    if (!ready) GTEST_SKIP() << "there is no openssl command";
    auto config = local_config();
    config.tls_cert = folder / "cert.pem";
    config.tls_key = folder / "key.pem";
    const Server server{config};
    auto session = adopt_ptr(soup_session_new());
    const auto trust = +[](SoupMessage*, GTlsCertificate*, GTlsCertificateFlags, gpointer) {
        return gboolean{TRUE};
    };
    const auto message = adopt_ptr(
        soup_message_new("GET", fmt::format("https://127.0.0.1:{}/readyz", server.port()).c_str()));
    g_signal_connect(message.get(), "accept-certificate", G_CALLBACK(trust), nullptr);
    GErrorOut error;
    const auto body =
        adopt_ptr(soup_session_send_and_read(session.get(), message.get(), nullptr, error));
    ASSERT_TRUE(body) << error.message();
    EXPECT_EQ(soup_message_get_status(message.get()), 200U);

    const auto socket = WebSocket::connect_tls(server.port());
    ASSERT_TRUE(socket);
    socket->send(join_text);
    EXPECT_TRUE(socket->receive_type("joined"));
    // A large message goes through TLS' own buffers.
    const auto client = server.media->next<room::Join>()->client;
    server.media->emit(
        {client, "",
         room::MessageEvent{"p-2", "", "\"text\":\"" + std::string(60'000, 'x') + "\""}});
    EXPECT_TRUE(socket->receive_type("message"));
    server.service->stop();
    EXPECT_TRUE(socket->receive_type("left"));
}

std::string refusal(signaling::Config config) {
    const auto started = signaling::Service::start(std::move(config));
    return started ? "" : started.error().text;
}

TEST(Start, AnOpenServerForOthersIsRefusedWithBothRemedies) {
    for (const auto* listen : {"0.0.0.0:0", "[::]:0"}) {
        auto config = local_config();
        config.listen = *signaling::parse_listen(listen);
        const auto why = refusal(config);
        EXPECT_NE(why.find("jwt-secret"), std::string::npos) << why;
        EXPECT_NE(why.find("insecure=true"), std::string::npos) << why;
        config.insecure = true;
        EXPECT_EQ(refusal(config), "");
        config.insecure = false;
        config.jwt_secret = "secret";
        EXPECT_EQ(refusal(config), "");
    }
}

TEST(Start, APortInUseIsNamed) {
    const Server first;
    auto config = local_config();
    config.listen.port = static_cast<std::uint16_t>(first.port());
    const auto why = refusal(config);
    EXPECT_NE(why.find(fmt::format("port {} is in use", first.port())), std::string::npos) << why;
}

TEST(Start, TlsNeedsBothFilesAndGoodOnes) {
    auto config = local_config();
    config.tls_cert = "/nowhere/cert.pem";
    EXPECT_NE(refusal(config).find("tls-key"), std::string::npos);
    config.tls_key = "/nowhere/key.pem";
    EXPECT_NE(refusal(config).find("/nowhere/cert.pem"), std::string::npos);
}

TEST(Start, AFolderWithoutAPageIsNamed) {
    auto config = local_config();
    config.web_root = "/nowhere";
    EXPECT_NE(refusal(config).find("/nowhere"), std::string::npos);
}

TEST(Start, ListenIsParsed) {
    using signaling::parse_listen;
    EXPECT_EQ(parse_listen("127.0.0.1:8080")->to_string(), "127.0.0.1:8080");
    EXPECT_EQ(parse_listen("[::]:8443")->to_string(), "[::]:8443");
    EXPECT_EQ(parse_listen("localhost:1")->to_string(), "127.0.0.1:1");
    for (const auto* bad : {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000",
                            "::1:8080", "[::1:8080", "example.org:80", ":8080", "127.0.0.1:80 "}) {
        EXPECT_FALSE(parse_listen(bad)) << bad;
    }
}

} // namespace
} // namespace parley::test
