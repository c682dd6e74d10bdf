#include "elements/signaling/session_endpoints.hpp"

#include "core/base/random.hpp"
#include "elements/common/names.hpp"
#include "elements/common/steady_time.hpp"
#include "elements/signaling/http_session.hpp"

#include <optional>

namespace parley::signaling {
namespace {

constexpr const char* sdp_type = "application/sdp";
constexpr const char* fragment_type = "application/trickle-ice-sdpfrag";

// New sessions of one address. A proxy on this machine brings everybody from loopback, which is
// therefore not limited.
constexpr double sessions_per_second = 10;
constexpr double session_burst = 100;
constexpr std::size_t remembered_addresses = 10'000;

bool accepts_sdp(const std::string& accept) {
    return accept.empty() || accept.find(sdp_type) != std::string::npos ||
           accept.find("*/*") != std::string::npos ||
           accept.find("application/*") != std::string::npos;
}

void answer_preflight(HttpExchange& exchange, const char* methods) {
    exchange.add_header("Access-Control-Allow-Methods", methods)
        .add_header("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match")
        .add_header("Access-Control-Max-Age", "86400")
        .add_header("Allow", methods);
}

void refuse(HttpExchange& exchange, const Refusal& refusal) {
    const auto status = http_status_of(refusal.code);
    if (status == SOUP_STATUS_UNAUTHORIZED) exchange.add_header("WWW-Authenticate", "Bearer");
    exchange.problem(status, refusal.text);
}

} // namespace

/// What an endpoint's path names.
struct SessionEndpoints::Target {
    HttpSession::Kind kind = HttpSession::Kind::publisher;
    std::string room;
    std::string participant; ///< whom a viewer wants to see; empty: the mix, or the loudest

    static std::optional<Target> parse(const std::vector<std::string>& path) {
        const bool publishes = path.at(0) == "whip";
        if (path.size() < 2 || path.size() > (publishes ? 2 : 3)) return std::nullopt;
        Target target{publishes ? HttpSession::Kind::publisher : HttpSession::Kind::viewer, path[1],
                      path.size() == 3 ? path[2] : ""};
        if (!is_identifier(target.room)) return std::nullopt;
        if (path.size() == 3 && !is_identifier(target.participant)) return std::nullopt;
        return target;
    }
};

void SessionEndpoints::serve_endpoint(HttpExchange& exchange) {
    add_cors_headers(exchange);
    const auto target = Target::parse(exchange.segments());
    if (!target) {
        exchange.problem(SOUP_STATUS_NOT_FOUND,
                         "the address is /whip/ROOM, /whep/ROOM or /whep/ROOM/PARTICIPANT, with "
                         "names of 1 to 64 letters, digits, '.', '_' or '-'");
        return;
    }
    if (exchange.method() == "OPTIONS") {
        answer_preflight(exchange, "POST, OPTIONS");
        exchange.add_header("Accept-Post", sdp_type);
        // TURN credentials are for those who may use them; a browser's preflight brings no token.
        if (const auto grant = hub_.admit(exchange.bearer_token(), target->room)) {
            for (const auto& link :
                 to_links(ice_servers_for(hub_.config().ice, grant->participant, wall_seconds()))) {
                exchange.add_header("Link", link);
            }
        }
        exchange.reply_empty(SOUP_STATUS_OK);
    } else if (exchange.method() == "POST") {
        create(exchange, *target);
    } else {
        exchange.method_not_allowed("POST, OPTIONS");
    }
}

void SessionEndpoints::create(HttpExchange& exchange, const Target& target) {
    const bool publishes = target.kind == HttpSession::Kind::publisher;
    if (exchange.content_type() != sdp_type) {
        exchange.add_header("Accept-Post", sdp_type);
        exchange.problem(SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE,
                         "the offer is sent as application/sdp");
        return;
    }
    if (!accepts_sdp(exchange.header("Accept"))) {
        exchange.problem(SOUP_STATUS_NOT_ACCEPTABLE, "the answer is application/sdp");
        return;
    }
    const auto token = exchange.bearer_token();
    const auto grant = hub_.admit(token, target.room);
    if (!grant) {
        refuse(exchange, grant.error());
        return;
    }
    if (publishes ? !grant->permissions.publish : !grant->permissions.subscribe) {
        exchange.problem(SOUP_STATUS_FORBIDDEN, publishes
                                                    ? "the token does not allow to publish"
                                                    : "the token does not allow to subscribe");
        return;
    }
    if (!within_rate(exchange.remote())) {
        exchange.add_header("Retry-After", "1");
        exchange.problem(429, "too many sessions a second from this address");
        return;
    }
    if (hub_.draining()) {
        exchange.add_header("Retry-After", "2");
        exchange.problem(SOUP_STATUS_SERVICE_UNAVAILABLE, "the server is going down");
        return;
    }
    auto offer = exchange.body();
    if (offer.compare(0, 3, "v=0") != 0) {
        exchange.problem(SOUP_STATUS_BAD_REQUEST, "the body must be an SDP offer");
        return;
    }

    HttpSession::Start start;
    start.kind = target.kind;
    start.id = random_token(32);
    start.room = target.room;
    start.token = token;
    start.join = hub_.new_join(*grant, exchange.remote());
    start.join.auto_subscribe = false;
    if (publishes) {
        if (start.join.name.empty()) start.join.name = exchange.query("name");
        if (start.join.name.empty()) start.join.name = "WHIP";
        if (!is_display_name(start.join.name)) {
            exchange.problem(SOUP_STATUS_BAD_REQUEST, "name: cannot be shown");
            return;
        }
        start.join.consent = exchange.query("consent") == "true";
    } else {
        start.join.name = "WHEP";
        start.join.participant.clear(); // a viewer is nobody; many may view with one token
        start.join.hidden = true;
        start.join.view = target.participant;
    }
    start.offer = std::move(offer);
    // Ids that URLs carry as they are: random_token's alphabet has '/' and '+'.
    for (auto& c : start.id) {
        if (c == '/') c = '_';
        if (c == '+') c = '-';
    }
    const auto id = start.id;
    // The session may be over before start() returns: it is known to `sessions_` by then only if
    // not.
    auto over = std::make_shared<bool>(false);
    auto session = HttpSession::start(hub_, std::move(start), exchange, [this, id, over] {
        *over = true;
        sessions_.erase(id);
    });
    if (!*over) sessions_.emplace(id, std::move(session));
}

void SessionEndpoints::serve_session(HttpExchange& exchange) {
    add_cors_headers(exchange);
    const auto path = exchange.segments();
    if (exchange.method() == "OPTIONS") {
        answer_preflight(exchange, "PATCH, DELETE, OPTIONS");
        exchange.add_header("Accept-Patch", fragment_type);
        exchange.reply_empty(SOUP_STATUS_OK);
        return;
    }
    if (exchange.method() != "PATCH" && exchange.method() != "DELETE") {
        exchange.method_not_allowed("PATCH, DELETE, OPTIONS");
        return;
    }
    const auto found = path.size() == 2 ? sessions_.find(path[1]) : sessions_.end();
    if (found == sessions_.end()) {
        exchange.problem(SOUP_STATUS_NOT_FOUND, "there is no such session");
        return;
    }
    const auto session = found->second;
    // A session may outlive its token: the one that opened it keeps working on it.
    const auto token = exchange.bearer_token();
    if (token != session->token()) {
        if (const auto grant = hub_.admit(token, session->room()); !grant) {
            refuse(exchange, grant.error());
            return;
        }
    }
    if (exchange.method() == "DELETE") {
        session->leave();
        exchange.reply_empty(SOUP_STATUS_OK);
    } else if (exchange.content_type() != fragment_type) {
        exchange.add_header("Accept-Patch", fragment_type);
        exchange.problem(SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE,
                         "a patch is sent as application/trickle-ice-sdpfrag");
    } else {
        session->patch(exchange);
    }
}

bool SessionEndpoints::within_rate(const IpAddress& address) {
    if (address.is_loopback()) return true;
    const auto now = steady_now();
    if (rates_.size() >= remembered_addresses) rates_.clear();
    return rates_.try_emplace(address, sessions_per_second, session_burst, now)
        .first->second.take(now);
}

} // namespace parley::signaling
