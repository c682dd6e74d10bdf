#include "elements/signaling/client_hub.hpp"

#include "elements/common/steady_time.hpp"

#include <fmt/format.h>

#include <atomic>
#include <vector>

namespace parley::signaling {

room::ClientId ClientHub::add(std::shared_ptr<Client> client) {
    // One count for the process: a media server may see more than one signalling element in its
    // life, and must not take one's client for another's.
    static std::atomic<std::uint64_t> next{1};
    const auto id = room::ClientId{next.fetch_add(1, std::memory_order_relaxed)};
    clients_.emplace(id, std::move(client));
    return id;
}

void ClientHub::remove(room::ClientId id) {
    clients_.erase(id);
}

void ClientHub::dispatch(room::Event event) {
    const auto found = clients_.find(event.client);
    if (found == clients_.end()) return;
    const auto client = found->second; // it may remove itself
    client->on_event(std::move(event));
}

void ClientHub::drain_clients() {
    std::vector<std::shared_ptr<Client>> clients;
    clients.reserve(clients_.size());
    for (const auto& [id, client] : clients_)
        clients.push_back(client);
    for (const auto& client : clients)
        client->on_draining();
}

tl::expected<Grant, Refusal> ClientHub::admit(const std::string& token,
                                              const std::string& room) const {
    if (config_.jwt_secret.empty()) return open_grant();
    auto grant = verify_token(token, config_.jwt_secret, wall_seconds());
    if (!grant) {
        return tl::make_unexpected(Refusal{room::ErrorCode::unauthorized, grant.error().text});
    }
    if (!grant->covers(room)) {
        return tl::make_unexpected(
            Refusal{room::ErrorCode::forbidden,
                    fmt::format("the token does not open the room \"{}\"", room)});
    }
    return *grant;
}

room::Join ClientHub::new_join(const Grant& grant, const IpAddress& remote) const {
    room::Join join;
    join.name = grant.name;
    join.participant = grant.participant;
    join.permissions = grant.permissions;
    join.limits = config_.limits;
    join.loopback_candidates = config_.listen.address.is_loopback() || remote.is_loopback();
    return join;
}

} // namespace parley::signaling
