// A signalling server on a free port with a fake media server behind it.
#pragma once

#include "elements/signaling/service.hpp"
#include "tests/elements/support/fake_media_server.hpp"
#include "tests/elements/support/http_client.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace parley::test {

inline signaling::Config local_config() {
    signaling::Config config;
    config.listen = *signaling::parse_listen("127.0.0.1:0");
    return config;
}

class Server {
  public:
    explicit Server(signaling::Config config = local_config(),
                    FakeMediaServer::Answer answer = friendly, std::function<void()> drained = {})
        : media{std::make_shared<FakeMediaServer>(std::move(answer))} {
        auto started = signaling::Service::start(std::move(config), std::move(drained));
        if (!started) throw std::runtime_error{started.error().text};
        service = std::move(*started);
        service->set_media_server(media);
    }

    [[nodiscard]] unsigned port() const { return service->address().port; }
    Response request(const Request& r) const { return http(port(), r); }
    [[nodiscard]] std::unique_ptr<WebSocket> connect() const { return WebSocket::connect(port()); }

    std::shared_ptr<FakeMediaServer> media;
    std::unique_ptr<signaling::Service> service;
};

constexpr const char* join_text = R"({"type":"join","id":1,"room":"call","name":"Ada"})";

} // namespace parley::test
