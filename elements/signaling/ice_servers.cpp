#include "elements/signaling/ice_servers.hpp"

#include "elements/common/gst_ptr.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace parley::signaling {
namespace {

bool is_uri_of(std::string_view uri, std::initializer_list<std::string_view> schemes) {
    const auto colon = uri.find(':');
    if (colon == std::string_view::npos || colon + 1 == uri.size()) return false;
    // What follows goes between < > in Link headers.
    const bool clean = std::all_of(uri.begin(), uri.end(), [](char c) {
        return g_ascii_isgraph(c) && c != '<' && c != '>' && c != '"' && c != ',';
    });
    return clean &&
           std::find(schemes.begin(), schemes.end(), uri.substr(0, colon)) != schemes.end();
}

std::string hmac_sha1_base64(std::string_view secret, std::string_view text) {
    const std::unique_ptr<GHmac, FreeWith<g_hmac_unref>> hmac{
        g_hmac_new(G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(secret.data()), secret.size())};
    g_hmac_update(hmac.get(), reinterpret_cast<const guchar*>(text.data()),
                  static_cast<gssize>(text.size()));
    guint8 digest[20];
    gsize length = sizeof digest;
    g_hmac_get_digest(hmac.get(), digest, &length);
    const GStringPtr encoded{g_base64_encode(digest, length)};
    return encoded.get();
}

} // namespace

Result<void> check(const IceServerConfig& config) {
    for (const auto& uri : config.stun_uris) {
        if (!is_uri_of(uri, {"stun", "stuns"})) {
            return fail(fmt::format("stun-uri: \"{}\" is not stun:HOST[:PORT]", uri));
        }
    }
    for (const auto& uri : config.turn_uris) {
        if (!is_uri_of(uri, {"turn", "turns"})) {
            return fail(
                fmt::format("turn-uri: \"{}\" is not turn:HOST[:PORT] or turns:HOST[:PORT]", uri));
        }
    }
    if (!config.turn_uris.empty() && config.turn_secret.empty()) {
        return fail("turn-uri needs turn-secret: the static-auth-secret of the TURN server");
    }
    return {};
}

std::vector<IceServer> ice_servers_for(const IceServerConfig& config, std::string_view participant,
                                       std::int64_t now) {
    std::vector<IceServer> servers;
    if (!config.stun_uris.empty()) servers.push_back({config.stun_uris, {}, {}});
    if (!config.turn_uris.empty()) {
        auto username = fmt::format("{}:{}", now + config.turn_ttl, participant);
        auto credential = hmac_sha1_base64(config.turn_secret, username);
        servers.push_back({config.turn_uris, std::move(username), std::move(credential)});
    }
    return servers;
}

std::vector<std::string> to_links(const std::vector<IceServer>& servers) {
    std::vector<std::string> links;
    for (const auto& server : servers) {
        for (const auto& url : server.urls) {
            auto link = fmt::format("<{}>; rel=\"ice-server\"", url);
            if (!server.username.empty()) {
                link += fmt::format("; username=\"{}\"; credential=\"{}\"; "
                                    "credential-type=\"password\"",
                                    server.username, server.credential);
            }
            links.push_back(std::move(link));
        }
    }
    return links;
}

} // namespace parley::signaling
