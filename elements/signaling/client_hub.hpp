// Every signalling connection that a room may speak to, by its ClientId; and what all of them
// share. Lives on the signalling thread.
#pragma once

#include "elements/signaling/config.hpp"
#include "elements/signaling/media_port.hpp"
#include "elements/signaling/tokens.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace parley::signaling {

/// A WebSocket, a WHIP or a WHEP session.
class Client {
  public:
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    virtual ~Client() = default;

    virtual void on_event(room::Event event) = 0;
    /// The server goes down, or the media server has gone: say so and go.
    virtual void on_draining() = 0;
};

/// Why somebody is not let in.
struct Refusal {
    room::ErrorCode code = room::ErrorCode::unauthorized;
    std::string text;
};

class ClientHub {
  public:
    explicit ClientHub(Config config) : config_{std::move(config)} {}

    void set_media(MediaPort* media) { media_ = media; }
    [[nodiscard]] MediaPort& media() { return *media_; }
    [[nodiscard]] const Config& config() const { return config_; }

    [[nodiscard]] bool draining() const { return draining_; }
    void set_draining() { draining_ = true; }

    room::ClientId add(std::shared_ptr<Client> client);
    void remove(room::ClientId id);
    [[nodiscard]] bool empty() const { return clients_.empty(); }

    void dispatch(room::Event event);
    void drain_clients();

    /// Whether a token lets its bearer into a room, and with which rights.
    [[nodiscard]] tl::expected<Grant, Refusal> admit(const std::string& token,
                                                     const std::string& room) const;
    /// A join as this server's properties want it.
    [[nodiscard]] room::Join new_join(const Grant& grant, const IpAddress& remote) const;

  private:
    const Config config_;
    MediaPort* media_ = nullptr;
    bool draining_ = false;
    std::unordered_map<room::ClientId, std::shared_ptr<Client>> clients_;
};

} // namespace parley::signaling
