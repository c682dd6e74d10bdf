#include "elements/signaling/tokens.hpp"

#include "elements/common/gst_ptr.hpp"
#include "elements/common/json.hpp"
#include "elements/common/names.hpp"

#include <fmt/format.h>

#include <jwt.h>

namespace parley::signaling {
namespace {

constexpr std::size_t max_token_length = std::size_t{8} * 1024;
constexpr std::int64_t clock_skew = 30;

using JwtPtr = std::unique_ptr<jwt_t, FreeWith<jwt_free>>;

Result<std::int64_t> seconds(const json::Object& claims, const char* name) {
    auto* node = claims.node(name);
    const GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;
    // NumericDate may have a fraction (RFC 7519, section 2).
    if (type == G_TYPE_INT64) return json_node_get_int(node);
    if (type == G_TYPE_DOUBLE) {
        const double value = json_node_get_double(node);
        if (value >= 0 && value < 1e12) return static_cast<std::int64_t>(value);
    }
    return fail(fmt::format("the token's {} is not a time", name));
}

Result<Grant> read_claims(const json::Object& claims, std::int64_t now) {
    if (claims.has("exp")) {
        const auto exp = seconds(claims, "exp");
        if (!exp) return tl::make_unexpected(exp.error());
        if (now - clock_skew >= *exp) return fail("the token has expired");
    }
    if (claims.has("nbf")) {
        const auto nbf = seconds(claims, "nbf");
        if (!nbf) return tl::make_unexpected(nbf.error());
        if (now + clock_skew < *nbf) return fail("the token is not valid yet");
    }
    const auto room = claims.text_or("room", "");
    const auto sub = claims.text_or("sub", "");
    const auto name = claims.text_or("name", "");
    const auto publish = claims.flag_or("publish", true);
    const auto subscribe = claims.flag_or("subscribe", true);
    const auto message = claims.flag_or("message", true);
    const auto admin = claims.flag_or("admin", false);
    for (const auto* text : {&room, &sub, &name}) {
        if (!*text) return fail("the token's " + text->error().text);
    }
    for (const auto* flag : {&publish, &subscribe, &message, &admin}) {
        if (!*flag) return fail("the token's " + flag->error().text);
    }
    if (!sub->empty() && !is_identifier(*sub)) return fail("the token's sub is no participant id");
    if (!name->empty() && !is_display_name(*name)) return fail("the token's name cannot be shown");
    return Grant{*room, *sub, *name, {*publish, *subscribe, *message, *admin}};
}

} // namespace

bool Grant::covers(const std::string& room_name) const {
    return g_pattern_match_simple(room.c_str(), room_name.c_str()) != FALSE;
}

Grant open_grant() {
    return {"*", {}, {}, {}};
}

Result<Grant> verify_token(const std::string& token, std::string_view secret, std::int64_t now) {
    if (token.empty()) return fail("a token is needed");
    if (token.size() > max_token_length) return fail("the token is too long");
    jwt_t* decoded = nullptr;
    const int failed =
        jwt_decode(&decoded, token.c_str(), reinterpret_cast<const unsigned char*>(secret.data()),
                   static_cast<int>(secret.size()));
    const JwtPtr jwt{decoded};
    // Whatever the header asks for, `none` and the other algorithms are refused here: one key
    // serves one algorithm (RFC 8725, section 3.1).
    if (failed || !jwt || jwt_get_alg(jwt.get()) != JWT_ALG_HS256) {
        return fail("the token is not signed as it must be");
    }
    const std::unique_ptr<char, FreeWith<free>> text{jwt_get_grants_json(jwt.get(), nullptr)};
    if (!text) return fail("the token has no claims");
    const auto claims = json::Document::parse_object(text.get());
    if (!claims) return fail("the token's claims: " + claims.error().text);
    return read_claims(claims->root(), now);
}

} // namespace parley::signaling
