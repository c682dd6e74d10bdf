#include "elements/common/gst_ptr.hpp"
#include "elements/signaling/ice_servers.hpp"
#include "elements/signaling/tokens.hpp"

#include <gtest/gtest.h>

#include <jwt.h>

namespace parley::signaling {
namespace {

constexpr std::int64_t now = 1'700'000'000;

std::string token(const char* claims, jwt_alg_t algorithm = JWT_ALG_HS256,
                  const std::string& secret = "secret") {
    jwt_t* made = nullptr;
    jwt_new(&made);
    const std::unique_ptr<jwt_t, FreeWith<jwt_free>> jwt{made};
    jwt_add_grants_json(jwt.get(), claims);
    if (algorithm != JWT_ALG_NONE) {
        jwt_set_alg(jwt.get(), algorithm, reinterpret_cast<const unsigned char*>(secret.data()),
                    static_cast<int>(secret.size()));
    }
    const std::unique_ptr<char, FreeWith<free>> text{jwt_encode_str(jwt.get())};
    return text.get();
}

TEST(Tokens, GiveWhatTheyName) {
    const auto grant = verify_token(
        token(R"({"room":"team-*","sub":"ada","name":"Ada","publish":false,"admin":true})"),
        "secret", now);
    ASSERT_TRUE(grant) << grant.error().text;
    EXPECT_TRUE(grant->covers("team-a"));
    EXPECT_FALSE(grant->covers("other"));
    EXPECT_EQ(grant->participant, "ada");
    EXPECT_EQ(grant->name, "Ada");
    EXPECT_FALSE(grant->permissions.publish);
    EXPECT_TRUE(grant->permissions.subscribe);
    EXPECT_TRUE(grant->permissions.admin);
}

TEST(Tokens, WithoutARoomOpenNone) {
    const auto grant = verify_token(token(R"({"admin":true})"), "secret", now);
    ASSERT_TRUE(grant);
    EXPECT_FALSE(grant->covers("any"));
}

TEST(Tokens, HoldTheirTimes) {
    EXPECT_FALSE(verify_token(token(R"({"room":"*","exp":1699999900})"), "secret", now));
    EXPECT_TRUE(verify_token(token(R"({"room":"*","exp":1699999990})"), "secret", now))
        << "clocks differ";
    EXPECT_FALSE(verify_token(token(R"({"room":"*","nbf":1700000100})"), "secret", now));
    EXPECT_TRUE(verify_token(token(R"({"room":"*","nbf":1700000000})"), "secret", now));
    EXPECT_FALSE(verify_token(token(R"({"room":"*","exp":"soon"})"), "secret", now));
}

TEST(Tokens, AreRefusedUnlessSignedByTheSecretWithHs256) {
    const auto good = token(R"({"room":"*"})");
    EXPECT_TRUE(verify_token(good, "secret", now));
    EXPECT_FALSE(verify_token(good, "other", now));
    EXPECT_FALSE(verify_token(token(R"({"room":"*"})", JWT_ALG_NONE), "secret", now));
    EXPECT_FALSE(verify_token(token(R"({"room":"*"})", JWT_ALG_HS384), "secret", now));
    EXPECT_FALSE(verify_token(token(R"({"room":"*"})", JWT_ALG_HS512), "secret", now));
    auto bent = good;
    bent[bent.find('.') + 3] ^= 1;
    EXPECT_FALSE(verify_token(bent, "secret", now));
    EXPECT_FALSE(verify_token(good.substr(0, good.rfind('.') + 1), "secret", now));
    for (const auto* text : {"", "a", "a.b", "a.b.c", "..", "....."}) {
        EXPECT_FALSE(verify_token(text, "secret", now)) << text;
    }
}

TEST(Tokens, WithClaimsOfTheWrongTypeAreRefused) {
    EXPECT_FALSE(verify_token(token(R"({"room":7})"), "secret", now));
    EXPECT_FALSE(verify_token(token(R"({"room":"*","admin":"yes"})"), "secret", now));
    EXPECT_FALSE(verify_token(token(R"({"room":"*","sub":"a b"})"), "secret", now));
}

TEST(IceServers, CredentialsAreCoturns) {
    // printf %s 1700086400:p-1 | openssl dgst -sha1 -hmac north -binary | base64
    const IceServerConfig config{{"stun:stun.example.org"}, {"turn:t.example.org"}, "north", 86400};
    const auto servers = ice_servers_for(config, "p-1", now);
    ASSERT_EQ(servers.size(), 2U);
    EXPECT_EQ(servers[0].username, "");
    EXPECT_EQ(servers[1].username, "1700086400:p-1");
    EXPECT_EQ(servers[1].credential, "DcWQbqJ7H3hx0e7DH9SE3M/o4qM=");
    const auto links = to_links(servers);
    EXPECT_EQ(links[0], "<stun:stun.example.org>; rel=\"ice-server\"");
    EXPECT_NE(links[1].find("credential-type=\"password\""), std::string::npos);
}

TEST(IceServers, AreChecked) {
    EXPECT_TRUE(check(IceServerConfig{}));
    EXPECT_FALSE(check(IceServerConfig{{"http://x"}, {}, "", 1}));
    EXPECT_FALSE(check(IceServerConfig{{}, {"turn:x"}, "", 1})) << "no secret";
    EXPECT_FALSE(check(IceServerConfig{{}, {"turn:x>"}, "s", 1}));
    EXPECT_TRUE(check(IceServerConfig{{"stun:x:3478"}, {"turns:x?transport=tcp"}, "s", 1}));
}

} // namespace
} // namespace parley::signaling
